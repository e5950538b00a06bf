"""PostgreSQL crashes, or takes no writes."""

import asyncio

import pytest

from tests.faults import scenarios
from tests.faults.system import Site

pytestmark = [pytest.mark.postgres, pytest.mark.redis]


def test_database_that_crashes_loses_no_acknowledged_vote(site: Site) -> None:
    verdict, _run = asyncio.run(scenarios.database_crash(site))

    # Whether the server tries again or the clients do is theirs to settle.
    assert verdict.findings == (), str(verdict)
    assert verdict.unknown == 0


def test_database_that_answers_before_the_disk_is_found_out(site: Site) -> None:
    verdict, _run = asyncio.run(scenarios.hasty_database_crash(site))

    assert verdict.count("lost") > 0, str(verdict)


def test_database_that_takes_no_writes_postpones_votes_and_acknowledges_none(site: Site) -> None:
    verdict, run, since, until = asyncio.run(scenarios.database_read_only(site))

    postponed = {
        operation.client
        for operation in run.history
        if any(at < until for at in operation.postponed)
    }
    assert run.history.acknowledged(since=since, until=until) == []
    assert len(postponed) == run.workload.voters
    assert verdict.findings == (), str(verdict)
    assert verdict.refused == verdict.unknown == 0


def test_server_that_hides_a_database_without_writes_is_found_out(site: Site) -> None:
    verdict, _run = asyncio.run(scenarios.hasty_web_on_read_only_database(site))

    assert verdict.count("lost") > 0, str(verdict)


def test_full_disk_postpones_votes_and_loses_none(site: Site) -> None:
    if site.system.disk is None:
        pytest.skip("may mount no file system here: run as root")

    verdict, _run = asyncio.run(scenarios.disk_full(site))

    assert verdict.findings == (), str(verdict)
    assert verdict.refused == verdict.unknown == 0


def test_what_a_failed_scenario_leaves_is_mended(site: Site) -> None:
    site.webs[0].kill()
    site.system.execute(*scenarios.READ_ONLY)

    asyncio.run(scenarios.mend(site))

    assert site.webs[0].is_running
    site.system.execute("CREATE TABLE mended (a int)", "DROP TABLE mended")
