"""One process with SQLite: killed, and with a full disk under it."""

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import small_disk, system
from tests.faults.checker import Verdict
from tests.faults.run import Run, voting

ROOM_FOR_THE_SITE = "32m"


@pytest.fixture(scope="module")
def small() -> Iterator[tuple[system.System, system.Web, small_disk.Disk | None]]:
    """A site on a small disk of its own."""
    with (
        system.short_folder() as folder,
        small_disk.mounted(Path(folder) / "disk", size=ROOM_FOR_THE_SITE) as disk,
        system.embedded(Path(folder) / "disk", logs=Path(folder)) as site,
    ):
        site.fill(rooms=4, people=8, statements=8)
        web = site.web()
        web.start()
        yield site, web, disk
        web.end()
        with sqlite3.connect(Path(folder) / "disk" / "deliberate.sqlite3") as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_killed_process_loses_no_acknowledged_vote(small) -> None:
    site, web, _disk = small

    async def scenario() -> None:
        async with voting(site, [web]) as run:
            await run.acknowledged(20)
            web.kill()
            await site.start(web)
            await run.acknowledged(20)
            verdict = await run.finish()

        assert verdict.findings == (), str(verdict)
        assert verdict.resent > 0
        assert verdict.unknown == 0

    asyncio.run(scenario())


@pytest.mark.parametrize("how", ["disk", "quota"])
def test_full_disk_postpones_votes_and_loses_none(small, how: str) -> None:
    site, web, disk = small
    if how == "disk" and disk is None:
        pytest.skip("may mount no file system here: run as root")
    full = disk.filled() if how == "disk" else small_disk.without_room(web.process.pid)

    async def scenario() -> None:
        async with voting(site, [web]) as run:
            await run.acknowledged(20)
            with full:
                # Some still fit into what was set aside; then everyone is told to wait.
                await _everyone_postponed(run)
                waiting = [client for client in run.clients if client.outbox]
            await run.acknowledged(20)
            verdict = await run.finish()

        assert waiting != []
        assert verdict.findings == (), str(verdict)
        assert verdict.refused == verdict.unknown == 0

    asyncio.run(scenario())


def test_server_that_hides_a_full_disk_is_found_out(small) -> None:
    site, _web, _disk = small

    async def scenario() -> Verdict:
        hasty = await site.wrong("hasty")
        async with voting(site, [hasty], watchers=0) as run:
            await run.acknowledged(10)
            with small_disk.without_room(hasty.process.pid):
                await run.acknowledged(20)
            verdict = await run.finish(watched=False)
        hasty.end()
        return verdict

    assert asyncio.run(scenario()).count("lost") > 0


async def _everyone_postponed(run: Run) -> None:
    voters = run.clients[: run.workload.voters]
    async with asyncio.timeout(20):
        while not all("try_later" in client.heard for client in voters):
            await asyncio.sleep(0.05)
