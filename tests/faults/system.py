"""The whole site as it runs at scale, each part a process that can be killed and started again."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.faults import small_disk, stored
from tests.faults.clock import Clock
from tests.journeys.server import ROOT, free_port
from tests.services import postgresql, redis_server
from tests.services.server_process import Server

APPLICATION = "config.asgi:application"
SMALL_DISK = "256m"
# So that what is written ahead does not fill the disk before we do.
FOR_A_SMALL_DISK = ("min_wal_size=32MB", "max_wal_size=64MB")


@dataclass(frozen=True)
class Room:
    """A conversation that nobody has voted in yet, and the people who will."""

    slug: str
    statements: list[int]
    # Each person's session, and the key of their pseudonym.
    sessions: Mapping[str, str]
    keys: Mapping[str, str]

    @property
    def names(self) -> dict[bytes, str]:
        """Who is behind which pseudonym."""
        return {bytes.fromhex(key): name for name, key in self.keys.items()}


class System:
    """Web processes, a worker, PostgreSQL and Redis, or one web process with SQLite."""

    def __init__(
        self,
        folder: Path,
        *,
        environment: Mapping[str, str],
        database_url: str,
        postgres: Server | None = None,
        redis: Server | None = None,
        disk: small_disk.Disk | None = None,
    ) -> None:
        self.folder, self.database_url = folder, database_url
        self.postgres, self.redis = postgres, redis
        # PostgreSQL's, where it could be given one of its own.
        self.disk = disk
        self.environment = dict(environment)
        self.rooms: list[Room] = []
        self._made = 0
        self._wrong: dict[str, Web] = {}
        self._stack = ExitStack()

    def web(
        self,
        application: str = APPLICATION,
        *,
        environment: Mapping[str, str] | None = None,
    ) -> "Web":
        """Another web process on a port of its own, not yet started; it ends with the system."""
        port = free_port()
        command = (
            [str(ROOT / "scripts" / "serve"), "127.0.0.1", str(port)]
            if application == APPLICATION
            else _daphne(application, port)
        )
        return self._own(Web, command, f"web-{port}", environment, port=port)

    def worker(self, *, environment: Mapping[str, str] | None = None) -> "Process":
        """Another worker, not yet started; it ends with the system."""
        command = [sys.executable, "manage.py", "worker"]
        return self._own(Process, command, f"worker-{self._made}", environment)

    def _own(self, kind, command, name, environment, **more):
        self._made += 1
        made = kind(
            command=command,
            log=self.folder / f"{name}.log",
            environment={**self.environment, **(environment or {})},
            folder=ROOT,
            **more,
        )
        self._stack.callback(made.end)
        return made

    def run(self, *command: str) -> str:
        """Run Python with these arguments beside the servers; what it printed."""
        done = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise AssertionError(f"{' '.join(command)} failed:\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def fill(self, *, rooms: int, people: int, statements: int) -> None:
        """Make the tables, and rooms for `room()` to give away."""
        told = self.run("-m", "tests.faults.fill", str(rooms), str(people), str(statements))
        self.rooms = [Room(**room) for room in json.loads(told)]

    def room(self) -> Room:
        """One that nobody has used."""
        assert self.rooms, "more rooms are needed than were made"
        return self.rooms.pop(0)

    def read(self, room: Room) -> stored.Stored:
        """What the database holds of the room."""
        return stored.read(self.database_url, slug=room.slug, names=room.names)

    def execute(self, *orders: str) -> None:
        """Give PostgreSQL orders, each in a transaction of its own."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            for order in orders:
                connection.execute(order)

    def close_wrong(self) -> None:
        """End the servers that break the promise."""
        for process in self._wrong.values():
            process.end()

    def kill_backend(self, which: int) -> None:
        """Kill one of PostgreSQL's processes that serves the site, as the kernel does."""
        found = self._backends("client backend")
        if found:
            os.kill(found[which % len(found)], signal.SIGKILL)

    def kill_writer(self, how: signal.Signals) -> None:
        """Send a signal to the process that writes what commits did not wait for."""
        (writer,) = self._backends("walwriter")
        os.kill(writer, how)

    def _backends(self, kind: str) -> list[int]:
        with psycopg.connect(self.database_url) as connection:
            found = connection.execute(
                "SELECT pid FROM pg_stat_activity"
                " WHERE backend_type = %s AND pid <> pg_backend_pid() ORDER BY pid",
                [kind],
            )
            return [pid for (pid,) in found]

    async def start(self, server: Server) -> None:
        """Start a server while clients go on."""
        # In this thread: the kernel would end it with another one.
        server.launch()
        await asyncio.to_thread(server.wait)

    async def stop(self, server: Server, how: signal.Signals | None = None) -> None:
        """Stop a server while clients go on."""
        await asyncio.to_thread(server.stop, how)

    async def wrong(self, name: str) -> "Web":
        """A server that breaks the promise in that way (wrong_servers.py), running."""
        process = self._wrong.get(name)
        if process is None:
            process = self._wrong[name] = self.web(f"tests.faults.wrong_servers:{name}")
        if process.process is None:
            await self.start(process)
        return process

    def logged(self) -> str:
        """What the web processes and workers wrote."""
        return "\n".join(path.read_text() for path in sorted(self.folder.glob("w*.log")))

    def close(self) -> None:
        """End everything that was made here."""
        self._stack.close()


class Process(Server):
    """A process of the site's."""

    def __init__(
        self, *, command: list[str], log: Path, environment: Mapping[str, str], folder: Path
    ) -> None:
        super().__init__(
            command=command,
            log=log,
            is_ready=self.answers,
            stop_signal=signal.SIGTERM,
            environment=environment,
            folder=folder,
        )

    def answers(self) -> bool:
        """A worker has no door to knock at."""
        return True

    def kill(self) -> None:
        """End it as the kernel does when memory is short: no handler runs."""
        self.stop(signal.SIGKILL)

    def end(self) -> None:
        """Leave nothing behind; that it can end gently is tested elsewhere."""
        self.stop(signal.SIGKILL)

    @property
    def resident_kib(self) -> int:
        """Its memory."""
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        (line,) = [line for line in status.splitlines() if line.startswith("VmRSS:")]
        return int(line.split()[1])


class Web(Process):
    """A daphne."""

    def __init__(self, *, port: int, **facts) -> None:
        self.port = port
        super().__init__(**facts)

    def answers(self) -> bool:
        """Whether it serves pages."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2):
                return True
        except (urllib.error.URLError, OSError):
            return False


@contextmanager
def short_folder() -> Iterator[str]:
    """A folder for servers: their users must reach it, and a socket's path has 107 letters."""
    with tempfile.TemporaryDirectory(prefix="deliberate-faults-") as folder:
        yield folder


@contextmanager
def at_scale(folder: Path, *, disk_size: str = SMALL_DISK) -> Iterator[System]:
    """PostgreSQL that waits for its disk, which has that size if we may mount one, and Redis."""
    folder.chmod(0o755)
    with (
        small_disk.mounted(folder / "postgresql", size=disk_size) as disk,
        _at_scale(folder, disk) as system,
    ):
        yield system


@contextmanager
def _at_scale(folder: Path, disk: small_disk.Disk | None) -> Iterator[System]:
    postgres = postgresql.cluster(folder / "postgresql", FOR_A_SMALL_DISK)
    redis = redis_server.redis(folder / "redis")
    url = postgresql.url(folder / "postgresql")
    environment = {
        **_environment(folder),
        "BACKGROUND_IN_WEB": "0",
        "DATABASE_URL": url,
        "REDIS_URL": redis_server.url(folder / "redis"),
    }
    system = System(
        folder, environment=environment, database_url=url, postgres=postgres, redis=redis, disk=disk
    )
    try:
        postgres.start()
        redis.start()
        postgresql.create_database(folder / "postgresql")
        yield system
    finally:
        system.close()
        redis.stop()
        postgres.stop()


@dataclass(frozen=True)
class Site:
    """Two web processes and a worker beside PostgreSQL and Redis."""

    system: System
    webs: tuple[Web, Web]
    worker: Process
    # The web processes', where it can be set.
    clock: Clock | None = None


@contextmanager
def site(
    folder: Path,
    *,
    rooms: int,
    people: int,
    statements: int,
    clock: Clock | None = None,
    disk_size: str = SMALL_DISK,
) -> Iterator[Site]:
    """All of it, running; under a clock that can be set, if one is given."""
    with at_scale(folder, disk_size=disk_size) as made:
        made.fill(rooms=rooms, people=people, statements=statements)
        if clock is None:
            webs = (made.web(), made.web())
        else:
            stepped = "tests.faults.clock:application"
            webs = (
                made.web(stepped, environment=clock.environment),
                made.web(stepped, environment=clock.environment),
            )
        worker = made.worker()
        for process in (*webs, worker):
            process.launch()
        for process in (*webs, worker):
            process.wait()
        yield Site(made, webs, worker, clock)


@contextmanager
def embedded(folder: Path, *, logs: Path) -> Iterator[System]:
    """SQLite in a folder, and everything in one process."""
    url = f"sqlite:////{folder}/deliberate.sqlite3"
    environment = {**_environment(folder), "BACKGROUND_IN_WEB": "1", "DATABASE_URL": url}
    environment.pop("REDIS_URL", None)
    system = System(folder, environment=environment, database_url=url)
    try:
        yield system
    finally:
        system.close()


def _environment(folder: Path) -> dict[str, str]:
    return os.environ | {
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "DEBUG": "0",
        # Ours come back at once.
        "DRAIN_SECONDS": "3",
        "EMAIL_URL": "memory:",
        "HASHED_STATIC_FILES": "0",
        "HTTPS": "0",
        "IDENTITY_KEY": "the identity key of the faults, which nobody else may use",
        "NEW_VOTERS_PER_ADDRESS": "1000000",
        "SECRET_KEY": "the secret key of the faults, which nobody else may use",
        "VAR_DIR": str(folder),
    }


def _daphne(application: str, port: int) -> list[str]:
    return [
        str(Path(sys.executable).with_name("daphne")),
        *("--bind", "127.0.0.1", "--port", str(port), "--access-log", "/dev/null"),
        application,
    ]
