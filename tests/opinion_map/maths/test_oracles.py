"""Cases whose answer is known by calculation."""

import numpy as np
import pytest

from opinion_map.maths import Parameters, compute, public_document, to_document, to_json
from opinion_map.maths.group_votes import GroupVotes
from opinion_map.maths.priorities import polis_priorities
from opinion_map.maths.proportions import (
    holm_bonferroni,
    one_proportion,
    smoothed,
    two_proportions,
    wilson,
)
from tests.opinion_map.maths.conversations import frozen, two_blocs, votes_of

NAN = np.nan


@pytest.mark.parametrize(("first", "second", "statements"), [(30, 10, 8), (20, 20, 60), (9, 5, 5)])
def test_two_blocs_are_twice_root_c_apart(first, second, statements):
    map_ = compute(two_blocs(first, second, statements))

    np.testing.assert_allclose(np.abs(map_.means), abs(first - second) / (first + second))
    np.testing.assert_allclose(np.abs(map_.components.loadings[0]), statements**-0.5, rtol=1e-12)
    apart = np.linalg.norm(map_.positions[0] - map_.positions[-1])
    assert apart == pytest.approx(2 * statements**0.5, rel=1e-12)
    assert map_.variance_explained == pytest.approx([1, 0])
    assert map_.grouping.sizes.tolist() == [max(first, second), min(first, second)]
    assert map_.grouping.silhouettes[2] == pytest.approx(1)
    assert map_.reliable


def test_two_blocs_have_the_consensus_of_the_formulae():
    map_ = compute(two_blocs(30, 10, 8))

    product = np.tile([31 / (32 * 12), 11 / (32 * 12)], 4)
    np.testing.assert_allclose(map_.group_aware, product, rtol=1e-12)
    np.testing.assert_allclose(map_.consensus, product**0.5, rtol=1e-12)
    np.testing.assert_allclose(map_.divisiveness, (30 / 32 + 10 / 12) / 2, rtol=1e-12)
    assert [pick.column for pick in map_.majority_agree] == [0, 2, 4, 6]
    assert [pick.column for pick in map_.majority_disagree] == [1, 3, 5, 7]
    assert map_.majority_agree[0].share == pytest.approx(31 / 42)


@pytest.mark.parametrize("n", [0, 1, 7, 100])
def test_one_proportion_has_its_limits(n):
    n = np.array(float(n))

    assert one_proportion(n, n) == pytest.approx(np.sqrt(n + 1))
    assert one_proportion(0 * n, n) == pytest.approx((1 - n) / np.sqrt(n + 1))


def test_two_proportions_is_antisymmetric_and_zero_for_equal_counts():
    rng = np.random.default_rng(2)
    n, m = rng.integers(0, 50, (2, 200)).astype(float)
    x, y = np.floor(rng.random(200) * (n + 1)), np.floor(rng.random(200) * (m + 1))

    np.testing.assert_allclose(two_proportions(x, n, y, m), -two_proportions(y, m, x, n))
    assert not two_proportions(x, n, x, n).any()
    assert two_proportions(n, n, m, m) == pytest.approx(np.zeros(200))


def test_statistics_without_votes_are_neutral():
    nothing = np.array(0.0)

    assert smoothed(nothing, nothing) == 0.5
    assert one_proportion(nothing, nothing) == 1
    assert two_proportions(nothing, nothing, nothing, nothing) == 0
    assert [float(end) for end in wilson(nothing, nothing)] == [0, 1]


def test_wilson_interval_has_the_published_values():
    low, high = wilson(np.array([8.0]), np.array([10.0]))

    assert (low[0], high[0]) == (pytest.approx(0.4901625), pytest.approx(0.9433178))


def test_holm_steps_down_and_never_falls():
    adjusted = holm_bonferroni(np.array([0.01, 0.04, 0.03, 0.005]))

    np.testing.assert_allclose(adjusted, [0.03, 0.06, 0.06, 0.02])


def test_polis_priorities_have_the_published_values():
    new = GroupVotes(*np.zeros((3, 1, 1)))
    liked = GroupVotes(np.full((1, 1), 20.0), np.zeros((1, 1)), np.full((1, 1), 20.0))

    assert polis_priorities(new, np.zeros(1)) == pytest.approx([5.0625])
    assert polis_priorities(new, np.zeros(1), metadata=True) == pytest.approx([49])
    assert polis_priorities(liked, np.ones(1)) == pytest.approx([7.4719], abs=1e-4)


DEGENERATE = {
    "nothing": votes_of(np.zeros((0, 0))),
    "one vote": votes_of([[1]]),
    "one participant": votes_of([[1, -1, 0, 1]]),
    "one statement": votes_of([[1], [1], [1], [-1], [-1]]),
    "all pass": votes_of(np.zeros((20, 9))),
    "all identical": votes_of(np.tile([1.0, -1.0, 0.0, 1.0, 1.0, -1.0, 1.0, 1.0], (20, 1))),
    "two opposite": votes_of([[1] * 9, [-1] * 9]),
    "everything excluded": votes_of(np.ones((5, 3)), excluded=[0, 1, 2]),
    "a constant statement": votes_of(
        np.c_[np.ones(30), two_blocs(30, 0, 9).choices.reshape(30, 9)]
    ),
    "huge and negative ids": frozen([-(2**60), 2**60, 5], [2**61, -7, 2**61], [1, -1, -1]),
    "nobody shares a statement": votes_of(np.where(np.eye(12), 1.0, NAN)),
}


@pytest.mark.parametrize("name", DEGENERATE)
@pytest.mark.parametrize("bootstrap", [0, 3])
def test_degenerate_votes_give_a_finite_map_without_groups(name, bootstrap):
    map_ = compute(DEGENERATE[name], parameters=Parameters(bootstrap=bootstrap))

    assert np.isfinite(map_.positions).all()
    assert np.isfinite(map_.posterior_positions).all()
    assert np.isfinite(map_.priorities).all()
    assert not map_.reliable
    assert map_.grouping.count <= 1
    to_json(to_document(map_))
    to_json(public_document(map_))


@pytest.mark.parametrize("name", ["all pass", "all identical", "one participant"])
def test_votes_that_do_not_vary_put_everyone_in_the_middle(name):
    map_ = compute(DEGENERATE[name])

    assert not map_.positions.any()
    assert not map_.components.loadings.any()


def test_two_opposite_participants_are_twice_root_c_apart():
    map_ = compute(DEGENERATE["two opposite"])

    assert np.linalg.norm(map_.positions[0] - map_.positions[1]) == pytest.approx(2 * 9**0.5)


def test_single_statement_gives_a_line():
    map_ = compute(DEGENERATE["one statement"])

    np.testing.assert_allclose(map_.positions[:, 0], [0.8, 0.8, 0.8, -1.2, -1.2])
    assert not map_.positions[:, 1].any()


def test_forced_groups_are_found_in_votes_without_structure():
    votes = votes_of(np.random.default_rng(1).choice([-1.0, 1.0], (40, 10)))

    map_ = compute(votes, parameters=Parameters(groups=3))

    assert map_.grouping.count == 3
    assert not map_.reliable


@pytest.mark.parametrize(
    "wrong",
    [
        {"most_groups": 6},
        {"most_groups": 0},
        {"starts": 0},
        {"shuffles": -1},
        {"held_out": 1.0},
        {"groups": 9},
    ],
)
def test_parameters_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match=r"is|are|not"):
        Parameters(**wrong)


@pytest.mark.parametrize(
    ("who", "what", "choices", "complaint"),
    [
        ([1, 2], [1], [1, 1], "as many"),
        ([1.5], [1], [1], "integers"),
        ([1], [1], [2], "disagree"),
        ([[1]], [[1]], [[1]], "one-dimensional"),
    ],
)
def test_votes_that_are_no_votes_are_refused(who, what, choices, complaint):
    from opinion_map.maths import Votes

    with pytest.raises(ValueError, match=complaint):
        Votes(np.array(who), np.array(what), np.array(choices))
