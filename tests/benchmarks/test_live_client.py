"""The benchmark's own clients speak the protocols they measure."""

import asyncio
from contextlib import asynccontextmanager

import pytest
import websockets

from tests.benchmarks.live_client import (
    CLOSE,
    PING,
    TEXT,
    Door,
    Frames,
    Refused,
    connect,
    leave,
    masked,
    until,
)
from tests.benchmarks.live_http import Line, get, post_form


def unmasked(frame: bytes) -> bytes:
    """A client's frame as a server would have sent it."""
    head = {126: 4, 127: 10}.get(frame[1] & 0x7F, 2)
    mask, body = frame[head : head + 4], frame[head + 4 :]
    clear = bytes(byte ^ mask[place % 4] for place, byte in enumerate(body))
    return frame[:1] + bytes([frame[1] & 0x7F]) + frame[2:head] + clear


@pytest.mark.parametrize("size", [0, 1, 3, 125, 126, 4096, 65535, 65536])
def test_frames_read_what_masked_wrote(size):
    payload = bytes(place % 251 for place in range(size))

    frame = masked(payload)

    assert frame[1] & 0x80
    assert list(Frames().feed(unmasked(frame))) == [(TEXT, payload)]


def test_frames_cut_anywhere_are_whole_again():
    stream = b"".join(unmasked(masked(text)) for text in (b"one", b"two" * 50, b""))
    frames = Frames()

    heard = [
        message
        for place in range(len(stream))
        for message in frames.feed(stream[place : place + 1])
    ]

    assert [payload for _opcode, payload in heard] == [b"one", b"two" * 50, b""]


def test_frames_in_parts_are_joined_around_a_ping():
    begun, ping, ended = b"\x01\x02ab", bytes([0x80 | PING, 1]) + b"p", b"\x80\x01c"

    heard = list(Frames().feed(begun + ping + ended))

    assert heard == [(PING, b"p"), (TEXT, b"abc")]


def test_frames_tell_the_close_code():
    heard = list(Frames().feed(bytes([0x80 | CLOSE, 2]) + (4408).to_bytes(2, "big")))

    assert heard == [(CLOSE, (4408).to_bytes(2, "big"))]


@asynccontextmanager
async def served(act):
    """Another implementation's server before that act."""
    async with websockets.serve(act, "127.0.0.1", 0, compression=None) as server:
        yield Door("127.0.0.1", server.sockets[0].getsockname()[1], "/")


async def test_socket_speaks_with_another_implementation():
    async def echo(line):
        assert line.request.headers["Cookie"] == "sessionid=mine"
        assert line.request.headers["Origin"].startswith("http://127.0.0.1:")
        async for message in line:
            await line.send(message)
            await line.close(4408)

    heard: list[bytes] = []
    async with served(echo) as door:
        socket = await connect(door, "mine")
        socket.heard = heard.append
        socket.ask("vote", "seven", {"statement": 7})
        code = await asyncio.wait_for(socket.closed, 5)

    assert heard == [b'{"type": "vote", "id": "seven", "content": {"statement": 7}}']
    assert code == 4408


async def test_socket_answers_pings():
    async def ping(line):
        waiter = await line.ping()
        await asyncio.wait_for(waiter, 5)
        await line.send("heard")

    heard: list[bytes] = []
    async with served(ping) as door:
        socket = await connect(door)
        socket.heard = heard.append
        answered = await until(lambda: bool(heard), seconds=5)
        await leave([socket])

    assert answered


async def test_connect_refused_says_the_status():
    async def refuse(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    door = Door("127.0.0.1", server.sockets[0].getsockname()[1], "/")

    with pytest.raises(Refused, match="403"):
        await connect(door)

    server.close()


async def test_line_keeps_its_connection_and_comes_back_when_it_was_closed():
    connections = 0
    requests: list[bytes] = []
    bodies = [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nin\r\n5\r\nparts\r\n0\r\n\r\n",
    ]

    async def serve(reader, writer):
        nonlocal connections
        connections += 1
        for body in bodies:
            requests.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(body)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    door = Door("127.0.0.1", server.sockets[0].getsockname()[1], "/")
    line = Line(door)

    answers = [await line.ask(get(door, "/", session="mine")) for _ in range(3)]
    await line.close()
    server.close()

    assert [answer.body for answer in answers] == [b"ok", b"inparts", b"ok"]
    assert connections == 2
    assert b"sessionid=mine" in requests[0]


def test_form_holds_its_token_twice():
    request = post_form(Door("127.0.0.1", 1, "/"), "/somewhere/", "mine", {"choice": "agree"})

    head, _blank, body = request.partition(b"\r\n\r\n")
    assert b"Cookie: csrftoken=benchmark" in head
    assert b"sessionid=mine" in head
    assert body.startswith(b"choice=agree&csrfmiddlewaretoken=benchmark")
    assert f"Content-Length: {len(body)}".encode() in head
