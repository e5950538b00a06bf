"""Guests that send no messages at all: pings, and pieces of a message that never ends.

For live_attacks.KINDS; servers answer pings and put pieces together without the application.
"""

import socket
from collections.abc import Callable, Iterator

from tests.benchmarks.live_client import PING, masked

PINGS = b"".join(masked(b"x" * 125, PING) for _ in range(400))
NO_MASK = bytes(4)
FIRST_PIECE = b"\x01\x80" + NO_MASK
EMPTY_PIECES = (b"\x00\x80" + NO_MASK) * 4000


def pings(line: socket.socket) -> Iterator[None]:
    """Pings as fast as the server takes them; the pongs are not read."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    while True:
        line.sendall(PINGS)
        yield


def pongs(line: socket.socket) -> Iterator[None]:
    """The same, and every pong is read: these cost the server the most."""
    while True:
        # As many come back as went; the rest is taken when it comes.
        line.sendall(PINGS)
        line.recv(1 << 16)
        yield


def pieces(line: socket.socket) -> Iterator[None]:
    """One message in empty pieces, without an end."""
    line.sendall(FIRST_PIECE)
    while True:
        line.sendall(EMPTY_PIECES)
        yield


KINDS: dict[str, Callable[[socket.socket], Iterator[None]]] = {
    act.__name__: act for act in (pings, pongs, pieces)
}
