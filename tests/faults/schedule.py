"""A small Jepsen: faults at random times, the same ones for the same seed.

Faults of different parts overlap; those of one part come one after another.
"""

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.faults.checker import Verdict
from tests.faults.run import Run, Workload, voting
from tests.faults.scenarios import READ_ONLY, WRITABLE, revive
from tests.faults.system import Site
from tests.services.server_process import ServerFailed

# Of a fault and of the quiet after it, in seconds.
LENGTH, QUIET = (0.1, 3.0), (0.3, 3.0)
EVERYTHING = Workload(copied=0.1, repeated=0.1, at_once=2, statements=4)


@dataclass(frozen=True)
class Step:
    """One fault: when it begins, of what, how long it lasts and which of several it strikes."""

    at: float
    part: str
    fault: str
    seconds: float
    which: int


FAULTS = {
    "web": ("web killed", "web asked to go"),
    "database": ("database crashes", "backend killed", "database takes no writes", "disk full"),
    "redis": ("redis gone",),
    "network": ("cut", "reset some", "answers held", "everything held", "slow"),
    "worker": ("worker killed",),
    "clock": ("clock steps",),
}


def plan(seed: int, *, seconds: float, parts: tuple[str, ...] = tuple(FAULTS)) -> list[Step]:
    """The faults of a run, in the order of time; the last end before it does."""
    draw = random.Random(seed)
    steps = []
    for part in parts:
        at = draw.uniform(*QUIET)
        while True:
            length = draw.uniform(*LENGTH)
            if at + length > seconds:
                break
            steps.append(Step(at, part, draw.choice(FAULTS[part]), length, draw.randrange(1 << 16)))
            at += length + draw.uniform(*QUIET)
    return sorted(steps, key=lambda step: step.at)


async def run(
    site: Site,
    *,
    seed: int,
    seconds: float,
    parts: tuple[str, ...] = tuple(FAULTS),
    save: Path | None = None,
    watched: bool = True,
) -> tuple[Verdict, Run]:
    """Vote through the faults of that seed, mend everything, and check; a failure is saved."""
    steps = plan(seed, seconds=seconds, parts=parts)
    async with voting(site.system, site.webs, workload=EVERYTHING, seed=seed) as under_way:
        faults = Faults(site, under_way)
        async with asyncio.TaskGroup() as all_parts:
            for part in parts:
                mine = [step for step in steps if step.part == part]
                all_parts.create_task(faults.happen(mine))
            all_parts.create_task(asyncio.sleep(seconds))
        await faults.mend()
        await under_way.acknowledged(10, seconds=30)
        verdict = await under_way.finish(watched=watched)
    if verdict.findings and save is not None:
        _save(save / f"seed-{seed}", steps, verdict, under_way)
    return verdict, under_way


class Faults:
    """Does to the site what a plan says."""

    def __init__(self, site: Site, run: Run) -> None:
        self.site, self.system, self.run = site, site.system, run

    async def happen(self, steps: list[Step]) -> None:
        """One part's faults, one after another."""
        begun = asyncio.get_running_loop().time()
        for step in steps:
            await asyncio.sleep(begun + step.at - asyncio.get_running_loop().time())
            self.run.history.fault(f"{step.fault} for {step.seconds:.1f} s")
            await self._doing[step.part](step)
        if steps:
            self.run.history.fault(f"{steps[0].part} is well")

    async def mend(self) -> None:
        """Start whatever does not run."""
        self.run.proxy.release()
        for server in (self.system.postgres, self.system.redis, *self.site.webs, self.site.worker):
            if not server.is_running:
                await self.system.start(server)

    @property
    def _doing(self) -> dict[str, Callable[[Step], Awaitable[None]]]:
        return {
            "web": self._web,
            "database": self._database,
            "redis": self._redis,
            "network": self._network,
            "worker": self._worker,
            "clock": self._clock,
        }

    async def _web(self, step: Step) -> None:
        process = self.site.webs[step.which % 2]
        how = signal.SIGKILL if step.fault == "web killed" else signal.SIGTERM
        await self._gone(process, how, step.seconds)

    async def _database(self, step: Step) -> None:
        if step.fault == "database crashes":
            await self._gone(self.system.postgres, signal.SIGQUIT, step.seconds)
        elif step.fault == "backend killed":
            # PostgreSQL then throws everyone out and recovers by itself.
            with suppress(psycopg.Error):
                await asyncio.to_thread(self.system.kill_backend, step.which)
            await asyncio.sleep(step.seconds)
        elif step.fault == "disk full" and self.system.disk is not None:
            with self.system.disk.filled():
                await asyncio.sleep(step.seconds)
            await revive(self.site)
        else:
            await asyncio.to_thread(self.system.execute, *READ_ONLY)
            await asyncio.sleep(step.seconds)
            await asyncio.to_thread(self.system.execute, *WRITABLE)

    async def _redis(self, step: Step) -> None:
        await self._gone(self.system.redis, signal.SIGKILL, step.seconds)

    async def _worker(self, step: Step) -> None:
        await self._gone(self.site.worker, signal.SIGKILL, step.seconds)

    async def _network(self, step: Step) -> None:
        proxy = self.run.proxy
        if step.fault == "cut":
            proxy.is_down = True
            proxy.cut(reset=bool(step.which % 2))
        elif step.fault == "reset some":
            proxy.cut(share=0.5, reset=True)
        elif step.fault == "answers held":
            proxy.hold(down=True)
        elif step.fault == "everything held":
            proxy.hold(up=True, down=True)
        else:
            proxy.delay = 0.3
        await asyncio.sleep(step.seconds)
        if step.which % 3 == 0:
            # What was held never arrives.
            proxy.cut(reset=True)
        proxy.release()

    async def _clock(self, step: Step) -> None:
        assert self.site.clock is not None
        self.site.clock.set(step.which % 7200 - 3600)
        await asyncio.sleep(step.seconds)
        self.site.clock.set(0)

    async def _gone(self, server, how: signal.Signals, seconds: float) -> None:
        await self.system.stop(server, how)
        await asyncio.sleep(seconds)
        try:
            await self.system.start(server)
        except ServerFailed:
            # A process may fail to start while its database is away: its keeper tries again.
            await asyncio.sleep(1.0)
            await self.system.start(server)


def _save(folder: Path, steps: list[Step], verdict: Verdict, run: Run) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "verdict.txt").write_text(f"{verdict}\n")
    (folder / "plan.txt").write_text("".join(f"{step}\n" for step in steps))
    (folder / "log.txt").write_text(run.system.logged())
    run.history.save(folder / "history.jsonl")
    if run.stored is not None:
        run.stored.save(folder / "stored.json")
