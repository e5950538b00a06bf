"""A private PostgreSQL cluster in a folder that is thrown away."""

import signal
import subprocess
from collections.abc import Iterator, Sequence
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
    with server_process.running(cluster(folder, () if durable else NOT_DURABLE)):
        create_database(folder)
        yield url(folder)


def cluster(folder: Path, settings: Sequence[str] = ()) -> server_process.Server:
    """A new, empty cluster in that folder, not yet started."""
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
    options = [*SETTINGS, f"unix_socket_directories={folder}", *settings]
    return server_process.Server(
        command=[
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
    )


def create_database(folder: Path) -> None:
    """Add the database that `url` names to the cluster that runs in the folder."""
    subprocess.run(
        [str(programs.find("createdb")), *_door(folder), "--username=deliberate", "deliberate"],
        check=True,
    )


def url(folder: Path) -> str:
    """The DATABASE_URL of the cluster in that folder."""
    return f"postgres://deliberate@/deliberate?host={folder}&port={PORT}"


def _door(folder: Path) -> tuple[str, str]:
    return (f"--host={folder}", f"--port={PORT}")


def _answers(folder: Path) -> bool:
    question = [str(programs.find("pg_isready")), "--quiet", *_door(folder)]
    return subprocess.run(question, check=False).returncode == 0
