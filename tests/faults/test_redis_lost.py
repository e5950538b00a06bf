"""Redis goes away and comes back: votes go on, and watchers see them soon after its return."""

import asyncio

import pytest

from tests.faults import scenarios
from tests.faults.run import SECONDS_TO_CONVERGE
from tests.faults.system import Site

pytestmark = [pytest.mark.postgres, pytest.mark.redis]


def test_redis_gone_for_a_moment_goes_unnoticed(site: Site) -> None:
    verdict, run = asyncio.run(scenarios.redis_gone(site, seconds=0.2))

    assert verdict.findings == (), str(verdict)
    assert run.converged is not None


def test_redis_gone_for_long_stops_no_vote_and_watchers_catch_up(site: Site) -> None:
    verdict, run = asyncio.run(scenarios.redis_gone(site, seconds=5))

    assert verdict.findings == (), str(verdict)
    assert run.converged is not None
    assert run.converged <= SECONDS_TO_CONVERGE
    # The control: without heartbeats nobody would have learnt of the last votes.
    assert scenarios.deaf_ones_are_behind(run)
