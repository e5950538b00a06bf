"""Guests that a server has to bear, as a process of their own: `KIND COUNT HOST PORT PATH SESSION`.

They run until they are ended, come back whenever they are thrown out, and read as little as their
kind allows. They print a line for each thing sent (`SENT`), and for each time that they were thrown
out (`THROWN_OUT`). At the lowest priority: an attacker's processor is not the server's.
"""

import json
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from tests.benchmarks import live_frame_attacks
from tests.benchmarks.live_client import Door, masked

SENT, THROWN_OUT = "sent", "thrown out"
ASKS_EVERY = 0.0125
SYNC = json.dumps({"type": "sync", "id": "a", "content": {"votes_version": 0}}).encode()
VOTED_ON, VOTED = 1, 0
VOTE = json.dumps(
    {"type": "vote", "id": 7, "content": {"statement": VOTED_ON, "choice": "pass"}}
).encode()


def flood(line: socket.socket) -> Iterator[None]:
    """Good frames, as fast as the server takes them; the answers are not read."""
    frames = b"".join(masked(VOTE) for _ in range(200))
    while True:
        line.sendall(frames)
        yield


def large(line: socket.socket) -> Iterator[None]:
    """One frame of 10 MB."""
    frame = masked(b'{"type":"' + b"a" * 10_000_000 + b'"}')
    while True:
        line.sendall(frame)
        yield


def deep(line: socket.socket) -> Iterator[None]:
    """JSON that is nested as deep as a frame is long."""
    frame = masked(b"[" * 16_000)
    while True:
        line.sendall(frame)
        yield
        time.sleep(0.1)


def deaf(line: socket.socket) -> Iterator[None]:
    """Asks for the room's whole state all the time, and never reads.

    Its buffers are the kernel's own: with a tiny one its own asking would get stuck, and nothing
    would pile up anywhere.
    """
    while True:
        line.sendall(masked(SYNC))
        yield
        time.sleep(ASKS_EVERY)


KINDS: dict[str, Callable[[socket.socket], Iterator[None]]] = {
    act.__name__: act for act in (flood, large, deep, deaf)
} | live_frame_attacks.KINDS


def tell(what: str) -> None:
    """A line at once: `print` would write its end apart, between those of other guests."""
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def attack(kind: str, door: Door, session: str) -> None:
    while True:
        try:
            with socket.create_connection((door.host, door.port), timeout=20) as line:
                line.sendall(door.knock(session))
                line.recv(1024)
                for _ in KINDS[kind](line):
                    tell(SENT)
        except OSError:
            tell(THROWN_OUT)
            # Again, as somebody who means it would.
            time.sleep(0.2)


if __name__ == "__main__":
    os.nice(19)
    kind, count, host, port, path, session = sys.argv[1:]
    with ThreadPoolExecutor(int(count)) as guests:
        for _ in range(int(count)):
            guests.submit(attack, kind, Door(host, int(port), path), session)
