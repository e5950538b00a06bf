"""Runs a command with a private PostgreSQL and a private Redis: `python -m tests.services COMMAND`.

The command finds them in DATABASE_URL and REDIS_URL; both are gone when it ends.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.services import postgresql, programs, redis_server, server_process

PACKAGES = Path(__file__).resolve().parent.parent.parent / "scripts" / "system-packages"


def main() -> int:
    arguments = _arguments()
    if subprocess.run([PACKAGES, "postgresql", "redis-server"], check=False).returncode:
        return 1
    # A terminated run must still stop its servers: SIGTERM becomes an ordinary exit.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="deliberate-")))
        folder.chmod(0o755)
        try:
            environment = {
                "DATABASE_URL": stack.enter_context(
                    postgresql.server(folder / "postgresql", durable=arguments.durable)
                ),
                "REDIS_URL": stack.enter_context(redis_server.server(folder / "redis")),
            }
        except (programs.ProgramMissing, server_process.ServerFailed) as failed:
            print(failed, file=sys.stderr)
            return 1
        return subprocess.run(
            arguments.command, env=os.environ | environment, check=False
        ).returncode


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.services", description=__doc__)
    parser.add_argument("--durable", action="store_true", help="wait for the disk, as in earnest")
    parser.add_argument("command", nargs="+", help="put -- before it if it has options")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
