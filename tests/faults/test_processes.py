"""Web processes that are killed, and those that are asked to go."""

import asyncio
import itertools

import pytest

from tests.faults import scenarios
from tests.faults.run import Run
from tests.faults.system import Site

pytestmark = [pytest.mark.postgres, pytest.mark.redis]


def test_web_process_killed_loses_no_acknowledged_vote(site: Site) -> None:
    verdict, _run = asyncio.run(scenarios.web_killed(site))

    assert verdict.findings == (), str(verdict)
    assert verdict.resent > 0
    assert verdict.unknown == 0


def test_web_process_that_answers_before_the_commit_is_found_out(site: Site) -> None:
    verdict, _run = asyncio.run(scenarios.hasty_web_killed(site))

    assert verdict.count("lost") > 0, str(verdict)


def test_rolling_restart_loses_nothing_and_nobody_waits(site: Site) -> None:
    verdict, run = asyncio.run(scenarios.rolling_restart(site))

    assert verdict.findings == (), str(verdict)
    assert verdict.unknown == 0
    assert any("reconnect" in client.heard for client in run.clients)
    assert _longest_silence(run) < 5.0


def _longest_silence(run: Run) -> float:
    times = sorted(operation.completed or 0.0 for operation in run.history.acknowledged())
    return max(after - before for before, after in itertools.pairwise(times))
