"""A bad network: cut, silent, slow; and what is delivered twice, late, or in another order."""

import asyncio

import pytest

from tests.faults import checker, scenarios
from tests.faults.system import Site

pytestmark = [pytest.mark.postgres, pytest.mark.redis]


def test_network_that_is_cut_loses_no_acknowledged_vote(site: Site) -> None:
    verdict, run = asyncio.run(scenarios.network_cut(site))

    assert verdict.findings == (), str(verdict)
    # Everyone had a vote under way whose answer was lost.
    assert verdict.resent >= run.workload.voters
    assert verdict.unknown == 0


def test_clients_that_send_nothing_again_are_found_out(site: Site) -> None:
    verdict, _run = asyncio.run(scenarios.network_cut_without_resending(site))

    assert verdict.count("lost") > 0, str(verdict)


def test_ballots_delivered_twice_and_out_of_order_are_counted_once(site: Site) -> None:
    verdict, run = asyncio.run(scenarios.copies(site))

    assert verdict.findings == (), str(verdict)
    assert any(len(operation.answers) > 1 for operation in run.history)


def test_server_that_takes_each_copy_for_a_new_ballot_is_found_out(site: Site) -> None:
    verdict, _run = asyncio.run(scenarios.copies_to_a_forgetful_web(site))

    assert verdict.count("counted twice") > 0, str(verdict)


def test_clock_that_steps_changes_no_order_of_votes(site: Site) -> None:
    verdict, run = asyncio.run(scenarios.clock_steps(site))

    assert verdict.findings == (), str(verdict)
    assert verdict.refused == verdict.unknown == 0
    assert run.stored is not None
    assert len({change.cast_at[:13] for change in run.stored.changes}) >= 3
    # The control: in the order of the clock the same history gives other votes.
    by_clock = sorted(run.stored.changes, key=lambda change: change.cast_at)
    assert checker.replayed_votes(by_clock) != run.stored.votes
