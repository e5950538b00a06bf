"""What one bad guest costs the server and the others."""

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.benchmarks import live_figures as figures
from tests.benchmarks.live_attacks import KINDS, VOTED, VOTED_ON
from tests.benchmarks.live_client import connect_all, leave
from tests.benchmarks.live_figures import Bar, Better, Cast, Figure
from tests.benchmarks.live_site import DYING_WITH_US, HOST, Room, Site, Web
from tests.benchmarks.live_votes import Voter, pour, verify
from tests.journeys.server import ROOT

OTHERS = 50
# Two votes a second and person: below what a socket may send, above what a person does.
RATE = 100.0
# How many such guests come at once.
GUESTS = {"flood": 1, "large": 1, "deep": 1, "deaf": 3, "pings": 1, "pongs": 1, "pieces": 1}
# Others are unharmed while they wait no longer than the bar at half load, or half as long again.
UNHARMED_MS, UNHARMED_TIMES = 60.0, 1.5
SAMPLE = 0.1


def measure(site: Site, *, seconds: float) -> list[Figure]:
    """The server's memory and others' waits with each kind of guest, beside those without."""
    with ExitStack() as stack:
        room = site.room(OTHERS + len(KINDS))
        stack.enter_context(site.worker())
        return [
            figure
            for place, kind in enumerate(KINDS)
            for figure in _against(site, room, kind, room.sessions[OTHERS + place], seconds)
        ]


def _against(site: Site, room: Room, kind: str, session: str, seconds: float) -> list[Figure]:
    """On a process of its own: what one kind leaves in memory is not the next one's."""
    try:
        with site.web() as web:
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
    with _guests(web, room, kind, session):
        peak = asyncio.create_task(_peak(web))
        harmed = await pour(web, voters, rate=RATE, seconds=seconds)
        peak.cancel()
        grown = (max(await peak) - memory) / 1e6
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
            [f"{after:+.0f} MB when it was over"],
        ),
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


async def _peak(web: Web) -> list[int]:
    seen = [web.memory]
    try:
        while True:
            await asyncio.sleep(SAMPLE)
            seen.append(web.memory)
    except asyncio.CancelledError:
        return seen


@contextmanager
def _guests(web: Web, room: Room, kind: str, session: str) -> Iterator[None]:
    arguments = [kind, str(GUESTS[kind]), HOST, str(web.port), room.socket_path, session]
    module = "tests.benchmarks.live_attacks"
    command = [*DYING_WITH_US, sys.executable, "-m", module, *arguments]
    with subprocess.Popen(command, cwd=ROOT) as process:
        try:
            yield
        finally:
            process.kill()
