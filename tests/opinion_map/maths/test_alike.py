"""Statements that are answered alike: the correlation of those who saw both."""

import numpy as np

from opinion_map.maths.alike import FEWEST, correlations
from opinion_map.maths.vote_matrix import build
from tests.opinion_map.maths.conversations import votes_of


def random_votes(people, seed=0):
    rng = np.random.default_rng(seed)
    table = rng.choice([-1.0, 0.0, 1.0], (people, 5), p=[0.3, 0.2, 0.5])
    table[:, 1] = np.where(rng.random(people) < 0.7, table[:, 0], table[:, 1])
    table[rng.random((people, 5)) < 0.3] = np.nan
    return table


def test_correlations_are_those_of_people_who_saw_both():
    table = random_votes(120)

    found = correlations(build(votes_of(table)), np.array([3, 0, 1]))

    for row, one in enumerate((3, 0, 1)):
        for column, other in enumerate((3, 0, 1)):
            both = ~np.isnan(table[:, one]) & ~np.isnan(table[:, other])
            plain = np.corrcoef(table[both, one], table[both, other])[0, 1]
            np.testing.assert_allclose(found[row, column], plain, atol=1e-12)
    assert found[1, 2] > 0.4


def test_correlation_of_too_few_people_is_nought():
    table = np.full((FEWEST + 4, 2), np.nan)
    table[:, 0] = np.tile([1.0, -1.0], 7)
    table[:FEWEST, 1] = table[:FEWEST, 0]
    enough, few = (
        correlations(build(votes_of(one)), np.array([0, 1])) for one in (table, table[1:])
    )

    assert enough.tolist() == [[1, 1], [1, 1]]
    assert few.tolist() == [[1, 0], [0, 1]]


def test_statement_on_which_all_vote_alike_is_like_no_other():
    table = np.stack([np.ones(20), np.tile([1.0, -1.0], 10)], axis=1)

    found = correlations(build(votes_of(table)), np.array([0, 1]))

    assert found.tolist() == [[1, 0], [0, 1]]
