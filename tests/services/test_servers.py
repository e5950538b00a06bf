"""A command under `tests.services` has both servers, and nothing is left of them afterwards."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.journeys.server import ROOT

pytestmark = [pytest.mark.postgres, pytest.mark.redis]

COMMAND = [sys.executable, "-m", "tests.services", "--"]


def test_servers_serve_the_command_and_leave_nothing():
    done = subprocess.run(
        [*COMMAND, sys.executable, "-c", ASK_BOTH],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    version, pong, url = done.stdout.splitlines()
    folder = Path(parse_qs(urlsplit(url).query)["host"][0])
    assert version.startswith("PostgreSQL")
    assert pong == "True"
    assert not folder.exists()


def test_command_failing_fails_the_run():
    done = subprocess.run([*COMMAND, "false"], cwd=ROOT, check=False)

    assert done.returncode == 1


def test_servers_die_with_a_run_that_is_killed():
    process = subprocess.Popen(
        [*COMMAND, "sh", "-c", "echo $DATABASE_URL; sleep 30"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    folder = parse_qs(urlsplit(process.stdout.readline().strip()).query)["host"][0]
    assert _running(folder)

    os.killpg(process.pid, signal.SIGKILL)

    end = time.monotonic() + 20
    while _running(folder) and time.monotonic() < end:
        time.sleep(0.1)
    assert _running(folder) == []
    shutil.rmtree(Path(folder).parent)


def _running(folder: str) -> list[str]:
    """The processes on whose command line the folder stands."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if folder in line and "postgres" in line.split(" ")[0]:
            lines.append(line)
    return lines


ASK_BOTH = """
import os, psycopg, redis
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    print(connection.execute("SELECT version()").fetchone()[0])
print(redis.Redis.from_url(os.environ["REDIS_URL"]).ping())
print(os.environ["DATABASE_URL"])
"""
