"""What one bad guest costs the server and the others."""

import asyncio
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.benchmarks import live_figures as figures
from tests.benchmarks.live_attacks import KINDS, SENT, SYNC, THROWN_OUT, VOTED, VOTED_ON
from tests.benchmarks.live_client import connect, connect_all, leave, until
from tests.benchmarks.live_figures import Bar, Better, Cast, Figure
from tests.benchmarks.live_site import DYING_WITH_US, HOST, Room, Site, Web
from tests.benchmarks.live_votes import Voter, pour, verify
from tests.journeys.server import ROOT

OTHERS = 50
# Two votes a second and person: below what a socket may send, above what a person does.
RATE = 100.0
# How many such guests come at once.
GUESTS = {"flood": 1, "large": 1, "deep": 1, "deaf": 4, "pings": 1, "pongs": 1, "pieces": 1}
# Those who do not read: longer than `SLOW_FOR` (deliberate/live_socket.py), and more for each than
# the 3 MB that the kernel takes before anything piles up. What a socket may ask for is too little
# for that within a minute, so here it may ask for more.
DEAF_SECONDS = 60.0
DEAF_BYTES = 100_000_000
LIMITS = {"deaf": {"LIVE_FRAMES_A_SECOND": "100"}}
# Others are unharmed while they wait no longer than the bar at half load, or half as long again.
UNHARMED_MS, UNHARMED_TIMES = 60.0, 1.5
SAMPLE = 0.1


def measure(site: Site, *, seconds: float) -> list[Figure]:
    """The server's memory and others' waits with each kind of guest, beside those without."""
    with ExitStack() as stack:
        rooms = {
            kind: site.room(OTHERS + len(KINDS), *(["--long"] if kind == "deaf" else []))
            for kind in KINDS
        }
        stack.enter_context(site.worker())
        return [
            figure
            for place, (kind, room) in enumerate(rooms.items())
            for figure in _against(site, room, kind, room.sessions[OTHERS + place], seconds)
        ]


def _against(site: Site, room: Room, kind: str, session: str, seconds: float) -> list[Figure]:
    """On a process of its own: what one kind leaves in memory is not the next one's."""
    try:
        with site.web(**LIMITS.get(kind, {})) as web:
            return asyncio.run(_measure(site, room, web, kind, session, seconds))
    except (AssertionError, OSError) as error:
        # The other kinds are to be seen, too.
        return [Figure(figures.FLOOD_MEMORY, f"{site.name}, {kind}", failure=str(error))]


async def _measure(
    site: Site, room: Room, web: Web, kind: str, session: str, seconds: float
) -> list[Figure]:
    before = room.stored()
    sockets = await connect_all(web.door(room.socket_path), room.sessions[:OTHERS])
    voters = [
        Voter(socket, person, room.numbers, seed=person) for person, socket in enumerate(sockets)
    ]
    calm = await pour(web, voters, rate=RATE, seconds=seconds)
    memory = web.memory
    attacked_for = max(seconds, DEAF_SECONDS) if kind == "deaf" else seconds
    with _guests(web, room.socket_path, kind, session) as guests:
        peak = asyncio.create_task(_peak(web))
        harmed = await pour(web, voters, rate=RATE, seconds=attacked_for)
        peak.cancel()
        grown = (max(await peak) - memory) / 1e6
        done = guests()
    after = (web.memory - memory) / 1e6
    errors: Counter[str] = sum((voter.errors for voter in voters), Counter())
    lost = sum(cast.end != figures.COUNTED for cast in harmed.casts)
    await leave(sockets)
    if lost or errors:
        raise AssertionError(f"{lost} votes of others were not counted, {dict(errors)}")
    # What the flood voted counts as any vote does, if it came through.
    guest = room.sessions.index(session)
    flooded = Cast(guest, VOTED_ON, VOTED, 0.0)
    verify(room, [flooded, *(cast for voter in voters for cast in voter.ended())], before)
    controls = []
    if kind == "deaf":
        size = await _size_of_answer(web, room, session)
        _assert_dropped(done, size)
        controls = [await _naive(site, size, session)]
    waits = [1000 * figures.percentile(run.waits, 0.99) for run in (calm, harmed)]
    bar = max(UNHARMED_MS, UNHARMED_TIMES * waits[0])
    place = f"{site.name}, {kind}"
    return [
        Figure(
            figures.FLOOD_MEMORY,
            place,
            grown,
            f"+{grown:.0f} MB",
            f"{memory / 1e6:.0f} MB",
            [
                f"{after:+.0f} MB when it was over; {GUESTS[kind]} guests for {attacked_for:.0f} s:"
                f" {done[SENT]} times sent, {done[THROWN_OUT]} times thrown out;"
                f" limits: {LIMITS.get(kind, 'as they are')}"
            ],
        ),
        *controls,
        Figure(
            Bar("others' p99 under attack", Better.LOW, round(bar), unit=" ms"),
            place,
            waits[1],
            f"{waits[1]:.0f} ms",
            f"{waits[0]:.0f} ms",
            [
                f"{OTHERS} others, {RATE:.0f} votes/s together; server"
                f" {calm.server_share:.0%} of a processor without, {harmed.server_share:.0%} with"
            ],
        ),
    ]


def _assert_dropped(done: Counter[str], size: int) -> None:
    """Enough was produced for those who do not read, and each was shown out for it."""
    if done[SENT] * size < DEAF_BYTES:
        raise AssertionError(f"{done[SENT]} answers of {size} bytes are too few to tell anything")
    if done[THROWN_OUT] < GUESTS["deaf"]:
        raise AssertionError(
            f"{done[THROWN_OUT]} of {GUESTS['deaf']} were thrown out who never read"
        )


async def _size_of_answer(web: Web, room: Room, session: str) -> int:
    """Bytes of what the guests ask for."""
    socket = await connect(web.door(room.socket_path), session)
    answers: list[bytes] = []
    socket.heard = answers.append
    socket.send(SYNC)
    if not await until(lambda: any(b"reply_to" in one for one in answers), seconds=20):
        raise AssertionError("the room's state was asked for, and did not come")
    await leave([socket])
    return max(len(one) for one in answers if b"reply_to" in one)


async def _naive(site: Site, size: int, session: str) -> Figure:
    """The same guests before a server without bounds, which has to be found out."""
    with site.daphne("tests.benchmarks.live_naive:application") as web:
        memory = web.memory
        with _guests(web, f"/naive/?bytes={size}", "deaf", session) as guests:
            peak = asyncio.create_task(_peak(web))
            await asyncio.sleep(DEAF_SECONDS)
            peak.cancel()
            grown = (max(await peak) - memory) / 1e6
            done = guests()
    return Figure(
        figures.NAIVE_MEMORY,
        f"{site.name}, deaf",
        grown,
        f"+{grown:.0f} MB",
        f"{memory / 1e6:.0f} MB",
        [f"{done[SENT]} answers of {size / 1e3:.0f} kB, none read"],
    )


async def _peak(web: Web) -> list[int]:
    seen = [web.memory]
    try:
        while True:
            await asyncio.sleep(SAMPLE)
            seen.append(web.memory)
    except asyncio.CancelledError:
        return seen


@contextmanager
def _guests(web: Web, path: str, kind: str, session: str) -> Iterator[Callable[[], Counter[str]]]:
    """Guests of that kind inside the block; what they have done so far."""
    arguments = [kind, str(GUESTS[kind]), HOST, str(web.port), path, session]
    module = "tests.benchmarks.live_attacks"
    command = [*DYING_WITH_US, sys.executable, "-m", module, *arguments]
    with (
        tempfile.NamedTemporaryFile("w+") as told,
        subprocess.Popen(command, cwd=ROOT, stdout=told.fileno()) as process,
    ):
        try:
            yield lambda: Counter(Path(told.name).read_text().splitlines())
        finally:
            process.kill()
