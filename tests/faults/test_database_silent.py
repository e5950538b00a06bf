"""PostgreSQL is refused, or hangs: votes are told to try later before their senders give up."""

import asyncio
import contextlib
import json
import os
import signal
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.config import site_process
from tests.faults import web
from tests.faults.system import Room, Site
from tests.services.server_process import Server

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.slow]

# frontend/static/js/socket.js gives up then.
SENDERS_WAIT = 10.0
VOTES = 6
# More pages than a process serves at once.
CROWD = 40


@asynccontextmanager
async def gone(site: Site) -> AsyncIterator[None]:
    """Its door is shut."""
    await site.system.stop(site.system.postgres, signal.SIGQUIT)
    try:
        yield
    finally:
        await site.system.start(site.system.postgres)


@asynccontextmanager
async def hanging(site: Site) -> AsyncIterator[None]:
    """It is there, and none of its processes goes on: the kernel takes what it is sent."""
    postgres = site.system.postgres
    assert postgres is not None
    stopped = processes(postgres)
    for process in stopped:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in reversed(stopped):
            os.kill(process, signal.SIGCONT)


def processes(server: Server) -> list[int]:
    """The server's process, first, and its children."""
    assert server.process is not None
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parts = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(folder.name)] = int(parts[1])
    pid = server.process.pid
    return [pid, *(child for child, parent in parents.items() if parent == pid)]


Trouble = Callable[[Site], AbstractAsyncContextManager[None]]
both = pytest.mark.parametrize("trouble", [gone, hanging])


@asynccontextmanager
async def seated(port: int, room: Room, session: str) -> AsyncIterator[ClientConnection]:
    """A socket in the room that has been answered once."""
    async with connect(
        f"ws://127.0.0.1:{port}/ws/conversations/{room.slug}/",
        origin=f"http://127.0.0.1:{port}",
        additional_headers={"Cookie": f"sessionid={session}"},
        proxy=None,
    ) as line:
        await ask(line, "statement.next", {})
        yield line


async def ask(line: ClientConnection, kind: str, content: object) -> tuple[dict[str, Any], float]:
    """The answer, and how long it took."""
    frame_id, began = str(uuid.uuid4()), time.monotonic()
    await line.send(json.dumps({"type": kind, "id": frame_id, "content": content}))
    async with asyncio.timeout(60):
        while True:
            frame = json.loads(await line.recv())
            if frame.get("reply_to") == frame_id:
                return dict(frame), time.monotonic() - began


async def vote(line: ClientConnection, number: int) -> tuple[dict[str, Any], float]:
    return await ask(line, "vote", {"statement": number, "choice": "agree"})


@both
async def test_votes_are_told_to_try_later_in_time(site: Site, trouble: Trouble) -> None:
    room, port = site.system.room(), site.webs[0].port
    (session, *_others), numbers = list(room.sessions.values()), room.statements

    async with seated(port, room, session) as line:
        counted, _took = await vote(line, numbers[0])
    lines = contextlib.AsyncExitStack()
    async with lines:
        voters = [
            await lines.enter_async_context(seated(port, room, session))
            for session in list(room.sessions.values())[:VOTES]
        ]
        async with trouble(site):
            voting = []
            for voter in voters:
                # Each behind the batch of the one before.
                voting.append(asyncio.create_task(vote(voter, numbers[1])))
                await asyncio.sleep(0.3)
            found = await asyncio.gather(*voting)
        await asyncio.to_thread(until_it_is_back, site, port)
        again, _took = await vote(voters[0], numbers[1])

    assert counted["type"] == again["type"] == "ok"
    assert {answer["content"].get("code") for answer, _took in found} == {"try_later"}
    assert max(took for _answer, took in found) < SENDERS_WAIT


@both
async def test_forms_are_told_to_try_later_and_the_process_lives(
    site: Site, trouble: Trouble
) -> None:
    room, port = site.system.room(), site.webs[0].port
    session = next(iter(room.sessions.values()))
    path = f"/conversations/{room.slug}/"

    def cast(number: int) -> Awaitable[web.Answer]:
        ballot = {"id": str(uuid.uuid4()), "statement": number, "choice": "agree"}
        cookies, ballots = {"sessionid": session}, {"ballots": [ballot]}
        return web.ask(port, f"{path}votes/", cookies=cookies, post=ballots, seconds=60)

    counted = await cast(room.statements[0])
    async with trouble(site):
        pages = [asyncio.create_task(web.ask(port, path, seconds=60)) for _ in range(CROWD)]
        await asyncio.sleep(0.5)
        began = time.monotonic()
        alive = await web.ask(port, "/healthz", seconds=30)
        told_at_once = time.monotonic() - began
        answers = await asyncio.gather(*pages)
        began = time.monotonic()
        refused = await cast(room.statements[1])
        took = time.monotonic() - began
    await asyncio.to_thread(until_it_is_back, site, port)

    assert (counted.status, alive.status) == (200, 200)
    assert told_at_once < 2
    assert {answer.status for answer in answers} == {503}
    assert refused.status == 503
    assert int(refused.headers["retry-after"]) > 0
    assert took < SENDERS_WAIT


def until_it_is_back(site: Site, port: int) -> None:
    """As soon as the database is there again, so is the site.

    Raises:
        AssertionError: not within ten seconds.
    """
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if site_process.answer(f"http://127.0.0.1:{port}/readyz").status == 200:
                return
        time.sleep(0.2)
    raise AssertionError(site.system.logged()[-2000:])
