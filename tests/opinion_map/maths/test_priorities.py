"""Which statement comes next: even, with a floor, and no price on disagreement."""

import numpy as np
import pytest

from opinion_map.maths.group_votes import GroupVotes
from opinion_map.maths.priorities import FLOOR, polis_priorities, priorities
from tests.benchmarks.routing import Design, compare


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


def test_statement_that_few_saw_is_not_taken_for_one_that_tells_nothing():
    # A loading of covariances over everybody: the second is seen by a quarter of the people.
    votes = counts([[40, 10]], [[40, 10]], [[80, 20]])

    same, half = (
        priorities(votes, votes, np.array([0.8, second]), floor=0.0) for second in (0.2, 0.1)
    )

    assert same[1] > 8 * same[0]
    assert half[1] < same[1]


def test_one_statement_that_tells_everything_does_not_take_all_showings():
    votes = counts([[30] * 20], [[10] * 20], [[50] * 20])

    chances = priorities(votes, votes, np.array([5.0] + [0.1] * 19))

    # Twenty-one times as dear without the bound; the votes even out at four to one with it.
    assert 5 * chances[1] < chances[0] < 13.1 * chances[1]


def test_chances_without_any_loading_go_by_the_votes_alone():
    votes = counts([[5, 10, 20]], [[0, 0, 0]], [[10, 20, 40]])

    chances = priorities(votes, votes, np.zeros(3), floor=0.0)

    unknown = 1 / (np.array([10, 20, 40]) + 2) ** 2
    np.testing.assert_allclose(chances, unknown / unknown.sum())


def test_group_that_was_shown_little_counts_as_much_as_a_large_one():
    # Each group's votes are set against its own: nothing here differs in all but the groups.
    votes = counts([[100, 60], [0, 4]], [[0, 0], [0, 0]], [[100, 60], [0, 4]])
    everyone = counts([[100, 64]], [[0, 0]], [[100, 64]])

    chances = priorities(votes, everyone, np.zeros(2), floor=0.0)

    alone = priorities(everyone, everyone, np.zeros(2), floor=0.0)
    assert chances[0] > alone[0] + 0.1


def test_no_statements_have_no_chances():
    nothing = GroupVotes(*np.zeros((3, 1, 0)))

    assert priorities(nothing, nothing, np.zeros(0)).shape == (0,)


def test_polis_weights_add_the_groups_up():
    votes = counts([[3, 1], [5, 0]], [[1, 1], [0, 2]], [[5, 3], [6, 4]])

    weights = polis_priorities(votes, np.array([0.5, 2.0]))

    # Eleven saw the first: eight agreed, one disagreed, two passed; seven the second: 1, 3, 3.
    first = (1 - 3 / 13) * 1.5 * 9 / 13 * (1 + 8 * 2 ** (-11 / 5))
    second = (1 - 4 / 9) * 3 * 2 / 9 * (1 + 8 * 2 ** (-7 / 5))
    assert weights == pytest.approx([first**2, second**2])


def test_routing_evens_exposure_and_tells_groups_apart_better():
    design = Design(people=200, statements=40)

    table = compare(design, votes_each=(8,), seeds=4)

    ours, polis, uniform = (
        {key: values.mean() for key, values in table[8, name].items()}
        for name in ("ours", "polis", "uniform")
    )
    assert ours["exposure cv"] < uniform["exposure cv"] < polis["exposure cv"]
    assert ours["fewest votes"] > 2 * uniform["fewest votes"]
    assert ours["share error"] < min(uniform["share error"], polis["share error"])
    assert ours["group error"] < min(uniform["group error"], polis["group error"])
