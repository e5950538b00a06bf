"""The bad network does what it says: passes, holds, cuts, resets, and finds the next server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.faults import web
from tests.faults.proxy import Proxy
from tests.journeys.server import free_port


def test_everything_passes_at_first() -> None:
    async def scenario() -> bytes:
        async with _echo() as port, Proxy([port]) as proxy:
            return await _say(proxy, b"salam")

    assert asyncio.run(scenario()) == b"salam"


def test_held_answers_come_when_they_are_let_go() -> None:
    async def scenario() -> bytes:
        async with _echo() as port, Proxy([port]) as proxy:
            proxy.hold(down=True)
            waiting = asyncio.create_task(_say(proxy, b"salam"))
            await asyncio.sleep(0.1)
            assert not waiting.done()
            proxy.release()
            return await waiting

    assert asyncio.run(scenario()) == b"salam"


@pytest.mark.parametrize("reset", [False, True])
def test_cut_connection_answers_nothing(reset: bool) -> None:
    async def scenario() -> None:
        async with _echo() as port, Proxy([port]) as proxy:
            proxy.hold(down=True)
            waiting = asyncio.create_task(_say(proxy, b"salam"))
            await asyncio.sleep(0.1)
            assert proxy.cut(reset=reset) == 1
            proxy.release()
            try:
                assert await waiting == b""
            except ConnectionResetError:
                assert reset

    asyncio.run(scenario())


def test_server_that_refuses_is_passed_over() -> None:
    async def scenario() -> bytes:
        async with _echo() as port, Proxy([free_port(), port]) as proxy:
            return await _say(proxy, b"salam") + await _say(proxy, b"again")

    assert asyncio.run(scenario()) == b"salamagain"


def test_network_that_is_down_loses_requests() -> None:
    async def scenario() -> None:
        async with _echo() as port, Proxy([port]) as proxy:
            proxy.is_down = True
            with pytest.raises(web.Lost):
                await web.ask(proxy.port, "/")

    asyncio.run(scenario())


@asynccontextmanager
async def _echo() -> AsyncIterator[int]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(await reader.read())
            await writer.drain()
        except OSError:
            pass
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def _say(proxy: Proxy, words: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(words)
    writer.write_eof()
    try:
        return await reader.read()
    finally:
        writer.close()
