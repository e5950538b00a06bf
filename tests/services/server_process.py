"""Runs one server program as a child that does not outlive this process."""

import ctypes
import os
import pwd
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
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


@contextmanager
def running(
    command: Sequence[str],
    *,
    user: str | None,
    log: Path,
    is_ready: Callable[[], bool],
    stop_signal: signal.Signals,
) -> Iterator[None]:
    """The server runs and answers inside the block, and is gone after it.

    Raises:
        ServerFailed: it ended, or did not answer in time; with the end of its log.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            user=user,
            group=None if user is None else pwd.getpwnam(user).pw_gid,
            extra_groups=None if user is None else [],
            start_new_session=True,
            preexec_fn=lambda: _die_with_parent(stop_signal),
        )
    try:
        _wait(process, is_ready=is_ready, log=log)
        yield
    finally:
        process.send_signal(stop_signal)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _die_with_parent(stop_signal: signal.Signals) -> None:
    # Even a killed test run leaves no server behind.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(stop_signal))


def _wait(process: subprocess.Popen[bytes], *, is_ready: Callable[[], bool], log: Path) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        if is_ready():
            return
        time.sleep(0.05)
    tail = log.read_text(errors="replace")[-2000:]
    raise ServerFailed(f"{Path(str(process.args[0])).name} did not start:\n{tail}")
