"""A small site of real processes for tests: one conversation, and any number of servers before it.

The faults' tests have their own, which is broken on purpose; this one is run as deploy/ runs it.
"""

import os
import re
import signal
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPMessage
from pathlib import Path
from typing import NamedTuple

from tests.journeys.server import ROOT, free_port
from tests.services import server_process

BIN = Path(sys.executable).parent
OPEN_A_ROOM = """
import django
django.setup()
from tests import factories
room = factories.conversation(slug="water", data_policy="open")
for text in ("More wells.", "Fewer pumps.", "A tap in each street."):
    factories.statement(conversation=room, text=text)
"""


class Answer(NamedTuple):
    status: int
    headers: HTTPMessage
    body: str


@dataclass(frozen=True)
class Site:
    """The folder of its files and the environment of its processes."""

    folder: Path
    environment: Mapping[str, str]

    def run(self, *arguments: str) -> str:
        """What Python prints that is run with these arguments beside the servers."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=dict(self.environment),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{arguments}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    @contextmanager
    def serving(
        self, command: list[str], *, port: int, path: str = "/healthz", **environment: str
    ) -> Iterator[server_process.Server]:
        """One process that serves the site on that port."""
        server = server_process.Server(
            command=command,
            log=self.folder / f"{port}.log",
            is_ready=lambda: answer(f"http://127.0.0.1:{port}{path}").status == 200,
            stop_signal=signal.SIGTERM,
            environment={**self.environment, **environment},
            folder=ROOT,
        )
        with server_process.running(server):
            yield server

    @contextmanager
    def web(self, **environment: str) -> Iterator[int]:
        """scripts/serve on a free port, which it yields."""
        port = free_port()
        serve = str(ROOT / "scripts" / "serve")
        with self.serving([serve, "127.0.0.1", str(port)], port=port, **environment):
            yield port


def make(folder: Path, **environment: str) -> Site:
    """A site with one open conversation; on SQLite unless DATABASE_URL says otherwise."""
    # A file, not the test run's own database.
    ours = {"DATABASE_URL": f"sqlite:////{folder}/site.sqlite3"} if _is_embedded() else {}
    site = Site(
        folder=folder,
        environment={
            **os.environ,
            **ours,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "VAR_DIR": str(folder),
            "DRAIN_SECONDS": "4",
            **environment,
        },
    )
    site.run("manage.py", "migrate", "--no-input", "--verbosity=0")
    site.run("-c", OPEN_A_ROOM)
    return site


def _is_embedded() -> bool:
    return not os.environ.get("DATABASE_URL", "").startswith("postgres")


def answer(url: str, *, trust: ssl.SSLContext | None = None, **headers: str) -> Answer:
    """What comes back for a request; status 0 when nothing does."""
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20, context=trust) as response:
            return Answer(
                response.status, response.headers, response.read().decode(errors="replace")
            )
    except urllib.error.HTTPError as refused:
        return Answer(refused.code, refused.headers, refused.read().decode())
    except OSError:
        return Answer(0, HTTPMessage(), "")


def session_of(url: str) -> str:
    """A new visitor's session, opened by looking at the conversation."""
    found = answer(f"{url}/conversations/water/")
    cookies = "; ".join(found.headers.get_all("Set-Cookie") or [])
    named = re.search(r"(?:__Host-session|sessionid)=([^;]+)", cookies)
    assert named, f"no session: {found.status} {cookies}"
    return named[1]
