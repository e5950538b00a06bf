"""The faults one by one: each lets people vote, breaks a part, mends it, and checks.

Those on a wrong server, or on a wrongly set one, are controls: they must be found out.
"""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import psycopg

from tests.faults.checker import Finding, Verdict, with_findings
from tests.faults.clock import Clock
from tests.faults.run import Run, Workload, voting
from tests.faults.system import Site, Web
from tests.services.server_process import Server

Result = tuple[Verdict, Run]

READ_ONLY = (
    "ALTER SYSTEM SET default_transaction_read_only = on",
    "SELECT pg_reload_conf()",
)
WRITABLE = (
    "SET default_transaction_read_only = off",
    "ALTER SYSTEM RESET default_transaction_read_only",
    "SELECT pg_reload_conf()",
)
ASYNCHRONOUS = (
    "ALTER SYSTEM SET synchronous_commit = off",
    "SELECT pg_reload_conf()",
)
SYNCHRONOUS = (
    "ALTER SYSTEM RESET synchronous_commit",
    "SELECT pg_reload_conf()",
)
# So that a disk's last free bytes are soon written.
HASTENING = Workload(pause=(0.01, 0.05), at_once=4, statements=8)
REPEATING = Workload(copied=0.3, repeated=0.5, by_http=0.3, statements=3, at_once=2)
HOUR = 3600


async def web_killed(site: Site) -> Result:
    """kill -9 in a stream of votes."""
    one, _other = site.webs
    async with voting(site.system, [one]) as run:
        await run.acknowledged(30)
        one.kill()
        await site.system.start(one)
        await run.acknowledged(30)
        return await run.finish(), run


async def hasty_web_killed(site: Site) -> Result:
    """The same with a server that answers before the commit."""
    hasty = await site.system.wrong("hasty")
    async with voting(site.system, [hasty], watchers=0) as run:
        await run.acknowledged(20)
        hasty.kill()
        run.proxy.upstreams[:] = [site.webs[0].port]
        return await run.finish(watched=False), run


async def rolling_restart(site: Site) -> Result:
    """Each web process in turn is asked to go, and comes back; its clients are asked to, too."""
    return await _rolling_restart(site, site.webs)


async def abrupt_rolling_restart(site: Site) -> Result:
    """The same with processes that do not drain."""
    webs = [site.system.web("tests.faults.wrong_servers:abrupt") for _ in site.webs]
    for process in webs:
        await site.system.start(process)
    result = await _rolling_restart(site, webs)
    for process in webs:
        process.end()
    return result


async def _rolling_restart(site: Site, webs: Sequence[Web]) -> Result:
    async with voting(site.system, webs) as run:
        await run.acknowledged(20)
        for process in webs:
            await site.system.stop(process, signal.SIGTERM)
            await site.system.start(process)
            await run.acknowledged(20)
        verdict = await run.finish()
    cut_off = [client.name for client in run.clients if "reconnect" not in client.heard]
    findings = [Finding("cut off", f"{name} was never asked to come again") for name in cut_off]
    return with_findings(verdict, findings), run


async def database_crash(site: Site) -> Result:
    """PostgreSQL ends at once, and recovers."""
    async with voting(site.system, site.webs) as run:
        await run.acknowledged(30)
        await site.system.stop(site.system.postgres, signal.SIGQUIT)
        await asyncio.sleep(0.5)
        await site.system.start(site.system.postgres)
        await run.acknowledged(30)
        return await run.finish(), run


async def hasty_database_crash(site: Site) -> Result:
    """The same with a PostgreSQL that answers before the disk, and takes its time to write."""
    site.system.execute(*ASYNCHRONOUS)
    site.system.kill_writer(signal.SIGSTOP)
    async with voting(site.system, site.webs, watchers=0) as run:
        await run.acknowledged(30)
        # PostgreSQL then ends all its processes at once, and recovers.
        site.system.kill_writer(signal.SIGKILL)
        await asyncio.to_thread(site.system.postgres.wait)
        site.system.execute(*SYNCHRONOUS)
        return await run.finish(watched=False), run


async def database_read_only(site: Site) -> tuple[Verdict, Run, float, float]:
    """PostgreSQL takes no writes for a while: from when on nobody can commit, until when."""
    async with voting(site.system, site.webs) as run:
        await run.acknowledged(20)
        site.system.execute(*READ_ONLY)
        # What was committed before may still be on its way.
        await asyncio.sleep(0.5)
        since = time.monotonic()
        await asyncio.sleep(1.5)
        until = time.monotonic()
        site.system.execute(*WRITABLE)
        await run.acknowledged(20)
        return await run.finish(), run, since, until


async def hasty_web_on_read_only_database(site: Site) -> Result:
    """The same with a server that answers before the commit."""
    hasty = await site.system.wrong("hasty")
    async with voting(site.system, [hasty], watchers=0) as run:
        await run.acknowledged(10)
        site.system.execute(*READ_ONLY)
        await run.acknowledged(20)
        site.system.execute(*WRITABLE)
        return await run.finish(watched=False), run


async def redis_gone(site: Site, *, seconds: float) -> Result:
    """Redis is away while people vote; the last votes are told to nobody.

    Those who do not heed heartbeats are the control: `run.deaf` stay behind.
    """
    async with voting(site.system, site.webs, deaf=2 if seconds > 3 else 0) as run:
        before = await run.acknowledged(20)
        await site.system.stop(site.system.redis, signal.SIGKILL)
        gone = time.monotonic()
        if seconds > 3:
            during = await run.acknowledged(20)
            assert during < 3 * before + 1.0, f"20 votes took {before:.1f} s, then {during:.1f} s"
            # Until the end but for the seconds in which the worker tells of the last ones.
            await asyncio.sleep(gone + seconds - 3.5 - time.monotonic())
            await run.stop()
        await asyncio.sleep(max(0.0, gone + seconds - time.monotonic()))
        await site.system.start(site.system.redis)
        if seconds > 3:
            return await run.finish(since=time.monotonic()), run
        await run.acknowledged(20)
        return await run.finish(), run


async def network_cut(site: Site) -> Result:
    """The network is slow, then answers are lost, then there is none, then it is back."""
    async with voting(site.system, site.webs) as run:
        await run.acknowledged(20)
        run.proxy.delay = 0.1
        await run.acknowledged(10)
        # Answers stay on the way: the votes are counted, and nobody hears it.
        run.proxy.hold(down=True)
        await asyncio.sleep(0.7)
        run.proxy.is_down = True
        run.proxy.cut(reset=True)
        await asyncio.sleep(1.0)
        run.proxy.release()
        await run.acknowledged(20)
        return await run.finish(), run


async def network_cut_without_resending(site: Site) -> Result:
    """The same with clients that take for counted what they have sent."""
    async with voting(site.system, site.webs, watchers=0, resend=False) as run:
        await run.acknowledged(20)
        run.proxy.hold(up=True, down=True)
        await asyncio.sleep(0.7)
        run.proxy.cut(reset=True)
        run.proxy.release()
        await run.acknowledged(10)
        return await run.finish(watched=False), run


async def disk_full(site: Site) -> Result:
    """PostgreSQL's disk is full until everyone has been told to try later.

    Raises:
        AssertionError: not everyone was.
    """
    async with voting(site.system, site.webs, workload=HASTENING) as run:
        await run.acknowledged(20)
        await _fill(site, run, enough=lambda: _everyone_postponed(run))
        await run.acknowledged(20)
        return await run.finish(), run


async def hasty_web_on_a_full_disk(site: Site) -> Result:
    """The same with a server that answers before the commit."""
    hasty = await site.system.wrong("hasty")
    async with voting(site.system, [hasty], workload=HASTENING, watchers=0) as run:
        await run.acknowledged(20)
        told = len(run.history.acknowledged())
        await _fill(site, run, enough=lambda: len(run.history.acknowledged()) > told + 100)
        return await run.finish(watched=False), run


async def _fill(site: Site, run: Run, *, enough: Callable[[], bool]) -> None:
    """Leave no room on the disk until it is enough: some votes fit into what was set aside."""
    assert site.system.disk is not None, "PostgreSQL has no disk of its own here: run as root"
    with site.system.disk.filled():
        await _until(enough, seconds=30)
    await revive(site)


def _everyone_postponed(run: Run) -> bool:
    return all("try_later" in one.heard for one in run.clients[: run.workload.voters])


async def revive(site: Site) -> None:
    """Have PostgreSQL answer again: without room for what it writes ahead it gives up."""
    postgres = site.system.postgres
    if not postgres.is_running:
        await site.system.start(postgres)
    await asyncio.to_thread(postgres.wait)


async def mend(site: Site) -> None:
    """Set right whatever a scenario has left, also one that failed."""
    system = site.system
    system.close_wrong()
    for server in (system.postgres, system.redis, *site.webs, site.worker):
        if not server.is_running:
            await system.start(server)
    await revive(site)
    system.execute(*WRITABLE, *SYNCHRONOUS)
    system.kill_writer(signal.SIGCONT)
    if site.clock is not None:
        site.clock.set(0)


def deaf_ones_are_behind(run: Run) -> bool:
    """The control of an outage: whoever heeds no heartbeat has not heard of the last votes."""
    return all(one.view.version < run.stored.room_version for one in run.deaf)


async def copies(site: Site) -> Result:
    """Ballots come twice, late, in another order, over sockets and HTTP."""
    async with voting(site.system, site.webs, workload=REPEATING) as run:
        await run.acknowledged(100)
        return await run.finish(), run


async def copies_to_a_forgetful_web(site: Site) -> Result:
    """The same with a server that takes each copy for a new ballot."""
    forgetful = await site.system.wrong("forgetful")
    async with voting(site.system, [forgetful], workload=REPEATING, watchers=0) as run:
        await run.acknowledged(60)
        return await run.finish(watched=False), run


async def clock_steps(site: Site) -> Result:
    """A web process's clock jumps by hours while people change their minds."""
    clock = Clock(site.system.folder / "stepping")
    web = site.system.web("tests.faults.clock:application", environment=clock.environment)
    await site.system.start(web)
    async with voting(site.system, [web], workload=Workload(statements=3)) as run:
        for step in (0, -HOUR, HOUR, 0):
            clock.set(step)
            await run.acknowledged(25)
        verdict = await run.finish()
    web.end()
    return verdict, run


async def worker_killed(site: Site) -> Result:
    """kill -9 of a worker in the middle of a map: another draws it when the lease is over.

    Raises:
        AssertionError: it draws before, which is the control, or never.
    """
    async with voting(site.system, site.webs) as run:
        await run.acknowledged(20)
        await _strike_in_a_map(run, site.worker.kill, again=site.worker)
        other = site.system.worker()
        await site.system.start(other)
        drawn, counted = run.read().drawn or 0, run.read().tally.votes_version
        await run.acknowledged(10)
        # It is at work, and keeps to the lease.
        await _until(lambda: run.read().tally.votes_version > counted, seconds=15)
        await asyncio.sleep(1.5)
        assert run.read().drawn == drawn, "a map was drawn under another worker's lease"
        # Ten minutes pass.
        site.system.execute("UPDATE opinion_map_drawing SET taken_until = now()")
        await _until(lambda: (run.read().drawn or 0) > drawn, seconds=15)
        verdict = await run.finish()
    other.end()
    await site.system.start(site.worker)
    return verdict, run


async def database_crash_in_a_map(site: Site) -> Result:
    """PostgreSQL crashes in the middle of a map, and the worker lives on: it draws it again.

    Raises:
        AssertionError: it does not within a minute.
    """
    postgres = site.system.postgres
    async with voting(site.system, site.webs) as run:
        await run.acknowledged(20)
        await _strike_in_a_map(run, lambda: postgres.stop(signal.SIGQUIT), again=None)
        await site.system.start(postgres)
        await run.acknowledged(10)
        await run.stop()
        version = run.read().votes_version
        await _until(lambda: (run.read().drawn or 0) >= version, seconds=60)
        return await run.finish(), run


async def _strike_in_a_map(run: Run, strike: Callable[[], object], *, again: Server | None) -> None:
    """Strike while a worker holds the room's drawing; once more if it was too late."""
    for _ in range(10):
        if await asyncio.to_thread(_struck, run, strike, see=again is not None):
            return
        if again is not None:
            await run.system.start(again)
    raise AssertionError("no worker was caught in a map")


def _struck(run: Run, strike: Callable[[], object], *, see: bool) -> bool:
    question = (
        "SELECT taken_until > now() FROM opinion_map_drawing WHERE conversation_id ="
        " (SELECT id FROM deliberate_conversation WHERE slug = %s)"
    )
    end = time.monotonic() + 15
    with psycopg.connect(run.system.database_url, autocommit=True) as connection:
        while time.monotonic() < end:
            if connection.execute(question, [run.room.slug]).fetchone() == (True,):
                strike()
                return not see or connection.execute(question, [run.room.slug]).fetchone() == (
                    True,
                )
    return False


async def _until(holds: Callable[[], bool], *, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"it did not happen within {seconds} s"
        await asyncio.sleep(0.1)


async def _read_only(site: Site) -> Result:
    verdict, run, _since, _until = await database_read_only(site)
    return verdict, run


ON_A_DISK_OF_ITS_OWN: Final = ("PostgreSQL's disk full", "  control: answers for all that")
# By name, with what a control must be found out by.
ALL: Final[dict[str, tuple[Callable[[Site], Awaitable[Result]], str]]] = {
    "web process killed": (web_killed, ""),
    "  control: answers before commit": (hasty_web_killed, "lost"),
    "rolling restart": (rolling_restart, ""),
    "  control: without draining": (abrupt_rolling_restart, "cut off"),
    "PostgreSQL crashes": (database_crash, ""),
    "  control: answers before the disk": (hasty_database_crash, "lost"),
    "PostgreSQL read-only": (_read_only, ""),
    "  control: answers all the same": (hasty_web_on_read_only_database, "lost"),
    "PostgreSQL's disk full": (disk_full, ""),
    "  control: answers for all that": (hasty_web_on_a_full_disk, "lost"),
    "network cut": (network_cut, ""),
    "  control: nothing is sent again": (network_cut_without_resending, "lost"),
    "copies, late and out of order": (copies, ""),
    "  control: ids forgotten": (copies_to_a_forgetful_web, "counted twice"),
    "clock steps": (clock_steps, ""),
    "worker killed in a map": (worker_killed, ""),
    "PostgreSQL crashes in a map": (database_crash_in_a_map, ""),
}
