"""A worker dies in the middle of a map: another one draws it, once the dead one's lease is over."""

import asyncio

import pytest

from tests.faults import scenarios
from tests.faults.system import Site

pytestmark = [pytest.mark.postgres, pytest.mark.redis]


def test_map_of_a_worker_that_was_killed_is_drawn_by_another(site: Site) -> None:
    verdict, _run = asyncio.run(scenarios.worker_killed(site))

    assert verdict.findings == (), str(verdict)
    assert verdict.unknown == 0
