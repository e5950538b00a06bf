"""The faults in full, with a table of what came of each: `python -m tests.faults.full`.

Each fault with its control, the long outage of Redis, rounds of random faults under new seeds (the
seed is printed, a failing round is kept in a folder), and an hour's soak. `make bench-faults`.
"""

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from tests.faults import memory, scenarios, schedule, system
from tests.faults.checker import Verdict
from tests.faults.clock import Clock
from tests.faults.passers_by import passing_by
from tests.faults.run import Run, Workload, voting
from tests.faults.system import Process, Web
from tests.journeys.server import ROOT

# Rooms for everything but the random rounds.
ROOMS, PEOPLE, STATEMENTS = 36, 24, 12
# Room for an hour's votes; in memory, where we may mount it.
DISK_SIZE = "2g"
REDIS_SECONDS = (0.2, 5.0, 60.0)
SAMPLE_SECONDS = 5.0
# A process may grow by this much in an hour of steady votes; in a shorter look by as much in all,
# since caches still fill.
MOST_KIB = 4 * 1024
LEAK_SECONDS = 180.0
# One that kills the web process.
CONTROL_SEED = 1
# The others looked for so short a while that their socket was not open yet.
MOST_GET_IN = 0.9
SOAKING = Workload(voters=20, statements=12, pause=(0.2, 0.6))


@dataclass(frozen=True)
class Row:
    """What came of one fault."""

    name: str
    verdict: Verdict
    converged: float | None
    seconds: float
    passed: bool
    note: str = ""

    def __str__(self) -> str:
        arrived = "-" if self.converged is None else f"{self.converged:.1f}"
        told = self.verdict
        return (
            f"{self.name:<34}{told.operations:>8}{told.acknowledged:>8}{told.resent:>8}"
            f"{told.count('lost'):>6}{len(told.findings):>10}{arrived:>11}{self.seconds:>9.0f}"
            f"  {'as it should' if self.passed else 'FAILED'} {self.note}"
        )


HEADER = (
    f"{'fault':<34}{'votes':>8}{'acked':>8}{'again':>8}{'lost':>6}{'findings':>10}"
    f"{'arrived s':>11}{'seconds':>9}"
)


def main() -> int:
    arguments = _arguments()
    seed = arguments.seed if arguments.seed is not None else random.randrange(1 << 30)
    print(f"seed {seed}; failures are kept in {arguments.folder}")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(system.short_folder()))
        clock = Clock(folder / "clock")
        site = stack.enter_context(
            system.site(
                folder,
                clock=clock,
                rooms=ROOMS + arguments.rounds,
                people=PEOPLE,
                statements=STATEMENTS,
                disk_size=DISK_SIZE,
            )
        )
        rows = asyncio.run(_everything(site, arguments, seed))
    print(f"\n{HEADER}")
    for row in rows:
        print(row)
    return 0 if all(row.passed for row in rows) else 1


async def _everything(site: system.Site, arguments: argparse.Namespace, seed: int) -> list[Row]:
    rows: list[Row] = []

    async def do(
        name: str, scenario: Callable[[], Awaitable[tuple[Verdict, Run]]], *, bites: str = ""
    ) -> None:
        begun = time.monotonic()
        try:
            verdict, run = await scenario()
        except Exception as failed:  # whatever it was: the others are to be seen, too
            nothing = Verdict(0, 0, 0, 0, 0, ())
            note = f"{type(failed).__name__}: {failed}"[:300]
            rows.append(Row(name, nothing, None, time.monotonic() - begun, False, note))
            print(rows[-1], flush=True)
            await scenarios.mend(site)
            return
        passed = verdict.count(bites) > 0 if bites else not verdict.findings
        row = Row(name, verdict, run.converged, time.monotonic() - begun, passed)
        rows.append(row)
        print(row if passed else f"{row}\n{verdict}", flush=True)
        if run.deaf:
            behind = scenarios.deaf_ones_are_behind(run)
            note = f"{len(run.deaf)} clients"
            rows.append(Row("  control: heartbeats unheeded", verdict, None, 0, behind, note))
            print(rows[-1], flush=True)

    for name, (scenario, bites) in scenarios.ALL.items():
        if name in scenarios.ON_A_DISK_OF_ITS_OWN and site.system.disk is None:
            print(f"{name}: left out, since only root may mount a disk for it")
            continue
        await do(name, lambda scenario=scenario: scenario(site), bites=bites)
    for seconds in REDIS_SECONDS:
        await do(
            f"Redis gone for {seconds} s",
            lambda seconds=seconds: scenarios.redis_gone(site, seconds=seconds),
        )
    for number in range(arguments.rounds):
        await do(
            f"random faults, seed {seed + number}",
            lambda number=number: schedule.run(
                site,
                seed=seed + number,
                seconds=arguments.seconds,
                save=arguments.folder,
            ),
        )
    hasty = await site.system.wrong("hasty")
    await do(
        "  control: the same, hasty server",
        lambda: schedule.run(
            replace(site, webs=(hasty, hasty)),
            seed=CONTROL_SEED,
            watched=False,
            seconds=min(arguments.seconds, 20.0),
            save=arguments.folder / "control",
        ),
        bites="lost",
    )
    if arguments.soak:
        processes = {"web 1": site.webs[0], "web 2": site.webs[1], "worker": site.worker}
        rows.append(await _soak(site, processes, arguments.soak, arguments.folder / "soak.csv"))
        leaky = {"web": await site.system.wrong("leaky")}
        seconds = min(arguments.soak, LEAK_SECONDS)
        rows.append(await _soak(site, leaky, seconds, arguments.folder / "leak.csv", leaks=True))
    return rows


async def _soak(
    site: system.Site,
    processes: Mapping[str, Process],
    seconds: float,
    table: Path,
    *,
    leaks: bool = False,
) -> Row:
    """Steady votes, people who come and go, and the memory of every process, kept in a table."""
    begun = time.monotonic()
    webs = [process for process in processes.values() if isinstance(process, Web)]
    lines: dict[str, list[float]] = {name: [] for name in processes}
    times: list[float] = []
    async with voting(site.system, webs, workload=SOAKING, watchers=4) as run:
        async with passing_by(run) as people:
            while time.monotonic() - begun < seconds:
                await asyncio.sleep(min(SAMPLE_SECONDS, seconds / 200))
                times.append(time.monotonic() - begun)
                for name, process in processes.items():
                    lines[name].append(process.resident_kib)
        verdict = await run.finish()
    table.parent.mkdir(parents=True, exist_ok=True)
    with table.open("w") as file:
        print("seconds", *lines, sep=",", file=file)
        for at, *sizes in zip(times, *lines.values(), strict=True):
            print(f"{at:.1f}", *sizes, sep=",", file=file)
    slopes = {name: memory.slope(times, line) for name, line in lines.items()}
    most = MOST_KIB * max(1.0, 3600 / seconds)
    told = {name: found.verdict(most=most) for name, found in slopes.items()}
    note = "; ".join(
        f"{name} {found.level / 1024:.0f} MiB {found}: {told[name]}"
        for name, found in slopes.items()
    )
    note += f"; {people.got_in} of {people.came} who came and went got in"
    name = f"  control: a leak, {seconds:.0f} s" if leaks else f"soak of {seconds:.0f} s"
    passed = (
        not verdict.findings
        and people.got_in >= MOST_GET_IN * people.came > 0
        and memory.is_as_it_should(told.values(), seconds=seconds, leaks=leaks)
    )
    row = Row(name, verdict, run.converged, time.monotonic() - begun, passed, note)
    print(row, flush=True)
    return row


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.full", description=__doc__)
    parser.add_argument("--seed", type=int, help="of the first round; later ones count on")
    parser.add_argument("--rounds", type=int, default=10, help="of random faults (10)")
    parser.add_argument("--seconds", type=float, default=60.0, help="of a round (60)")
    parser.add_argument("--soak", type=float, default=3600.0, help="seconds of steady votes (3600)")
    parser.add_argument("--folder", type=Path, default=ROOT / "var" / "faults")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
