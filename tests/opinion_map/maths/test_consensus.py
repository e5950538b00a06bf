"""What unites and what divides, worked out by hand."""

import math

import numpy as np
import pytest

from opinion_map.maths import consensus
from opinion_map.maths.group_votes import GroupVotes


def counted(agrees, disagrees, seen):
    return GroupVotes(*(np.array(one, dtype=float) for one in (agrees, disagrees, seen)))


def test_majority_pick_carries_its_own_numbers():
    agrees, seen = np.array([3.0, 40.0, 12.0]), np.array([50.0, 50.0, 15.0])

    first, second = consensus.majority(agrees, seen, choice=-1)

    assert (first.column, first.choice, first.count, first.seen) == (1, -1, 40, 50)
    assert first.share == pytest.approx(41 / 52)
    assert first.share_test == pytest.approx(2 * math.sqrt(51) * (41 / 51 - 0.5))
    assert (first.low, first.high) == pytest.approx((0.66963, 0.88756), abs=1e-4)
    assert second.column == 2


def test_majority_needs_more_than_half_and_more_than_chance():
    # One unanimous vote has z = 1.41; two of three have z = 1; half of a thousand has none.
    picks = consensus.majority(
        np.array([1.0, 2.0, 500.0, 530.0]), np.array([1.0, 3.0, 1000.0, 1000.0]), choice=1
    )

    assert sorted(pick.column for pick in picks) == [0, 3]


def test_majority_lists_as_many_as_asked_for_and_ties_in_order():
    even = np.full(9, 20.0)

    assert [pick.column for pick in consensus.majority(even, even, choice=1)] == [0, 1, 2, 3, 4]
    assert len(consensus.majority(even, even, choice=1, most=2)) == 2


def test_consensus_for_and_against_read_their_own_side():
    votes = counted([[8], [3]], [[0], [1]], [[8], [4]])

    assert consensus.group_informed(votes) == pytest.approx([math.sqrt(0.9 * 4 / 6)])
    assert consensus.group_informed(votes, choice=-1) == pytest.approx([math.sqrt(0.1 * 2 / 6)])
    assert consensus.group_aware(votes) == pytest.approx([0.9 * 4 / 6])


def test_consensus_without_groups_is_one_half():
    nothing = GroupVotes(*np.zeros((3, 0, 4)))

    assert consensus.group_informed(nothing).tolist() == [0.5] * 4


@pytest.mark.parametrize("choice", [1, -1])
def test_consensus_interval_is_around_its_own_side_and_grows_with_the_level(choice):
    votes = counted([[90, 3], [80, 2]], [[5, 1], [10, 2]], [[100, 6], [100, 6]])

    low, high = consensus.group_informed_interval(votes, choice=choice)
    lower, higher = consensus.group_informed_interval(votes, choice=choice, level=0.99)

    middle = consensus.group_informed(votes, choice=choice)
    assert (lower > 0).all()
    assert (lower < low).all()
    assert (low < middle).all()
    assert (middle < high).all()
    assert (high <= higher).all()
    assert (higher <= 1).all()
    assert (high / low)[1] > (high / low)[0]


def test_consensus_interval_of_one_group_is_about_that_of_its_share():
    low, high = consensus.group_informed_interval(counted([[300]], [[0]], [[400]]))

    reach = 1.96 * math.sqrt(0.75 * 0.25 / 400)
    assert (low[0], high[0]) == pytest.approx((0.75 - reach, 0.75 + reach), abs=3e-3)


def test_divisiveness_without_groups_is_the_spread_of_the_votes():
    votes = counted([[49, 98, 0]], [[49, 0, 0]], [[98, 98, 98]])

    spread = consensus.divisiveness(votes)

    assert spread[0] == pytest.approx(math.sqrt(0.98))
    assert spread[1] == pytest.approx(math.sqrt(0.98 - 0.98**2))
    assert spread[2] == 0
