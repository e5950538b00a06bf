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
    user = server_process.unprivileged_user()
    folder.mkdir(parents=True)
    server_process.give_to(user, folder)
    door = folder / "redis.sock"
    with server_process.running(
        [
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
    ):  # fmt: skip
        yield f"unix://{door}"


def _answers(door: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        try:
            client.connect(str(door))
            client.sendall(b"PING\r\n")
            return client.recv(7) == b"+PONG\r\n"
        except OSError:
            return False
