"""A filled demo behind a real daphne, as `make demo` serves it, for tests that use a browser."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SECONDS_TO_START = 60


@dataclass(frozen=True)
class DemoServer:
    """Where it answers, and what is in it."""

    url: str
    environment: Mapping[str, str]
    mail_folder: Path
    # Where a state's sign-in is, while a test runs it.
    eid_port: int = 0

    def run(self, *command: str) -> str:
        """Run Python with these arguments in the server's environment; what it printed."""
        done = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=dict(self.environment),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise AssertionError(f"{' '.join(command)} failed:\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def ask(self, module: str, *arguments: str) -> Any:
        """What a module of ours, run beside the server, prints as JSON."""
        return json.loads(self.run("-m", module, *arguments))

    def mails_to(self, address: str) -> list[str]:
        """The mails to that address, the oldest first."""
        texts = [path.read_text() for path in sorted(self.mail_folder.glob("*.log"))]
        return [
            mail
            for text in texts
            for mail in text.split("-" * 79)
            if f"To: {address}" in mail.splitlines()
        ]


@pytest.fixture(scope="session")
def demo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoServer]:
    """One filled demo for the whole run; it fails if anything was logged as an error."""
    folder = tmp_path_factory.mktemp("demo")
    try:
        server = fill(folder, "--small")
    except AssertionError as failed:
        # Hundreds of tests would each say the same.
        pytest.exit(str(failed), returncode=1)
    with serving(server, log=folder / "server.log"):
        yield server
    text = (folder / "server.log").read_text()
    errors = [line for line in text.splitlines() if "Error" in line or "ERROR" in line]
    assert not errors, f"the server logged errors:\n{text[-5000:]}"


def fill(folder: Path, *size: str) -> DemoServer:
    """Make a demo in that folder, to be served on a free port."""
    mail = folder / "mail"
    mail.mkdir()
    port, eid_port = free_port(), free_port()
    providers = folder / "eid.json"
    providers.write_text(json.dumps([eid_entry(eid_port)]))
    server = DemoServer(
        url=f"http://localhost:{port}",
        environment=os.environ
        | {
            "BACKGROUND_IN_WEB": "0" if _is_at_scale() else "1",
            "EMAIL_URL": f"file:{mail}",
            "HASHED_STATIC_FILES": "1",
            "OIDC_PROVIDERS": str(providers),
            "SITE_URL": f"http://localhost:{port}",
            "VAR_DIR": str(folder / "var"),
        },
        mail_folder=mail,
        eid_port=eid_port,
    )
    for command in (
        ["migrate", "--no-input", "--verbosity=0"],
        ["collectstatic", "--no-input", "--verbosity=0"],
        ["fill_demo", *size],
    ):
        server.run("manage.py", *command)
    return server


def eid_entry(port: int) -> dict[str, Any]:
    """A state's sign-in on this machine, as a site names it."""
    return {
        "id": "state",
        "name": "The State",
        "issuer": f"http://localhost:{port}",
        "client_id": "deliberate",
        "client_secret": "a secret between the two",
        "number_pattern": "(?:EE)?(.+)",
    }


@contextmanager
def serving(server: DemoServer, *, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A daphne before the demo, and with PostgreSQL, as it is run at scale, a worker beside it."""
    port = server.url.rpartition(":")[2]
    with ExitStack() as stack:
        web = [str(ROOT / "scripts" / "serve"), "127.0.0.1", port]
        process = stack.enter_context(running(server, web, log=log))
        wait_for(process, url=f"{server.url}/healthz", log=log)
        if _is_at_scale():
            worker = [sys.executable, "manage.py", "worker"]
            stack.enter_context(running(server, worker, log=log))
        yield process


def _is_at_scale() -> bool:
    return os.environ.get("DATABASE_URL", "").startswith("postgres")


@contextmanager
def running(
    server: DemoServer, command: list[str], *, log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the demo's, ended at the end."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=dict(server.environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(process: subprocess.Popen[bytes], *, url: str, log: Path) -> None:
    """Wait until the process answers there."""
    end = time.monotonic() + SECONDS_TO_START
    while process.poll() is None and time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"the demo's server did not start:\n{log.read_text()[-5000:]}")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
