"""A private PostgreSQL cluster in a folder that is thrown away."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services import programs, server_process

# Nothing of a test run is worth a disk's wait, except what is tested about that.
NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
PORT = "5432"
SETTINGS = ("listen_addresses=", f"port={PORT}", "max_connections=200", "shared_buffers=128MB")


@contextmanager
def server(folder: Path, *, durable: bool = False) -> Iterator[str]:
    """Yield the DATABASE_URL of a running, empty cluster; its only door is a socket in `folder`."""
    user = server_process.unprivileged_user()
    data = folder / "data"
    data.mkdir(parents=True)
    for owned in (folder, data):
        server_process.give_to(user, owned)
    subprocess.run(
        [
            str(programs.find("initdb")),
            "--pgdata", str(data),
            "--username=deliberate",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ],
        check=True,
        capture_output=True,
        user=user,
        cwd=folder,
    )  # fmt: skip
    options = [*SETTINGS, f"unix_socket_directories={folder}"]
    if not durable:
        options += NOT_DURABLE
    with server_process.running(
        [
            str(programs.find("postgres")),
            "-D",
            str(data),
            *(part for option in options for part in ("-c", option)),
        ],
        user=user,
        log=folder / "postgresql.log",
        is_ready=lambda: _answers(folder),
        # Fast shutdown: it does not wait for clients to go.
        stop_signal=signal.SIGINT,
    ):
        subprocess.run(
            [str(programs.find("createdb")), *_door(folder), "--username=deliberate", "deliberate"],
            check=True,
        )
        yield f"postgres://deliberate@/deliberate?host={folder}&port={PORT}"


def _door(folder: Path) -> tuple[str, str]:
    return (f"--host={folder}", f"--port={PORT}")


def _answers(folder: Path) -> bool:
    question = [str(programs.find("pg_isready")), "--quiet", *_door(folder)]
    return subprocess.run(question, check=False).returncode == 0
