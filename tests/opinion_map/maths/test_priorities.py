"""Which statement comes next: even, with a floor, and no price on disagreement."""

import numpy as np
import pytest

from opinion_map.maths.group_votes import GroupVotes
from opinion_map.maths.priorities import FLOOR, polis_priorities, priorities
from tests.benchmarks.routing import compare


def counts(agrees, disagrees, seen):
    return GroupVotes(*(np.array(one, dtype=float) for one in (agrees, disagrees, seen)))


def test_chances_sum_to_one_and_keep_the_floor():
    groups = counts([[5, 900, 0]], [[5, 0, 0]], [[12, 1000, 0]])

    chances = priorities(groups, groups, np.array([0.1, 0.9, 0.0]))

    assert chances.sum() == pytest.approx(1)
    assert (chances >= FLOOR / 3).all()
    assert chances.argmax() == 2


def test_disagreement_costs_nothing():
    liked, disliked = counts([[30]], [[0]], [[30]]), counts([[0]], [[30]], [[30]])
    both = counts([[30, 0]], [[0, 30]], [[30, 30]])

    ours = priorities(both, both, np.full(2, 0.5))
    polis = [polis_priorities(one, np.ones(1))[0] for one in (liked, disliked)]

    assert ours[0] == ours[1]
    assert polis[0] > 100 * polis[1]


def test_statement_unseen_in_one_group_comes_before_one_seen_in_both():
    votes = counts([[10, 20], [10, 0]], [[0, 0], [0, 0]], [[20, 40], [20, 0]])
    everyone = counts([[20, 20]], [[0, 0]], [[40, 40]])

    chances = priorities(votes, everyone, np.full(2, 0.5))

    assert chances[1] > 2 * chances[0]


def test_statement_that_separates_comes_before_one_that_does_not():
    votes = counts([[10, 10]], [[10, 10]], [[20, 20]])

    chances = priorities(votes, votes, np.array([0.9, 0.1]))

    assert chances[0] > 1.5 * chances[1]


def test_routing_evens_exposure_and_tells_groups_apart_better():
    table = compare(people=200, statements=40, votes_each=(8,), seeds=4)

    ours, polis, uniform = (table[8, name] for name in ("ours", "polis", "uniform"))
    assert ours["exposure cv"] < uniform["exposure cv"] < polis["exposure cv"]
    assert ours["fewest votes"] > 2 * uniform["fewest votes"]
    assert ours["share error"] < min(uniform["share error"], polis["share error"])
    assert ours["group error"] < min(uniform["group error"], polis["group error"])
