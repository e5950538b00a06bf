"""How fast the live room is, and what it bears, beside floors and peers measured in the same run.

    python -m tests.benchmarks.bench_live                  everything, about ten minutes
    python -m tests.benchmarks.bench_live --small          the same in short, under three minutes
    python -m tests.benchmarks.bench_live --only votes     one part (may be given again)
    python -m tests.benchmarks.bench_live --json FILE      and keep it for machines

PostgreSQL is durable (fsync) and serves with Redis and with a worker beside the web process, as
docs/ say for a server; SQLite is one process with its background work in it, as on a laptop. The
clients are another process on the same machine, so they take their share of it: read ratios.
Where a part cannot be measured, its line says why, and the others go on.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks import (
    live_abuse,
    live_crowd,
    live_forms,
    live_newcomers,
    live_news,
    live_votes,
)
from tests.benchmarks import live_figures as figures
from tests.benchmarks.live_figures import Bar, Figure
from tests.benchmarks.live_site import Site, prepared
from tests.journeys.server import ROOT

DATABASES = ("PostgreSQL", "SQLite")
FILES_OPEN = 20_000


@dataclass(frozen=True)
class Part:
    """What is measured at once, and the first of its figures, to say so where it fails."""

    name: str
    bars: tuple[Bar, ...]
    measure: Callable[[Site, bool], list[Figure]]
    databases: tuple[str, ...] = DATABASES


def _votes(site: Site, small: bool) -> list[Figure]:
    return live_votes.measure(site, rounds=1 if small else 3, seconds=3 if small else 6)


def _forms(site: Site, small: bool) -> list[Figure]:
    return live_forms.measure(site, rounds=1 if small else 3, seconds=2 if small else 5)


def _newcomers(site: Site, small: bool) -> list[Figure]:
    return [
        *live_votes.measure_new(site),
        *live_forms.measure_new(site),
        *live_newcomers.measure(site),
    ]


def _update(site: Site, small: bool) -> list[Figure]:
    return live_news.measure_one(site, rounds=3 if small else 7)


def _burst(site: Site, small: bool) -> list[Figure]:
    return live_news.measure_burst(site)


def _reconnect(site: Site, small: bool) -> list[Figure]:
    return live_crowd.measure_coming_back(site)


def _memory(site: Site, small: bool) -> list[Figure]:
    return live_crowd.measure_memory(site, rounds=1 if small else 2)


def _abuse(site: Site, small: bool) -> list[Figure]:
    return live_abuse.measure(site, seconds=3 if small else 8)


AT_SCALE = ("PostgreSQL",)
PARTS = [
    Part("votes", (figures.SHARE_OF_ECHO, figures.TIMES_ORM, figures.P99), _votes),
    Part("forms", (figures.BY_FORM, figures.BY_API), _forms),
    Part("newcomers", (figures.NEW_BY_SOCKET, figures.NEW_BY_FORM), _newcomers),
    Part("update", (figures.ONE_UPDATE,), _update),
    Part("burst", (figures.BURST,), _burst, AT_SCALE),
    Part("reconnect", (figures.RECONNECT,), _reconnect),
    Part("memory", (figures.MEMORY,), _memory),
    Part("abuse", (figures.FLOOD_MEMORY,), _abuse),
]


def main() -> None:
    asked = _asked()
    if "DATABASE_URL" not in os.environ:
        os.execv(sys.executable, [sys.executable, *SERVICES, *sys.argv[1:]])
    _raise_limits()
    parts = [part for part in PARTS if not asked.only or part.name in asked.only]
    print(_where(), flush=True)
    found: list[Figure] = []
    for database in asked.on or DATABASES:
        here = [part for part in parts if database in part.databases]
        if not here:
            continue
        with prepared(database) as site:
            for part in here:
                found += _measured(part, site, small=asked.small)
    print("\n" + figures.table(found))
    if asked.json:
        told = {"where": _where(), "figures": [figure.as_json() for figure in found]}
        asked.json.write_text(json.dumps(told, indent=1))
    raise SystemExit(not all(figure.is_met for figure in found))


SERVICES = ["-m", "tests.services", "--durable", "--", sys.executable, "-m", __spec__.name]


def _measured(part: Part, site: Site, *, small: bool) -> list[Figure]:
    began = time.monotonic()
    print(f"\n== {part.name} on {site.name}", flush=True)
    try:
        found = part.measure(site, small)
    except Exception as error:
        traceback.print_exc()
        print(_tail(site.log))
        reason = f"{type(error).__name__}: {error}".splitlines()[0][:300]
        found = [Figure(bar, site.name, failure=reason) for bar in part.bars]
    for figure in found:
        print(f"{figure.bar.figure}: {figure.measured} {figure.against} -> {figure.word}")
        for note in figure.notes:
            print(f"    {note}")
    print(f"    ({time.monotonic() - began:.0f} s)", flush=True)
    return found


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-3000:] if log.exists() else ""


def _where() -> str:
    """What was measured, where and when."""
    newest = max(
        path.stat().st_mtime
        for folder in ("deliberate", "config")
        for path in (ROOT / folder).rglob("*.py")
    )
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, code {commit or 'unknown'}"
        f" (newest file of the server {datetime.fromtimestamp(newest, UTC):%H:%M}),"
        f" {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f},"
        f" Python {platform.python_version()}"
    )


def _raise_limits() -> None:
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_OPEN if hard == resource.RLIM_INFINITY else min(FILES_OPEN, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--small", action="store_true", help="shorter stretches, fewer rounds")
    parser.add_argument("--only", action="append", choices=[part.name for part in PARTS])
    parser.add_argument("--on", action="append", choices=DATABASES)
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser.parse_args()


if __name__ == "__main__":
    main()
