"""A crowd that comes from a link on television: each opens the page, and casts a first vote."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack

from tests.benchmarks import live_figures as figures
from tests.benchmarks.live_client import connect, leave, until
from tests.benchmarks.live_figures import Bar, Cast, Figure
from tests.benchmarks.live_http import Line, get, post_form
from tests.benchmarks.live_site import Room, Site, Web
from tests.benchmarks.live_votes import SECONDS_TO_ANSWER, WORDS, Voter, verify

PEOPLE, WINDOW = 200, 2.0
SESSION = "sessionid"
# A browser that has nothing of the site: the page begins its session.
Way = Callable[[Room, Web, Line, int, str], Awaitable[Cast]]


def measure(site: Site) -> list[Figure]:
    """Page, session and first vote of everybody within two seconds, by either way."""
    found = []
    for bar, way in (
        (figures.NEW_FROM_PAGE_TO_FORM, _by_form),
        (figures.NEW_FROM_PAGE_TO_SOCKET, _by_socket),
    ):
        with ExitStack() as stack:
            room = site.room(0)
            web = stack.enter_context(site.web())
            stack.enter_context(site.worker())
            found.append(_measured(bar, room, web, way))
    return found


def _measured(bar: Bar, room: Room, web: Web, way: Way) -> Figure:
    try:
        return asyncio.run(_measure(bar, room, web, way))
    except (AssertionError, OSError, EOFError) as error:
        # The other way is to be seen, too.
        return Figure(bar, room.site.name, failure=f"{type(error).__name__}: {error}"[:300])


async def _measure(bar: Bar, room: Room, web: Web, way: Way) -> Figure:
    rng = random.Random(19)
    before = room.stored()
    started = time.monotonic() + 0.2
    sessions: dict[int, str] = {}
    pages: list[float] = []

    async def arrive(person: int, at: float) -> Cast:
        await asyncio.sleep(at - time.monotonic())
        line = Line(web.door("/"))
        page = await line.ask(get(line.door, room.path))
        if page.status != 200 or SESSION not in page.cookies:
            raise AssertionError(f"the page answered {page.status}, cookies {list(page.cookies)}")
        pages.append(time.monotonic() - at)
        sessions[person] = page.cookies[SESSION]
        cast = await way(room, web, line, person, sessions[person])
        await line.close()
        cast.intended = at
        return cast

    casts = await asyncio.gather(
        *(arrive(person, started + rng.random() * WINDOW) for person in range(PEOPLE))
    )
    lost = sum(cast.end != figures.COUNTED for cast in casts)
    if lost:
        raise AssertionError(f"{lost} of {len(casts)} first votes were not counted")
    room.remember([sessions[person] for person in range(PEOPLE)])
    found = verify(room, casts, before)
    waits = [cast.answered - cast.intended for cast in casts]
    p99, page99 = figures.percentile(waits, 0.99), figures.percentile(pages, 0.99)
    return Figure(
        bar,
        room.site.name,
        p99,
        f"{len(casts)} votes, p99 {p99:.2f} s",
        notes=[
            f"{found}; from the moment at which the page is asked for: p50"
            f" {figures.percentile(waits, 0.5):.2f} s, longest {max(waits):.2f} s; of it the page:"
            f" p50 {figures.percentile(pages, 0.5):.2f} s, p99 {page99:.2f} s"
        ],
    )


async def _by_form(room: Room, web: Web, line: Line, person: int, session: str) -> Cast:
    cast = Cast(person, room.numbers[person % len(room.numbers)], 1, 0.0)
    fields = {"statement": cast.number, "choice": WORDS[cast.choice]}
    answer = await line.ask(post_form(line.door, room.path, session, fields))
    cast.answered = time.monotonic()
    cast.end = figures.COUNTED if answer.status in {302, 303} else figures.REFUSED
    return cast


async def _by_socket(room: Room, web: Web, line: Line, person: int, session: str) -> Cast:
    socket = await connect(web.door(room.socket_path), session)
    voter = Voter(socket, person, room.numbers, seed=person)
    voter.vote()
    await until(lambda: not voter.is_waiting, seconds=SECONDS_TO_ANSWER, every=0.05)
    await leave([socket])
    return voter.ended()[0]
