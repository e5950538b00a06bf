"""The whole site under each server that scripts/serve knows: the same answers, the same closes."""

import asyncio
import contextlib
import json
import re
import signal
import subprocess
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.config import site_process
from tests.config.site_process import Site
from tests.config.test_draining import code_of_close
from tests.journeys.server import ROOT

pytestmark = [pytest.mark.slow]

PATH = "/ws/conversations/water/"
LARGEST = 16 * 1024


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return site_process.make(tmp_path_factory.mktemp("site"), BACKGROUND_IN_WEB="1")


@pytest.fixture(scope="module", params=["daphne", "uvicorn"])
def port(request: pytest.FixtureRequest, site: Site) -> Iterator[int]:
    with site.web(SERVER=request.param) as port:
        yield port


def room(port: int, session: str = "", *, path: str = PATH, origin: str | None = None) -> connect:
    return connect(
        f"ws://127.0.0.1:{port}{path}",
        origin=origin or f"http://127.0.0.1:{port}",
        additional_headers={"Cookie": f"sessionid={session}"} if session else None,
        proxy=None,
        open_timeout=20,
    )


async def hear(client: Any, *kinds: str) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while True:
            told = json.loads(await client.recv())
            if told["type"] in kinds:
                return told


def vote(choice: str, ballot: str) -> str:
    content = {"statement": 1, "choice": choice}
    return json.dumps({"type": "vote", "id": ballot, "content": content})


def test_vote_is_counted_once_and_told_to_watchers(port: int) -> None:
    session = site_process.session_of(f"http://127.0.0.1:{port}")
    ballot = str(uuid.uuid4())

    async def sit() -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        async with room(port, session) as voter, room(port) as watcher:
            await voter.send(vote("agree", ballot))
            first = await hear(voter, "ok", "error")
            await voter.send(vote("agree", ballot))
            again = await hear(voter, "ok", "error")
            return first, again, await hear(watcher, "tally")

    first, again, tally = asyncio.run(sit())

    assert first["type"] == again["type"] == "ok"
    assert again["content"]["choice"] == first["content"]["choice"] == "agree"
    assert tally["content"]["version"] >= 1


def test_frame_that_is_too_large_closes_its_socket(port: int) -> None:
    async def shout() -> int | None:
        async with room(port) as client:
            with contextlib.suppress(ConnectionClosed):
                await client.send("x" * (LARGEST + 1))
            return await code_of_close(client)

    assert asyncio.run(shout()) == 1009


LONG_STATEMENTS = """
import django
django.setup()
from tests import factories
room = factories.conversation(slug="long", title="Long", statement_max_length=1000)
for number in range(8):
    factories.statement(conversation=room, text=str(number) + chr(0x20000) * 990)
"""


def test_answer_may_be_larger_than_what_is_taken_in(site: Site, port: int) -> None:
    """Eight statements of 990 letters of four bytes: what is asked for in one frame of 50."""
    if "/long/" not in site_process.answer(f"http://127.0.0.1:{port}/").body:
        site.run("-c", LONG_STATEMENTS)

    async def ask() -> str:
        async with room(port, path="/ws/conversations/long/") as client:
            await client.send(
                json.dumps({"type": "sync", "id": 1, "content": {"votes_version": 0}})
            )
            async with asyncio.timeout(20):
                while True:
                    told = str(await client.recv())
                    if json.loads(told)["type"] == "ok":
                        return told

    assert len(asyncio.run(ask()).encode()) > LARGEST


def test_flood_is_cut_off(port: int) -> None:
    """With its code where the server has one, else at once: the frame would come too late."""

    async def flood() -> int | None:
        async with room(port) as client:
            with contextlib.suppress(ConnectionClosed):
                for _ in range(3000):
                    await client.send("{}")
            return await code_of_close(client)

    assert asyncio.run(flood()) in {1006, 1008}


def test_socket_of_another_site_is_refused(port: int) -> None:
    async def come() -> int:
        try:
            async with room(port, origin="https://elsewhere.example"):
                return 101
        except InvalidStatus as refused:
            return refused.response.status_code

    assert asyncio.run(come()) == 403


def test_room_that_is_not_there_says_so(port: int) -> None:
    async def come() -> int | None:
        async with room(port, path="/ws/conversations/nowhere/") as client:
            return await code_of_close(client)

    assert asyncio.run(come()) == 4404


def test_pages_are_served_and_their_readers_written_nowhere(site: Site, port: int) -> None:
    page = site_process.answer(f"http://127.0.0.1:{port}/conversations/water/")
    ready = site_process.answer(f"http://127.0.0.1:{port}/readyz")
    log = (site.folder / f"{port}.log").read_text()

    assert (page.status, ready.status) == (200, 200)
    assert "server" not in page.headers or "daphne" not in page.headers["server"].lower()
    assert not re.search(r"GET |127\.0\.0\.1:\d+ ", log)


@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
def test_process_that_ends_says_so_to_its_room(site: Site, server: str) -> None:
    port = site_process.free_port()
    serve = str(ROOT / "scripts" / "serve")

    async def sit(process: subprocess.Popen[bytes]) -> tuple[dict[str, Any], int, int | None]:
        session = await asyncio.to_thread(site_process.session_of, f"http://127.0.0.1:{port}")
        async with room(port, session) as client:
            await client.send(vote("pass", str(uuid.uuid4())))
            process.send_signal(signal.SIGTERM)
            counted = await hear(client, "ok", "error")
            unready = await asyncio.to_thread(
                site_process.answer, f"http://127.0.0.1:{port}/readyz"
            )
            return counted, unready.status, await code_of_close(client)

    with site.serving([serve, "127.0.0.1", str(port)], port=port, SERVER=server) as running:
        assert running.process is not None
        counted, unready, code = asyncio.run(sit(running.process))

    assert counted["type"] == "ok"
    assert unready == 503
    assert code == 1012


def test_server_that_is_not_known_is_refused(site: Site) -> None:
    done = subprocess.run(
        [ROOT / "scripts" / "serve", "127.0.0.1", "1"],
        env={**site.environment, "SERVER": "hypercorn"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "hypercorn" in done.stderr
