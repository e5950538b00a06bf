"""Runs one server program as a child that does not outlive this process."""

import ctypes
import os
import pwd
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
SECONDS_TO_START = 60


class ServerFailed(Exception):
    """A server did not come up; the sentence says why."""


def unprivileged_user() -> str | None:
    """The user that servers run as: nobody special, or None for who runs this already.

    PostgreSQL refuses to run as root.
    """
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def give_to(user: str | None, folder: Path) -> None:
    """Let that user write in the folder."""
    if user is not None:
        entry = pwd.getpwnam(user)
        os.chown(folder, entry.pw_uid, entry.pw_gid)


@dataclass
class Server:
    """A server program: started, stopped, crashed and started again."""

    command: Sequence[str]
    log: Path
    is_ready: Callable[[], bool]
    stop_signal: signal.Signals
    user: str | None = None
    # None for this process's own.
    environment: Mapping[str, str] | None = None
    folder: Path | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def is_running(self) -> bool:
        """Whether there is a process; it may not answer yet."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Run it, and wait until it answers.

        Raises:
            ServerFailed: it ended, or did not answer in time; with the end of its log.
        """
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Run it; call this in a thread that outlives the server (see _die_with_parent)."""
        # With O_APPEND, so that what an earlier run said stays.
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                user=self.user,
                group=None if self.user is None else pwd.getpwnam(self.user).pw_gid,
                extra_groups=None if self.user is None else [],
                env=self.environment,
                cwd=self.folder,
                start_new_session=True,
                preexec_fn=lambda: _die_with_parent(self.stop_signal),
            )

    def wait(self) -> None:
        """Wait until it answers.

        Raises:
            ServerFailed: it ended, or did not answer in time; with the end of its log.
        """
        end = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < end:
            if self.process is None or self.process.poll() is not None:
                break
            if self.is_ready():
                return
            time.sleep(0.05)
        tail = self.log.read_text(errors="replace")[-2000:]
        raise ServerFailed(f"{Path(self.command[0]).name} did not start:\n{tail}")

    def stop(self, how: signal.Signals | None = None) -> None:
        """End it, in its own gentle way unless told how; nothing if it does not run."""
        if self.process is None:
            return
        self.process.send_signal(how or self.stop_signal)
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """The server runs and answers inside the block, and is gone after it.

    Raises:
        ServerFailed: it did not come up.
    """
    try:
        server.start()
        yield server
    finally:
        server.stop()


def _die_with_parent(stop_signal: signal.Signals) -> None:
    # Even a killed test run leaves no server behind. The kernel's parent is a thread.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(stop_signal))
