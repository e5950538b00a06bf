"""A worker or its database dies in the middle of a map: it is drawn all the same."""

import asyncio

import pytest

from tests.faults import scenarios
from tests.faults.system import Site

pytestmark = [pytest.mark.postgres, pytest.mark.redis]


def test_map_of_a_worker_that_was_killed_is_drawn_by_another(site: Site) -> None:
    verdict, _run = asyncio.run(scenarios.worker_killed(site))

    assert verdict.findings == (), str(verdict)
    assert verdict.unknown == 0


def test_map_during_which_the_database_crashed_is_drawn_again(site: Site) -> None:
    verdict, _run = asyncio.run(scenarios.database_crash_in_a_map(site))

    assert verdict.findings == (), str(verdict)
    assert verdict.unknown == 0
