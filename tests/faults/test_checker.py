"""The checker accepts what keeps the promise and refuses each way to break it."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.faults import checker
from tests.faults.history import Operation, Outcome
from tests.faults.stored import Change, Receipt, Stored, Tally

A, P, D, BACK = 1, 0, -1, None


def ballot(
    number: int,
    choice: int | None,
    begun: float,
    ended: float | None,
    *,
    outcome: Outcome | None = None,
    statement: int = 1,
    client: str = "ann",
) -> Operation:
    """A ballot sent and, unless its end is None, acknowledged."""
    told = outcome or (Outcome.UNKNOWN if ended is None else Outcome.OK)
    answers = [] if ended is None else [{"choice": choice}]
    return Operation(client, statement, choice, begun, UUID(int=number), told, ended, answers)


def rows(changes: Iterable[tuple[str, int, int | None]], counted: Iterable[Operation]) -> Stored:
    """What is stored, with the votes and the counts that its history gives."""
    history = [Change(number, *change) for number, change in enumerate(changes, start=1)]
    votes = checker.replayed_votes(history)
    return Stored(
        changes=history,
        votes=votes,
        receipts={(one.client, one.id): Receipt(one.statement, one.choice) for one in counted},
        tally=Tally(len(votes), len({client for client, _statement in votes}), 5),
        votes_version=5,
        room_version=9,
        authors={},
    )


def kinds(operations: list[Operation], stored: Stored) -> set[str]:
    return {finding.kind for finding in checker.check(operations, stored).findings}


WAITED = [ballot(1, A, 0, 1), ballot(2, D, 2, 3), ballot(3, A, 4, 5)]
AFTER_WAITING = [("ann", 1, A), ("ann", 1, D), ("ann", 1, A)]


def test_votes_in_their_order_are_accepted() -> None:
    verdict = checker.check(WAITED, rows(AFTER_WAITING, WAITED))

    assert verdict.findings == ()
    assert (verdict.operations, verdict.acknowledged) == (3, 3)


def test_nothing_at_all_is_accepted() -> None:
    assert kinds([], replace(rows([], []), tally=Tally(0, 0, 0), votes_version=0)) == set()


@pytest.mark.parametrize("stored", [[("ann", 1, A), ("ann", 1, D)], [("ann", 1, D), ("ann", 1, A)]])
def test_votes_at_once_are_accepted_in_either_order(stored) -> None:
    operations = [ballot(1, A, 0, 5), ballot(2, D, 1, 4)]

    assert kinds(operations, rows(stored, operations)) == set()


def test_vote_without_an_answer_may_be_stored_or_not() -> None:
    first, unanswered = ballot(1, A, 0, 1), ballot(2, D, 2, None)

    assert kinds([first, unanswered], rows([("ann", 1, A)], [first])) == set()
    assert (
        kinds([first, unanswered], rows([("ann", 1, A), ("ann", 1, D)], [first, unanswered]))
        == set()
    )


def test_vote_without_an_answer_may_come_late() -> None:
    unanswered, later = ballot(1, A, 0, None), ballot(2, D, 3, 4)

    stored = rows([("ann", 1, D), ("ann", 1, A)], [unanswered, later])

    assert kinds([unanswered, later], stored) == set()


def test_taking_back_nothing_leaves_no_row() -> None:
    operations = [ballot(1, BACK, 0, 1), ballot(2, A, 2, 3), ballot(3, BACK, 4, 5)]

    assert kinds(operations, rows([("ann", 1, A), ("ann", 1, BACK)], operations)) == set()


def test_statement_is_its_authors_agree_vote() -> None:
    changed = ballot(1, D, 0, 1)
    stored = replace(rows([("ann", 1, A), ("ann", 1, D)], [changed]), authors={1: "ann"})

    assert kinds([changed], stored) == set()


def test_acknowledged_vote_that_is_not_stored_is_lost() -> None:
    stored = rows(AFTER_WAITING[:2], WAITED[:2])

    assert {"lost", "final"} <= kinds(WAITED, stored)


def test_vote_whose_receipt_alone_is_stored_is_found() -> None:
    assert "order" in kinds(WAITED, rows(AFTER_WAITING[:2], WAITED))


def test_vote_that_is_counted_twice_is_found() -> None:
    operations = WAITED[:2]

    assert "counted twice" in kinds(operations, rows(AFTER_WAITING, operations))


def test_earlier_vote_that_overwrites_a_later_one_is_found() -> None:
    operations = WAITED[:2]
    stored = rows([("ann", 1, D), ("ann", 1, A)], operations)

    assert {"order", "final"} <= kinds(operations, stored)


def test_refused_vote_that_is_stored_is_found() -> None:
    refused = ballot(1, A, 0, 1, outcome=Outcome.FAIL)

    assert kinds([refused], rows([("ann", 1, A)], [refused])) == {"refused but stored"}


def test_vote_that_nobody_cast_is_found() -> None:
    stored = rows([("ann", 1, A)], [ballot(1, A, 0, 1)])

    assert {"invented", "counted twice"} <= kinds([], stored)


def test_vote_that_is_stored_as_another_is_found() -> None:
    cast = ballot(1, A, 0, 1)
    stored = rows([("ann", 1, D)], [replace(cast, choice=D)])

    assert {"altered", "final"} <= kinds([cast], stored)


def test_two_answers_to_one_ballot_are_found() -> None:
    cast = replace(WAITED[0], answers=[{"choice": "agree"}, {"choice": "pass"}])

    assert kinds([cast], rows(AFTER_WAITING[:1], [cast])) == {"two answers"}


def test_votes_other_than_their_history_are_found() -> None:
    stored = replace(rows(AFTER_WAITING, WAITED), votes={("ann", 1): D})

    assert {"replay", "final"} <= kinds(WAITED, stored)


@pytest.mark.parametrize("wrong", [Tally(2, 1, 5), Tally(1, 2, 5), Tally(1, 1, 4)])
def test_counts_other_than_the_history_are_found(wrong: Tally) -> None:
    stored = replace(rows(AFTER_WAITING, WAITED), tally=wrong)

    assert kinds(WAITED, stored) == {"tally"}


def test_watchers_behind_or_apart_are_found() -> None:
    found = list(
        checker.watchers({"ann": 9, "bob": 8}, {"ann": {"votes": 2}, "bob": {}}, room_version=9)
    )

    assert {finding.kind for finding in found} == {"behind", "snapshots"}
    assert list(checker.watchers({"ann": 9}, {"ann": {}}, room_version=9)) == []


@given(st.lists(st.sampled_from([A, P, D, BACK]), max_size=40), st.integers(0, 39))
def test_any_history_of_one_who_waits_is_accepted_and_a_lost_change_found(
    choices: list[int | None], lost: int
) -> None:
    operations = [ballot(place, choice, place, place + 0.5) for place, choice in enumerate(choices)]
    changes = [("ann", 1, after) for before, after in pairwise([BACK, *choices]) if before != after]

    assert kinds(operations, rows(changes, operations)) == set()
    if lost < len(changes):
        assert kinds(operations, rows(changes[:lost] + changes[lost + 1 :], operations)) != set()


def test_thousands_of_votes_at_once_are_checked_quickly() -> None:
    operations = [
        ballot(place, (A, D)[place % 2], place / 4, place / 4 + 0.6) for place in range(4000)
    ]
    changes = [("ann", 1, one.choice) for one in operations]

    assert kinds(operations, rows(changes, operations)) == set()
