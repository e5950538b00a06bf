"""The databases and processes that the live room's benchmark measures."""

import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from tests.benchmarks.live_client import Door
from tests.journeys.server import ROOT, DemoServer, free_port, running, wait_for

HOST = "127.0.0.1"
PROGRAMS = Path(sys.executable).parent
# Even a benchmark that is killed leaves no server and no attacker behind (Debian's util-linux).
DYING_WITH_US = ["setpriv", "--pdeathsig", "TERM", "--"]
# As scripts/serve starts it.
DAPHNE_OPTIONS = [
    "--websocket_connect_timeout", "60", "--websocket_timeout", "43200",
    "--websocket-max-message-size", "16384", "--websocket-max-frame-size", "16384",
    "--access-log", "/dev/null", "--no-server-name",
]  # fmt: skip
# What one socket may send is a rule for people; the figures of speed ask for what it hides.
NO_FRAME_LIMIT = {"LIVE_FRAMES_A_SECOND": "100000"}


@dataclass(frozen=True)
class Room:
    """A conversation and its people, as live_room.py made them."""

    site: "Site"
    file: Path

    @cached_property
    def facts(self) -> dict[str, Any]:
        return json.loads(self.file.read_text())

    @property
    def slug(self) -> str:
        return self.facts["slug"]

    @property
    def numbers(self) -> list[int]:
        return self.facts["numbers"]

    @property
    def people(self) -> list[dict[str, str]]:
        return self.facts["people"]

    @property
    def sessions(self) -> list[str]:
        return [person["session"] for person in self.people]

    @property
    def path(self) -> str:
        return f"/conversations/{self.slug}/"

    @property
    def socket_path(self) -> str:
        return f"/ws{self.path}"

    def remember(self, sessions: list[str]) -> None:
        """Let those who began their sessions on the page be its people."""
        self.facts["people"] = [{"session": session} for session in sessions]
        self.file.write_text(json.dumps(self.facts))

    def stored(self) -> dict[str, Any]:
        return self.site.server.ask("tests.benchmarks.live_room", "stored", str(self.file))

    @contextmanager
    def announcer(self) -> Iterator["Announcer"]:
        """A process that accepts statements when told, ready when this returns."""
        command = [sys.executable, "-m", "tests.benchmarks.live_room", "announce", str(self.file)]
        with subprocess.Popen(
            command,
            cwd=ROOT,
            env=dict(self.site.server.environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                first = json.loads(process.stdout.readline())
                yield Announcer(process.stdin, process.stdout, first["version"])
            finally:
                process.stdin.close()
                process.wait(timeout=20)


@dataclass(frozen=True)
class Announcer:
    """Has statements accepted; blocks until they are, so it is asked from a thread."""

    stdin: IO[str]
    stdout: IO[str]
    # The room's before the first.
    version: int

    def accept(self, count: int) -> dict[str, float]:
        self.stdin.write(f"{count}\n")
        self.stdin.flush()
        return json.loads(self.stdout.readline())


@dataclass(frozen=True)
class Web:
    """A running server."""

    process: "subprocess.Popen[bytes]"
    port: int

    def door(self, path: str) -> Door:
        return Door(HOST, self.port, path)

    @property
    def memory(self) -> int:
        """Bytes in memory now."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("the server is gone")

    @property
    def processor_seconds(self) -> float:
        """Of the processor's time, used so far; of its workers where it has some."""
        return sum(_processor_seconds(one) for one in (self.process.pid, *self._workers()))

    def _workers(self) -> list[int]:
        return [
            int(path.parent.name)
            for path in Path("/proc").glob("[0-9]*/stat")
            if _fields(int(path.parent.name))[1:2] == [str(self.process.pid)]
        ]


def _processor_seconds(process: int) -> float:
    fields = _fields(process)
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") if fields else 0.0


def _fields(process: int) -> list[str]:
    """Of the kernel's line on it, from its state on; nothing when it is gone."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


@dataclass
class Site:
    """A migrated database, and the servers that are started on it."""

    name: str
    folder: Path
    server: DemoServer
    rooms: int = field(default=0)

    @property
    def is_at_scale(self) -> bool:
        return self.server.environment.get("DATABASE_URL", "").startswith("postgres")

    @property
    def log(self) -> Path:
        return self.folder / "servers.log"

    def room(self, people: int, *options: str) -> Room:
        """A new conversation with so many people."""
        self.rooms += 1
        slug = f"room-{self.rooms}"
        file = self.folder / f"{slug}.json"
        self.server.run(
            "-m", "tests.benchmarks.live_room", "make", str(file), slug, str(people), *options
        )
        return Room(self, file)

    @contextmanager
    def web(self, **environment: str) -> Iterator[Web]:
        """The site's own server, as scripts/serve starts it."""
        port = free_port()
        command = [str(ROOT / "scripts" / "serve"), HOST, str(port)]
        with self._serving(command, port, environment) as web:
            yield web

    @contextmanager
    def daphne(self, application: str) -> Iterator[Web]:
        """A daphne of the same kind before another application."""
        port = free_port()
        command = [str(PROGRAMS / "daphne"), "--bind", HOST, "--port", str(port)]
        with self._serving([*command, *DAPHNE_OPTIONS, application], port, {}) as web:
            yield web

    @contextmanager
    def gunicorn(self) -> Iterator[Web]:
        """WSGI workers as deploy/ sets them: one for each processor, 4 threads each."""
        port = free_port()
        settings = str(ROOT / "deploy" / "gunicorn.conf.py")
        command = [str(PROGRAMS / "gunicorn"), "--config", settings, "config.wsgi:application"]
        with self._serving(command, port, {"PAGES_BIND": f"{HOST}:{port}"}) as web:
            yield web

    @contextmanager
    def worker(self) -> Iterator[None]:
        """What draws maps and counts beside the web processes; in them where it is embedded."""
        if not self.is_at_scale:
            yield
            return
        command = [*DYING_WITH_US, sys.executable, "manage.py", "worker"]
        with running(self.server, command, log=self.log):
            yield

    @contextmanager
    def _serving(self, command: list[str], port: int, environment: dict[str, str]) -> Iterator[Web]:
        server = replace(self.server, environment={**self.server.environment, **environment})
        with running(server, [*DYING_WITH_US, *command], log=self.log) as process:
            wait_for(process, url=f"http://{HOST}:{port}/healthz", log=self.log)
            yield Web(process, port)


@contextmanager
def prepared(name: str, **environment: str) -> Iterator[Site]:
    """A fresh site on PostgreSQL with Redis (as `tests.services` started them), or on SQLite."""
    with tempfile.TemporaryDirectory(prefix="deliberate-live-") as kept:
        folder = Path(kept)
        mail = folder / "mail"
        mail.mkdir()
        settings = os.environ | {
            "EMAIL_URL": f"file:{mail}",
            "HASHED_STATIC_FILES": "1",
            "SECRET_KEY": secrets.token_hex(32),
            "IDENTITY_KEY": secrets.token_hex(32),
            # All the crowd has one address.
            "NEW_VOTERS_PER_ADDRESS": "1000000",
            "VAR_DIR": str(folder / "var"),
        }
        if name == "SQLite":
            for variable in ("DATABASE_URL", "REDIS_URL"):
                settings.pop(variable, None)
        else:
            settings["BACKGROUND_IN_WEB"] = "0"
        server = DemoServer(
            url=f"http://{HOST}", environment={**settings, **environment}, mail_folder=mail
        )
        server.run("manage.py", "migrate", "--no-input", "--verbosity=0")
        server.run("manage.py", "collectstatic", "--no-input", "--verbosity=0")
        yield Site(name, folder, server)
