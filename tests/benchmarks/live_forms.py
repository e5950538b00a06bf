"""Votes over plain HTTP: by the page's form and by the JSON door, beside an empty view."""

import asyncio
import itertools
import random
import statistics
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from tests.benchmarks import live_figures as figures
from tests.benchmarks.live_figures import Cast, Figure
from tests.benchmarks.live_http import Line, Response, get, post_form, post_json
from tests.benchmarks.live_site import Room, Site, Web
from tests.benchmarks.live_votes import SOCKETS, WORDS, ballot_id, verify

LINES = 16
# Who votes on one line in turns: nobody sends sixty votes a second.
PEOPLE_OF_LINE = 12


@dataclass
class Sender:
    """One kept connection, over which some people vote in turns, never twice the same."""

    line: Line
    room: Room
    people: Sequence[int]
    casts: list[Cast] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        rng = random.Random(self.people[0])
        turns = itertools.product((1, -1, 0), rng.sample(self.room.numbers, len(self.room.numbers)))
        self.votes = itertools.cycle(
            (person, number, choice) for choice, number in turns for person in self.people
        )

    async def vote_by_form(self) -> None:
        cast = self._next()
        session = self.room.sessions[cast.person]
        fields = {"statement": cast.number, "choice": WORDS[cast.choice]}
        answer = await self._send(post_form(self.line.door, self.room.path, session, fields))
        self._keep(cast, counted=answer.status in {302, 303})

    async def vote_by_api(self) -> None:
        await self.vote_in_batch(1)

    async def vote_in_batch(self, size: int) -> None:
        """One person's votes, as a phone sends them when its line is back."""
        # One round of everybody's turns for each of the batch.
        turns = [self._next() for _ in range((size - 1) * len(self.people) + 1)]
        casts = turns[:: len(self.people)]
        session = self.room.sessions[casts[0].person]
        ballots = [
            {"id": ballot_id(), "statement": cast.number, "choice": WORDS[cast.choice]}
            for cast in casts
        ]
        path = f"{self.room.path}votes/"
        answer = await self._send(post_json(self.line.door, path, session, {"ballots": ballots}))
        results = (
            [one["result"] for one in answer.json()["answers"]] if answer.status == 200 else []
        )
        for place, cast in enumerate(casts):
            self._keep(cast, counted=results[place : place + 1] == ["counted"])

    async def look(self) -> None:
        await self._send(get(self.line.door, "/healthz", session=self.room.sessions[0]))

    def _next(self) -> Cast:
        return Cast(*next(self.votes), intended=time.monotonic())

    async def _send(self, request: bytes) -> Response:
        answer = await self.line.ask(request)
        self.answers[answer.status] += 1
        return answer

    def _keep(self, cast: Cast, *, counted: bool) -> None:
        cast.end = figures.COUNTED if counted else figures.REFUSED
        cast.answered = time.monotonic()
        self.casts.append(cast)


Act = Callable[[Sender], Awaitable[None]]


def measure(site: Site, *, rounds: int, seconds: float) -> list[Figure]:
    """Under daphne, which serves sockets too, and under WSGI workers."""
    found = []
    for server in ("daphne", "gunicorn 2 × 4"):
        with ExitStack() as stack:
            room = site.room(LINES * PEOPLE_OF_LINE)
            web = stack.enter_context(site.web() if server == "daphne" else site.gunicorn())
            stack.enter_context(site.worker())
            found += asyncio.run(_measure(room, web, f"{site.name}, {server}", rounds, seconds))
    return found


async def _measure(room: Room, web: Web, place: str, rounds: int, seconds: float) -> list[Figure]:
    before = room.stored()
    senders = [
        Sender(
            Line(web.door("/")),
            room,
            range(number * PEOPLE_OF_LINE, (number + 1) * PEOPLE_OF_LINE),
        )
        for number in range(LINES)
    ]
    acts = {
        "empty": Sender.look,
        "form": Sender.vote_by_form,
        "api": Sender.vote_by_api,
    }
    rates: dict[str, list[float]] = {name: [] for name in acts}
    costs: dict[str, float] = {}
    for _ in range(rounds):
        for name, act in acts.items():
            used = web.processor_seconds
            rates[name].append(await _rate(senders, act, seconds))
            costs[name] = 1000 * (web.processor_seconds - used) / (rates[name][-1] * seconds)
    in_tens = 10 * await _rate(senders, lambda sender: sender.vote_in_batch(10), seconds)
    for sender in senders:
        await sender.line.close()
    statuses: Counter[int] = sum((sender.answers for sender in senders), Counter())
    if set(statuses) - {200, 302, 303}:
        raise AssertionError(f"answers by status: {dict(statuses)}")
    found = verify(room, [cast for sender in senders for cast in sender.casts], before)
    medians = {name: statistics.median(kept) for name, kept in rates.items()}
    told = ", ".join(f"{name} {cost:.1f} ms" for name, cost in costs.items())
    notes = [found, f"in batches of ten: {in_tens:.0f} votes/s", f"processor for each: {told}"]
    return [
        Figure(
            bar,
            place,
            medians[name] / medians["empty"],
            f"{medians[name]:.0f}/s",
            f"{medians['empty']:.0f}/s",
            notes if name == "api" else [],
        )
        for name, bar in (("form", figures.BY_FORM), ("api", figures.BY_API))
    ]


async def _rate(senders: Sequence[Sender], act: Act, seconds: float) -> float:
    """Acts a second, one after another on every line."""
    began = time.monotonic()
    done = 0

    async def go_on(sender: Sender) -> None:
        nonlocal done
        while time.monotonic() < began + seconds:
            await act(sender)
            done += 1

    await asyncio.gather(*(go_on(sender) for sender in senders))
    return done / (time.monotonic() - began)


def measure_new(site: Site, *, people: int = SOCKETS, window: float = 2.0) -> list[Figure]:
    """First votes that all fall in two seconds, by the form, each on a connection of its own."""
    with ExitStack() as stack:
        room = site.room(people, "--new", "--signed-in", "0.25")
        web = stack.enter_context(site.web())
        stack.enter_context(site.worker())
        return [asyncio.run(_measure_new(room, web, window))]


async def _measure_new(room: Room, web: Web, window: float) -> Figure:
    rng = random.Random(13)
    before = room.stored()
    senders = [Sender(Line(web.door("/")), room, [place]) for place in range(len(room.people))]
    started = time.monotonic() + 0.2

    async def arrive(sender: Sender, at: float) -> None:
        await asyncio.sleep(at - time.monotonic())
        await sender.vote_by_form()
        sender.casts[0].intended = at
        await sender.line.close()

    await asyncio.gather(*(arrive(one, started + rng.random() * window) for one in senders))
    casts = [cast for sender in senders for cast in sender.casts]
    lost = [cast for cast in casts if cast.end != figures.COUNTED]
    if lost:
        statuses: Counter[int] = sum((sender.answers for sender in senders), Counter())
        raise AssertionError(f"{len(lost)} of {len(casts)} not counted, by status: {statuses}")
    found = verify(room, casts, before)
    waits = [cast.answered - cast.intended for cast in casts]
    p99 = figures.percentile(waits, 0.99)
    return Figure(
        figures.NEW_BY_FORM,
        room.site.name,
        p99,
        f"{len(casts)} votes, p99 {p99:.2f} s",
        notes=[f"{found}; p50 {figures.percentile(waits, 0.5):.2f} s, longest {max(waits):.2f} s"],
    )
