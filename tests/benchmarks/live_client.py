"""A crowd of websocket clients, lean enough that a server is what a benchmark measures.

The frames are made and read by hand (RFC 6455): a library's client costs more than an echo.
"""

import asyncio
import base64
import json
import os
import struct
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

CONTINUED, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
NO_CODE, BROKEN = 1005, 1006
SECONDS_TO_OPEN = 60
# How many connect at once, so that no server's backlog of connections runs over.
CONNECTING_AT_ONCE = 50


class Refused(Exception):
    """The server let no socket in; the sentence is its status line, or what broke."""


@dataclass(frozen=True)
class Door:
    """Where sockets are let in."""

    host: str
    port: int
    path: str

    @property
    def origin(self) -> str:
        return f"http://{self.host}:{self.port}"

    def knock(self, session: str = "") -> bytes:
        """The handshake of a browser that holds that session."""
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {self.path} HTTP/1.1",
            f"Host: {self.host}:{self.port}",
            f"Origin: {self.origin}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {key}",
            *([f"Cookie: sessionid={session}"] if session else []),
        ]
        return "\r\n".join([*lines, "", ""]).encode()


def masked(payload: bytes, opcode: int = TEXT) -> bytes:
    """One frame as a client sends it."""
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | size)
    elif size < 65536:
        head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, size)
    mask = os.urandom(4)
    # As one large number: a loop over the bytes would be most of a client's time.
    stream = (mask * (size // 4 + 1))[:size]
    mixed = int.from_bytes(payload, "big") ^ int.from_bytes(stream, "big")
    return head + mask + mixed.to_bytes(size, "big")


class Frames:
    """Whole messages out of a stream of bytes, as servers send them: unmasked."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._parts: list[bytes] = []
        self._kind = TEXT

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """The messages (opcode, payload) that are whole now."""
        self._bytes += data
        while (frame := self._take()) is not None:
            last, opcode, payload = frame
            if opcode >= CLOSE:
                yield opcode, payload
                continue
            if opcode != CONTINUED:
                self._kind = opcode
            if not last or self._parts:
                self._parts.append(payload)
            if last:
                yield self._kind, b"".join(self._parts) if self._parts else payload
                self._parts.clear()

    def _take(self) -> tuple[bool, int, bytes] | None:
        held = self._bytes
        if len(held) < 2:
            return None
        size, start = held[1] & 0x7F, 2
        if size >= 126:
            wide = 2 if size == 126 else 8
            if len(held) < 2 + wide:
                return None
            size, start = int.from_bytes(held[2 : 2 + wide], "big"), 2 + wide
        if len(held) < start + size:
            return None
        payload = bytes(held[start : start + size])
        last, opcode = bool(held[0] & 0x80), held[0] & 0x0F
        del held[: start + size]
        return last, opcode, payload


class Socket(asyncio.Protocol):
    """One client's end of a socket; `heard` is called with each message."""

    def __init__(self, knock: bytes) -> None:
        self._knock = knock
        self._answer = b""
        self._frames: Frames | None = None
        self.transport: asyncio.Transport | None = None
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.code = BROKEN
        self.heard: Callable[[bytes], None] = lambda _message: None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self._knock)

    def data_received(self, data: bytes) -> None:
        if self._frames is None:
            self._answer += data
            head, blank, data = self._answer.partition(b"\r\n\r\n")
            if not blank:
                return
            status = head.split(b"\r\n", 1)[0].decode("latin-1")
            if " 101 " not in status:
                self._fail(Refused(status))
                return
            self._frames, self._answer = Frames(), b""
            if not self.opened.done():
                self.opened.set_result(None)
        for opcode, payload in self._frames.feed(data):
            if opcode == TEXT:
                self.heard(payload)
            elif opcode == PING:
                self.send(payload, PONG)
            elif opcode == CLOSE:
                self.code = int.from_bytes(payload[:2], "big") if len(payload) > 1 else NO_CODE
                self.send(payload[:2], CLOSE)
                self._end()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(Refused(f"the line was cut: {exc}"))
        if not self.closed.done():
            self.closed.set_result(self.code)

    def send(self, payload: bytes, opcode: int = TEXT) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(masked(payload, opcode))

    def ask(self, kind: str, ask_id: str, content: dict[str, Any]) -> None:
        self.send(json.dumps({"type": kind, "id": ask_id, "content": content}).encode())

    def cut(self) -> None:
        """Be gone without a word, as a phone in a tunnel is."""
        if self.transport is not None:
            self.transport.abort()

    def _end(self) -> None:
        if self.transport is not None:
            self.transport.close()

    def _fail(self, error: Refused) -> None:
        if not self.opened.done():
            self.opened.set_exception(error)
            self._end()


async def connect(door: Door, session: str = "") -> Socket:
    """An open socket.

    Raises:
        Refused: it was not let in, or not in time.
    """
    loop = asyncio.get_running_loop()
    socket: Socket | None = None
    try:
        async with asyncio.timeout(SECONDS_TO_OPEN):
            _transport, socket = await loop.create_connection(
                lambda: Socket(door.knock(session)), door.host, door.port
            )
            await socket.opened
    except (OSError, TimeoutError) as error:
        if socket is not None:
            socket.cut()
        raise Refused(f"{type(error).__name__}: {error}") from error
    return socket


async def connect_all(door: Door, sessions: Sequence[str]) -> list[Socket]:
    """A socket for each session, in their order."""
    turns = asyncio.Semaphore(CONNECTING_AT_ONCE)

    async def one(session: str) -> Socket:
        async with turns:
            return await connect(door, session)

    return list(await asyncio.gather(*(one(session) for session in sessions)))


async def leave(sockets: Iterable[Socket]) -> None:
    """Close them all, and wait until they are gone."""
    going = list(sockets)
    for socket in going:
        socket.cut()
    if going:
        await asyncio.wait([socket.closed for socket in going], timeout=10)


async def until(condition: Callable[[], bool], *, seconds: float, every: float = 0.005) -> bool:
    """Whether it came true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        await asyncio.sleep(every)
    return True
