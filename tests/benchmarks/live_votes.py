"""Votes over sockets: as many as go, at half of that, and those of a crowd that is new here."""

import asyncio
import json
import os
import random
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from uuid import UUID

from tests.benchmarks import live_figures as figures
from tests.benchmarks.live_client import Door, Socket, connect, connect_all, leave, until
from tests.benchmarks.live_figures import Cast, Figure
from tests.benchmarks.live_site import NO_FRAME_LIMIT, Room, Site, Web

SOCKETS = 200
WORDS = {1: "agree", 0: "pass", -1: "disagree"}
SECONDS_TO_ANSWER = 20


def ballot_id() -> str:
    return str(UUID(bytes=os.urandom(16), version=4))


class Voter:
    """One browser in the room: it votes, and remembers what was said to be counted."""

    def __init__(self, socket: Socket, person: int, numbers: Sequence[int], seed: int) -> None:
        self.socket = socket
        self.person = person
        self.rng = random.Random(seed)
        self.own = list(numbers)
        self.rng.shuffle(self.own)
        self.turn = 0
        self.goes_on = False
        self.waiting: dict[str, Cast] = {}
        # In the order of their answers.
        self.casts: list[Cast] = []
        self.choices: dict[int, int] = {}
        self.errors: Counter[str] = Counter()
        self.placed = 0
        socket.heard = self.hear

    def vote(self, number: int | None = None, *, intended: float = 0.0) -> None:
        """Vote on that statement, or on the next of one's own list; never as before."""
        if number is None:
            number = self.own[self.turn % len(self.own)]
            self.turn += 1
        before = self.choices.get(number)
        choice = self.rng.choice([one for one in (1, 0, -1) if one != before])
        self.choices[number] = choice
        name = ballot_id()
        self.waiting[name] = Cast(self.person, number, choice, intended or time.monotonic())
        self.socket.ask("vote", name, {"statement": number, "choice": WORDS[choice]})

    def hear(self, message: bytes) -> None:
        frame = json.loads(message)
        # An echo sends back the id, the room says to what it replies.
        cast = self.waiting.pop(frame.get("reply_to") or frame.get("id") or "", None)
        if cast is None:
            return
        cast.answered = time.monotonic()
        self.casts.append(cast)
        content = frame["content"]
        if frame["type"] == "error":
            cast.end = figures.REFUSED
            self.errors[content["code"]] += 1
        else:
            cast.end = figures.COUNTED
            self.placed += content.get("position") is not None
        if self.goes_on:
            shown = content.get("next")
            self.vote(shown["id"] if shown else None)

    @property
    def is_waiting(self) -> bool:
        """Whether an answer is still to come, and can."""
        return bool(self.waiting) and not self.socket.closed.done()

    def ended(self) -> list[Cast]:
        """Everything sent; what got no answer comes last."""
        return [*self.casts, *self.waiting.values()]


@dataclass
class Run:
    """What one stretch of voting was."""

    casts: list[Cast]
    seconds: float
    placed: int
    server_share: float
    client_share: float

    @property
    def waits(self) -> list[float]:
        return [cast.answered - cast.intended for cast in self.casts if cast.answered]

    @property
    def cost(self) -> float:
        """Milliseconds of the web process's processor for each vote."""
        return 1000 * self.server_share / self.per_second

    @property
    def per_second(self) -> float:
        return sum(cast.end == figures.COUNTED for cast in self.casts) / self.seconds


async def closed_loop(
    web: Web, doors: Sequence[Door], room: Room, people: range, seconds: float
) -> Run:
    """Each person votes as soon as the last vote was answered, for so long."""
    sockets = await _all(doors, room, people)
    voters = _voters(sockets, room, people)
    server, client, began = web.processor_seconds, time.process_time(), time.monotonic()
    for voter in voters:
        voter.goes_on = True
        voter.vote()
    await asyncio.sleep(seconds)
    for voter in voters:
        voter.goes_on = False
    await until(lambda: not any(voter.is_waiting for voter in voters), seconds=SECONDS_TO_ANSWER)
    took = time.monotonic() - began
    run = Run(
        casts=[cast for voter in voters for cast in voter.ended()],
        seconds=took,
        placed=sum(voter.placed for voter in voters),
        server_share=(web.processor_seconds - server) / took,
        client_share=(time.process_time() - client) / took,
    )
    _complain(voters)
    await leave(sockets)
    return run


async def open_loop(
    web: Web, doors: Sequence[Door], room: Room, people: range, *, rate: float, seconds: float
) -> Run:
    """Votes arrive at that rate whatever the answers do (Poisson); waits count from then."""
    sockets = await _all(doors, room, people)
    voters = _voters(sockets, room, people)
    run = await pour(web, voters, rate=rate, seconds=seconds)
    _complain(voters)
    await leave(sockets)
    return run


async def pour(web: Web, voters: Sequence[Voter], *, rate: float, seconds: float) -> Run:
    """Let votes arrive at that rate from these, who stay afterwards."""
    rng = random.Random(7)
    known = sum(len(voter.casts) for voter in voters)
    server, client, began = web.processor_seconds, time.process_time(), time.monotonic()
    at, turn = began, 0
    while (at := at + rng.expovariate(rate)) < began + seconds:
        # Also where it is behind: what was answered meanwhile has to be heard.
        await asyncio.sleep(max(0.0, at - time.monotonic()))
        voters[turn % len(voters)].vote(intended=at)
        turn += 1
    await until(lambda: not any(voter.is_waiting for voter in voters), seconds=SECONDS_TO_ANSWER)
    took = time.monotonic() - began
    casts = [cast for voter in voters for cast in voter.ended() if cast.intended >= began]
    if len(casts) != turn:
        raise AssertionError(f"{turn} votes sent, {len(casts)} known of ({known} before)")
    return Run(
        casts=casts,
        seconds=took,
        placed=0,
        server_share=(web.processor_seconds - server) / took,
        client_share=(time.process_time() - client) / took,
    )


async def _all(doors: Sequence[Door], room: Room, people: range) -> list[Socket]:
    sessions = room.sessions[people.start : people.stop]
    if len(doors) == 1:
        return await connect_all(doors[0], sessions)
    # The peer is told who comes in the address.
    return [
        await connect(door, session)
        for door, session in zip(doors[people.start : people.stop], sessions, strict=True)
    ]


def _voters(sockets: Sequence[Socket], room: Room, people: range) -> list[Voter]:
    return [
        Voter(socket, person, room.numbers, seed=person)
        for socket, person in zip(sockets, people, strict=True)
    ]


def _complain(voters: Sequence[Voter]) -> None:
    errors: Counter[str] = sum((voter.errors for voter in voters), Counter())
    closed = Counter(voter.socket.code for voter in voters if voter.socket.closed.done())
    unanswered = sum(len(voter.waiting) for voter in voters)
    if errors or closed or unanswered:
        raise AssertionError(
            f"refused: {dict(errors)}, sockets closed: {dict(closed)}, unanswered: {unanswered}"
        )


def verify(room: Room, casts: Sequence[Cast], before: dict[str, object]) -> str:
    """How many votes were found as they were acknowledged.

    Raises:
        AssertionError: a vote is missing, another than acknowledged, or nobody's.
    """
    stored = room.stored()
    wrong = figures.wrongs(casts, stored, before)
    if wrong:
        raise AssertionError(f"{len(wrong)} votes are not as acknowledged, such as {wrong[:3]}")
    counted = sum(cast.end == figures.COUNTED for cast in casts)
    return f"all {counted} acknowledged votes are in the database, and nothing else"


def measure(site: Site, *, rounds: int, seconds: float) -> list[Figure]:
    """Votes a second beside the echo and beside the ORM, and p99 at half of that."""
    with ExitStack() as stack:
        room = site.room(SOCKETS * (rounds + 1), "--map")
        plain = site.room(SOCKETS * rounds)
        ours = stack.enter_context(site.web(**NO_FRAME_LIMIT))
        stack.enter_context(site.worker())
        floor = stack.enter_context(site.daphne("tests.benchmarks.live_floor:application"))
        peer = stack.enter_context(site.daphne("tests.benchmarks.live_peer:application"))
        return asyncio.run(_measure(room, plain, ours, floor, peer, rounds, seconds))


async def _measure(
    room: Room, plain: Room, ours: Web, floor: Web, peer: Web, rounds: int, seconds: float
) -> list[Figure]:
    before = room.stored()
    runs: dict[str, list[Run]] = {"echo": [], "ours": [], "orm": [], "orm side by side": []}

    def peers(path: str) -> list[Door]:
        return [
            peer.door(f"{path}?room={plain.slug}&key={person['key']}") for person in plain.people
        ]

    doors = {
        "echo": [floor.door("/echo/")],
        "ours": [ours.door(room.socket_path)],
        "orm": peers("/votes/"),
        "orm side by side": peers("/votes/side-by-side/"),
    }
    webs = {"echo": floor, "ours": ours, "orm": peer, "orm side by side": peer}
    for turn in range(rounds):
        people = range(turn * SOCKETS, (turn + 1) * SOCKETS)
        for name, kept in runs.items():
            where = plain if name.startswith("orm") else room
            kept.append(await closed_loop(webs[name], doors[name], where, people, seconds))
    rates = {name: statistics.median(run.per_second for run in kept) for name, kept in runs.items()}
    people = range(rounds * SOCKETS, (rounds + 1) * SOCKETS)
    half = await open_loop(
        ours, doors["ours"], room, people, rate=rates["ours"] / 2, seconds=2 * seconds
    )
    found = verify(room, [cast for run in [*runs["ours"], half] for cast in run.casts], before)
    return [*_rates(room.site, runs, rates, found), _half(room.site, half, runs["ours"])]


def _rates(
    site: Site, runs: dict[str, list[Run]], rates: dict[str, float], found: str
) -> list[Figure]:
    ours = runs["ours"]
    placed = sum(run.placed for run in ours) / sum(len(run.casts) for run in ours)
    # Of others who use the machine at the same time it says less than a rate does.
    cost = {
        name: f"{statistics.median(run.cost for run in kept):.2f} ms" for name, kept in runs.items()
    }
    client = max(run.client_share for kept in runs.values() for run in kept)
    return [
        Figure(
            figures.SHARE_OF_ECHO,
            site.name,
            rates["ours"] / rates["echo"],
            f"{rates['ours']:.0f}/s",
            f"{rates['echo']:.0f}/s",
            [
                found,
                f"{placed:.0%} of the answers had a position on the map",
                f"the web process's processor for each: {cost['ours']}; the echo's {cost['echo']},"
                f" the peer's {cost['orm']}, {cost['orm side by side']} side by side;"
                f" the clients' share of a processor: {client:.0%}",
                f"limits: {NO_FRAME_LIMIT}, for each socket and each person",
                "rounds: "
                + ", ".join(
                    f"{one.per_second:.0f} of {echo.per_second:.0f}/s"
                    for one, echo in zip(ours, runs["echo"], strict=True)
                ),
            ],
        ),
        Figure(
            figures.TIMES_ORM,
            site.name,
            rates["ours"] / rates["orm"],
            f"{rates['ours']:.0f}/s",
            f"{rates['orm']:.0f}/s",
            ["the peer's queries one after another in one thread, as Channels does by itself"],
        ),
        Figure(
            figures.TIMES_ORM_SIDE_BY_SIDE,
            site.name,
            rates["ours"] / rates["orm side by side"],
            f"{rates['ours']:.0f}/s",
            f"{rates['orm side by side']:.0f}/s",
            ["the peer's queries in the site's threads, on connections of the same pool"],
        ),
    ]


def _half(site: Site, half: Run, ours: Sequence[Run]) -> Figure:
    waits = [1000 * wait for wait in half.waits]
    full = [1000 * wait for run in ours for wait in run.waits]
    p99 = figures.percentile(waits, 0.99)
    return Figure(
        figures.P99,
        site.name,
        p99,
        f"{p99:.0f} ms",
        f"{half.per_second:.0f}/s",
        [
            f"at half: p50 {figures.percentile(waits, 0.5):.0f} ms, longest {max(waits):.0f} ms;"
            f" at the maximum: p50 {figures.percentile(full, 0.5):.0f} ms,"
            f" p99 {figures.percentile(full, 0.99):.0f} ms",
            f"client {half.client_share:.0%}, server {half.server_share:.0%} of a processor",
        ],
    )


# People who have never been here


def measure_new(site: Site, *, people: int = SOCKETS, window: float = 2.0) -> list[Figure]:
    """First votes that all fall in two seconds, over sockets that have just opened."""
    with ExitStack() as stack:
        room = site.room(people, "--new", "--signed-in", "0.25")
        web = stack.enter_context(site.web())
        stack.enter_context(site.worker())
        return [asyncio.run(_measure_new(room, web, window))]


async def _measure_new(room: Room, web: Web, window: float) -> Figure:
    rng = random.Random(11)
    before = room.stored()
    door = web.door(room.socket_path)
    started = time.monotonic() + 0.2
    voters: list[Voter] = []

    async def arrive(person: int, at: float) -> None:
        # Whoever comes from a link on television opens the page and its socket then, too.
        await asyncio.sleep(at - time.monotonic())
        socket = await connect(door, room.sessions[person])
        voter = Voter(socket, person, room.numbers, seed=person)
        voters.append(voter)
        voter.vote(intended=at)
        await until(lambda: not voter.is_waiting, seconds=SECONDS_TO_ANSWER, every=0.1)

    people = range(len(room.people))
    await asyncio.gather(*(arrive(one, started + rng.random() * window) for one in people))
    _complain(voters)
    await leave(voter.socket for voter in voters)
    casts = [cast for voter in voters for cast in voter.ended()]
    found = verify(room, casts, before)
    waits = [cast.answered - cast.intended for cast in casts]
    p99 = figures.percentile(waits, 0.99)
    return Figure(
        figures.NEW_BY_SOCKET,
        room.site.name,
        p99,
        f"{len(casts)} votes, p99 {p99:.2f} s",
        notes=[
            f"{found}; p50 {figures.percentile(waits, 0.5):.2f} s, longest {max(waits):.2f} s,"
            " from the moment at which the socket is asked for"
        ],
    )
