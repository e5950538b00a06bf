"""Many sockets that do little: what each of them holds in memory, and all of them coming back."""

import asyncio
import json
import random
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack

from tests.benchmarks import live_figures as figures
from tests.benchmarks.live_client import Door, Refused, Socket, connect, connect_all, leave
from tests.benchmarks.live_figures import Figure
from tests.benchmarks.live_site import Room, Site, Web

IDLE, WARM = 1000, 200
COMING_BACK = 1500
PATIENCE = 60.0
# Seconds in which a server's memory comes to rest.
REST = 3.0
# frontend/static/js/socket.js
FIRST_PAUSE, LONGEST_PAUSE, ANSWER_WITHIN = 1.0, 30.0, 10.0
# frontend/static/js/news.js
ASK_WITHIN = 2.0


def measure_memory(site: Site, *, rounds: int) -> list[Figure]:
    """Of each socket beyond the first ones, in fresh processes; beside the bare echo's."""
    room = site.room(WARM + IDLE, "--signed-in", "1")
    ours, bare = [], []
    for _ in range(rounds):
        with site.web(BACKGROUND_IN_WEB="0") as web:
            door = web.door(room.socket_path)
            ours.append(asyncio.run(_memory(web, door, room.sessions)))
        with site.daphne("tests.benchmarks.live_floor:application") as web:
            bare.append(asyncio.run(_memory(web, web.door("/echo/"), [""] * len(room.sessions))))
    value, echo = statistics.median(ours), statistics.median(bare)
    return [
        Figure(
            figures.MEMORY,
            site.name,
            value,
            f"{value:.1f} KiB",
            f"{echo:.1f} KiB",
            [f"rounds: {_each(ours)} KiB; the bare echo: {_each(bare)} KiB"],
        )
    ]


async def _memory(web: Web, door: Door, sessions: Sequence[str]) -> float:
    sockets = await connect_all(door, sessions[:WARM])
    await asyncio.sleep(REST)
    before = web.memory
    sockets += await connect_all(door, sessions[WARM:])
    await asyncio.sleep(REST)
    after = web.memory
    if any(socket.closed.done() for socket in sockets):
        raise AssertionError(f"closed: {Counter(socket.code for socket in sockets)}")
    await leave(sockets)
    return (after - before) / (len(sessions) - WARM) / 1024


def _each(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.1f}" for value in values)


class Guest:
    """A page whose line was cut: it comes back as its script does, and asks for the state."""

    def __init__(self, door: Door, room: Room, person: int, rng: random.Random) -> None:
        self.door = door
        self.session = room.sessions[person]
        self.rng = rng
        self.socket: Socket | None = None
        self.tries = 0

    async def come_back(self) -> float:
        """When it had what it asked for."""
        while True:
            longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2**self.tries)
            await asyncio.sleep(self.rng.random() * longest)
            self.tries += 1
            try:
                self.socket = await connect(self.door, self.session)
                await asyncio.sleep(self.rng.random() * ASK_WITHIN)
                async with asyncio.timeout(ANSWER_WITHIN):
                    return await self._ask(self.socket)
            except (Refused, OSError, EOFError, TimeoutError):
                if self.socket is not None:
                    self.socket.cut()

    async def _ask(self, socket: Socket) -> float:
        answered: asyncio.Future[float] = asyncio.get_running_loop().create_future()

        def hear(message: bytes) -> None:
            frame = json.loads(message)
            if frame.get("reply_to") != "sync" or answered.done():
                return
            if frame["type"] == "ok":
                answered.set_result(time.monotonic())
            else:
                answered.set_exception(Refused(message.decode()))

        socket.heard = hear
        socket.ask("sync", "sync", {"votes_version": 0})
        return await answered


def measure_coming_back(site: Site, *, people: int = COMING_BACK) -> list[Figure]:
    """Everyone's line is cut in the same moment."""
    with ExitStack() as stack:
        room = site.room(people, "--map", "--signed-in", "1")
        stack.enter_context(site.worker())
        return [_coming_back(site, room)]


def _coming_back(site: Site, room: Room) -> Figure:
    with site.web() as web:
        try:
            return asyncio.run(_measure_coming_back(room, web, site.name))
        except AssertionError as error:
            return Figure(figures.RECONNECT, site.name, failure=str(error))


async def _measure_coming_back(room: Room, web: Web, place: str) -> Figure:
    rng = random.Random(17)
    door = web.door(room.socket_path)
    sockets = await connect_all(door, room.sessions)
    guests = [Guest(door, room, person, rng) for person in range(len(room.people))]
    cut = time.monotonic()
    for socket in sockets:
        socket.cut()
    coming = [asyncio.create_task(guest.come_back()) for guest in guests]
    back, away = await asyncio.wait(coming, timeout=PATIENCE)
    if away:
        for task in away:
            task.cancel()
        await asyncio.gather(*away, return_exceptions=True)
        raise AssertionError(f"{len(away)} of {len(guests)} had no answer after {PATIENCE:.0f} s")
    waits = [task.result() - cut for task in back]
    tries = Counter(guest.tries for guest in guests)
    await leave(guest.socket for guest in guests if guest.socket)
    return Figure(
        figures.RECONNECT,
        place,
        max(waits),
        f"{max(waits):.2f} s",
        notes=[
            f"p50 {figures.percentile(waits, 0.5):.2f} s, p99 {figures.percentile(waits, 0.99):.2f}"
            f" s; tries: {dict(sorted(tries.items()))}; each got what it asked for"
        ],
    )
