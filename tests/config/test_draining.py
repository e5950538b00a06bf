"""A server process that is told to end: real daphne, real uvicorn, real signals."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.journeys.server import ROOT, free_port
from tests.services import server_process

pytestmark = pytest.mark.slow

DRAIN_SECONDS = 4
COMMANDS = {
    "daphne": ["daphne", "--bind", "127.0.0.1", "--port"],
    "uvicorn": ["uvicorn", "--host", "127.0.0.1", "--ws", "websockets", "--log-level", "warning",
                "--timeout-graceful-shutdown", "2", "--port"],
}  # fmt: skip


@contextlib.contextmanager
def serving(
    server: str, folder: Path, application: str = "application"
) -> Iterator[tuple[server_process.Server, int]]:
    port = free_port()
    program, *options = COMMANDS[server]
    process = server_process.Server(
        command=[
            str(Path(sys.executable).parent / program),
            *options,
            str(port),
            f"tests.config.drained_site:{application}",
        ],
        log=folder / "server.log",
        is_ready=lambda: page(port, "/") == "here",
        stop_signal=signal.SIGTERM,
        environment=os.environ | {"DRAIN_SECONDS": str(DRAIN_SECONDS)},
        folder=ROOT,
    )
    with server_process.running(process):
        yield process, port


def page(port: int, path: str) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.read().decode()
    except OSError:
        return ""


def socket(port: int) -> connect:
    return connect(f"ws://127.0.0.1:{port}/", proxy=None, ping_interval=None, compression=None)


def tell_to_end(process: server_process.Server) -> float:
    assert process.process is not None
    process.process.send_signal(signal.SIGTERM)
    return time.monotonic()


def seconds_to_end(process: server_process.Server, since: float) -> float:
    assert process.process is not None
    process.process.wait(timeout=30)
    return time.monotonic() - since


async def code_of_close(client: ClientConnection) -> int | None:
    with contextlib.suppress(ConnectionClosed):
        async with asyncio.timeout(15):
            while True:
                await client.recv()
    return client.close_code


@pytest.fixture(params=sorted(COMMANDS))
def server(request: pytest.FixtureRequest) -> str:
    return request.param


async def test_what_is_under_way_is_answered_before_the_end(server: str, tmp_path: Path) -> None:
    with serving(server, tmp_path) as (process, port):
        async with socket(port) as client:
            slow = asyncio.create_task(asyncio.to_thread(page, port, "/slow"))
            await client.send("a vote")
            await asyncio.sleep(0.3)

            told = tell_to_end(process)
            event = json.loads(await client.recv())
            answer = await client.recv()
            shown = await slow
            await client.close()

        took = await asyncio.to_thread(seconds_to_end, process, told)

    assert event == {"type": "reconnect", "content": {"within": 2}}
    assert answer == "a vote"
    assert shown == "draining"
    # Nobody was left, so it did not wait for its time to pass.
    assert took < DRAIN_SECONDS


async def test_without_draining_what_is_under_way_is_cut(tmp_path: Path) -> None:
    """The control: daphne alone answers nothing and closes without a word."""
    with serving("daphne", tmp_path, "application_without") as (process, port):
        async with socket(port) as client:
            slow = asyncio.create_task(asyncio.to_thread(page, port, "/slow"))
            await client.send("a vote")
            await asyncio.sleep(0.3)

            tell_to_end(process)
            code = await code_of_close(client)
            shown = await slow

    assert (code, shown) == (1006, "")


async def test_socket_that_stays_is_closed_with_1012_within_the_bound(
    server: str, tmp_path: Path
) -> None:
    with serving(server, tmp_path) as (process, port):
        async with socket(port) as client:
            told = tell_to_end(process)
            code = await code_of_close(client)
            took = await asyncio.to_thread(seconds_to_end, process, told)

    assert code == 1012
    assert took < DRAIN_SECONDS + 2


async def test_what_never_ends_holds_nobody_up(server: str, tmp_path: Path) -> None:
    with serving(server, tmp_path, "application_stuck") as (process, port):
        async with socket(port) as client:
            told = tell_to_end(process)
            code = await code_of_close(client)
            took = await asyncio.to_thread(seconds_to_end, process, told)

    assert code == 1012
    assert took < DRAIN_SECONDS + 2


async def test_new_socket_is_sent_away_and_pages_go_on(server: str, tmp_path: Path) -> None:
    with serving(server, tmp_path) as (process, port):
        async with socket(port) as staying:
            tell_to_end(process)
            await staying.recv()

            async with socket(port) as late:
                code = await code_of_close(late)
            shown = await asyncio.to_thread(page, port, "/")

    assert (code, shown) == (1012, "draining")


async def test_second_signal_ends_it_at_once(server: str, tmp_path: Path) -> None:
    with serving(server, tmp_path) as (process, port):
        async with socket(port) as staying:
            tell_to_end(process)
            await staying.recv()
            told = tell_to_end(process)
            took = await asyncio.to_thread(seconds_to_end, process, told)

    assert took < 2


def test_worker_ends_after_the_step_that_runs(tmp_path: Path) -> None:
    """The command itself, with one slow step in the place of its own."""
    code = f"""
import django, time, pathlib
django.setup()
from django.core.management import call_command
from config import background
folder = pathlib.Path({str(tmp_path)!r})
def slow():
    (folder / "begun").touch()
    time.sleep(1.5)
    with (folder / "done").open("a") as done:
        done.write("once ")
background.STEPS.clear()
background.STEPS["slow"] = (slow, 0.0)
call_command("worker")
"""
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"},
    )
    try:
        while not (tmp_path / "begun").exists():
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        ended = process.wait(timeout=20)
    finally:
        process.kill()

    assert ended == 0
    assert (tmp_path / "done").read_text() == "once "
