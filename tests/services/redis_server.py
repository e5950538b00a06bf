"""A private Redis that keeps nothing."""

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services import programs, server_process


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Yield the REDIS_URL of a running, empty server; its only door is a socket in `folder`."""
    with server_process.running(redis(folder)):
        yield url(folder)


def redis(folder: Path) -> server_process.Server:
    """A server whose door is in that folder, not yet started."""
    user = server_process.unprivileged_user()
    folder.mkdir(parents=True)
    server_process.give_to(user, folder)
    door = folder / "redis.sock"
    return server_process.Server(
        command=[
            str(programs.find("redis-server")),
            "--port", "0",
            "--unixsocket", str(door),
            "--unixsocketperm", "777",
            "--dir", str(folder),
            "--save", "",
            "--appendonly", "no",
        ],
        user=user,
        log=folder / "redis.log",
        is_ready=lambda: _answers(door),
        stop_signal=signal.SIGTERM,
    )  # fmt: skip


def url(folder: Path) -> str:
    """The REDIS_URL of the server in that folder."""
    return f"unix://{folder / 'redis.sock'}"


def _answers(door: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        try:
            client.connect(str(door))
            client.sendall(b"PING\r\n")
            return client.recv(7) == b"+PONG\r\n"
        except OSError:
            return False
