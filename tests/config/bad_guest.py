"""Guests of the live room that no browser would be: raw frames over a bare connection."""

import base64
import contextlib
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

TEXT, CONTINUATION, PING = 1, 0, 9


def frame(payload: bytes = b"", *, opcode: int = TEXT, is_last: bool = True) -> bytes:
    """A frame of at most 125 bytes under a mask of zeros."""
    first = (0x80 if is_last else 0) | opcode
    return bytes([first, 0x80 | len(payload)]) + bytes(4) + payload


SYNC = frame(json.dumps({"type": "sync", "id": "a" * 50}).encode())
PINGS = frame(b"x" * 125, opcode=PING) * 400
EMPTY_PIECES = frame(opcode=CONTINUATION, is_last=False) * 4000
# {name: (what it sends first, what it sends for ever, whether it reads)}
FLOODS = {
    "pings": (b"", PINGS, False),
    "pings that are read": (b"", PINGS, True),
    "empty pieces": (frame(opcode=TEXT, is_last=False), EMPTY_PIECES, False),
}


def connect(
    port: int, *, session: str = "", path: str = "/ws/conversations/water/"
) -> socket.socket:
    """A socket of the room whose handshake is done; its window is as small as it can be."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.settimeout(20)
    line.connect(("127.0.0.1", port))
    key = base64.b64encode(os.urandom(16)).decode()
    line.sendall(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
        f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {key}\r\nCookie: sessionid={session}\r\n\r\n".encode()
    )
    told = b""
    while b"\r\n\r\n" not in told:
        told += line.recv(1)
    assert told.startswith(b"HTTP/1.1 101"), told
    return line


@dataclass
class Guest:
    """What became of it."""

    sent: int = 0
    was_dropped: bool = False
    _end: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def at_flood(self, port: int, first: bytes, ever: bytes, *, reads: bool) -> Iterator["Guest"]:
        """It sends as fast as it can, for as long as this lasts or until the server hangs up."""
        with connect(port) as line:
            if reads:
                threading.Thread(target=_read, args=[line], daemon=True).start()
            line.sendall(first)
            with self._sending(line, ever, pause=0.0):
                yield self

    @contextmanager
    def at_deaf(self, port: int, *, session: str = "") -> Iterator["Guest"]:
        """It asks and asks, and reads nothing."""
        with connect(port, session=session) as line, self._sending(line, SYNC, pause=0.0005):
            yield self

    def fall_silent(self) -> None:
        """It sends no more, and stays."""
        self._end.set()

    @contextmanager
    def _sending(self, line: socket.socket, ever: bytes, *, pause: float) -> Iterator[None]:
        line.settimeout(0.2)
        sending = threading.Thread(target=self._send, args=[line, ever, pause])
        sending.start()
        try:
            yield
        finally:
            self._end.set()
            sending.join()

    def _send(self, line: socket.socket, ever: bytes, pause: float) -> None:
        rest = ever
        while not self._end.is_set():
            try:
                taken = line.send(rest)
            except TimeoutError:
                continue
            except OSError:
                self.was_dropped = True
                return
            self.sent += taken
            rest = rest[taken:] or ever
            time.sleep(pause)


def _read(line: socket.socket) -> None:
    with contextlib.suppress(OSError, ValueError):
        while line.recv(65536):
            pass
