"""Which statements stand for a group, on counts small enough to choose by eye."""

from math import erfc, sqrt

import numpy as np
import pytest

from opinion_map.maths.group_votes import GroupVotes
from opinion_map.maths.representativeness import choose, picks, statistics


def counted(first, second):
    """Two groups; each statement as (agrees, disagrees, seen) of either."""
    return GroupVotes(
        *(np.array([first, second], dtype=float)[:, :, column] for column in range(3))
    )


def chosen(votes, **options):
    return choose(statistics(votes), votes, **options)


APART = counted(
    first=[(9, 11, 20), (20, 0, 20), (1, 18, 20), (10, 10, 20)],
    second=[(11, 9, 20), (2, 18, 20), (19, 1, 20), (10, 10, 20)],
)


def test_picks_are_what_a_group_says_and_the_others_do_not():
    assert chosen(APART) == [[(1, 1), (2, -1)], [(2, 1), (1, -1)]]


def test_agreement_comes_first_although_a_rejection_is_stronger():
    votes = counted(
        first=[(0, 40, 40), (30, 10, 40)],
        second=[(40, 0, 40), (10, 30, 40)],
    )

    assert chosen(votes)[0] == [(1, 1), (0, -1)]


def test_as_many_picks_as_asked_for_the_best_agreement_among_them():
    votes = counted(
        first=[(0, 30 + one, 30 + one) for one in range(4)] + [(20, 10, 30)],
        second=[(30, 0, 30)] * 4 + [(10, 20, 30)],
    )

    assert chosen(votes, most=3)[0] == [(4, 1), (3, -1), (2, -1)]
    assert len(chosen(votes)[0]) == 5


@pytest.mark.parametrize(("least", "columns"), [(20, [0, 1]), (21, [1]), (31, [])])
def test_statement_that_too_few_members_saw_stands_for_nobody(least, columns):
    votes = counted(first=[(20, 0, 20), (30, 0, 30)], second=[(0, 20, 20), (0, 30, 30)])

    found = chosen(votes, least=least)[0]

    assert sorted(column for column, _ in found) == columns


def test_fewest_members_may_differ_between_groups():
    found = chosen(APART, least=np.array([20, 21]))

    assert found == [[(1, 1), (2, -1)], []]


def test_without_a_clear_difference_the_best_agreement_stands_for_the_group():
    votes = counted(first=[(2, 1, 3), (3, 0, 3)], second=[(1, 1, 3), (2, 1, 3)])

    assert chosen(votes)[0] == [(1, 1)]


def test_without_any_agreement_the_largest_difference_stands_for_the_group():
    votes = counted(
        first=[(0, 2, 4), (0, 3, 4), (0, 0, 0)],
        second=[(0, 2, 4), (0, 1, 4), (4, 0, 4)],
    )

    assert chosen(votes)[0] == [(1, -1)]


def test_group_that_saw_nothing_stands_for_nothing():
    votes = counted(first=[(0, 0, 0)] * 2, second=[(5, 0, 5), (0, 5, 5)])

    assert chosen(votes)[0] == []


def test_pick_carries_the_numbers_of_its_own_side():
    rejected = picks(statistics(APART), APART, chosen(APART))[0][1]

    assert (rejected.column, rejected.choice) == (2, -1)
    assert (rejected.count, rejected.seen) == (18, 20)
    assert rejected.share == pytest.approx(19 / 22)
    assert rejected.ratio == pytest.approx((19 / 22) / (2 / 22))
    assert (rejected.low, rejected.high) == pytest.approx((0.69897, 0.97213), abs=1e-4)
    assert rejected.kept is None


def test_pick_says_how_often_it_came_up_again():
    found = picks(statistics(APART), APART, chosen(APART), kept={(0, 1, 1): 0.9, (1, 2, -1): 0.4})

    assert [one.kept for one in found[0]] == [0.9, 0.0]
    assert [one.kept for one in found[1]] == [0.0, 0.0]


def test_chance_of_a_pick_is_corrected_on_its_own_side():
    stats = statistics(APART)

    agreed, rejected = picks(stats, APART, chosen(APART))[0]

    # Four statements were looked at, and these are the most unlike of each side.
    assert agreed.p == pytest.approx(4 * erfc(agreed.ratio_test / sqrt(2)) / 2)
    assert rejected.p == pytest.approx(4 * erfc(rejected.ratio_test / sqrt(2)) / 2)
