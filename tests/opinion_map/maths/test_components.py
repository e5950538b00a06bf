"""Components and positions against a dense decomposition."""

import numpy as np
import pytest

from opinion_map.maths import compute
from opinion_map.maths.components import canonical_signs, leading, leading_values
from opinion_map.maths.products import CentredVotes
from opinion_map.maths.vote_matrix import build
from tests.opinion_map.maths.conversations import planted


def dense(votes, people, statements):
    table = np.full((people, statements), np.nan)
    table[votes.participants, votes.statements] = votes.choices
    means = np.nanmean(table, axis=0)
    return np.where(np.isnan(table), means, table) - means, means


@pytest.mark.parametrize(("people", "statements"), [(60, 12), (300, 90), (200, 300)])
def test_components_and_positions_are_those_of_the_filled_matrix(people, statements):
    votes = planted(people, statements, 15, seed=people).votes
    filled, _ = dense(votes, people, statements)
    seen = np.bincount(votes.statements, minlength=statements) > 0

    map_ = compute(votes)

    _, sizes, right = np.linalg.svd(np.nan_to_num(filled), full_matrices=False)
    ours = np.zeros((2, statements))
    ours[:, map_.statements] = map_.components.loadings
    np.testing.assert_allclose(np.abs((ours * right[:2]).sum(axis=1)), 1, atol=1e-12)
    np.testing.assert_allclose(map_.components.variances, sizes[:2] ** 2, rtol=1e-10)
    np.testing.assert_allclose(map_.variance_explained, (sizes**2 / (sizes**2).sum())[:2])
    n = np.bincount(votes.participants, minlength=people)
    expected = np.sqrt(seen.sum() / n)[:, None] * (np.nan_to_num(filled) @ ours.T)
    np.testing.assert_allclose(map_.positions, expected, atol=1e-9)


def test_krylov_method_finds_close_eigenvalues():
    rng = np.random.default_rng(1)
    vectors = np.linalg.qr(rng.standard_normal((400, 400)))[0]
    values = np.concatenate([[100, 99.5, 99.4], np.linspace(50, 0, 397)])
    square = (vectors * values) @ vectors.T

    found = leading(lambda right: square @ right, 400, total=values.sum())

    np.testing.assert_allclose(found.variances, [100, 99.5], rtol=1e-10)
    np.testing.assert_allclose(np.abs(found.loadings @ vectors[:, :2]), np.eye(2), atol=1e-7)


def test_starting_from_earlier_components_saves_passes_and_changes_nothing():
    matrix = build(planted(2000, 320, 30, seed=1).votes)
    centred = CentredVotes(matrix, matrix.means)
    total = 1e5
    cold = leading(centred.gram, 320, total=total)

    warm = leading(centred.gram, 320, total=total, start=cold.loadings)

    assert warm.passes < cold.passes
    np.testing.assert_allclose(warm.loadings, cold.loadings, atol=1e-10)


def test_leading_values_are_close_from_below():
    rng = np.random.default_rng(3)
    table = rng.standard_normal((500, 60)).astype(np.float32)
    values = np.linalg.eigvalsh(table.T @ table)[::-1]

    found = leading_values(lambda right: table.T @ (table @ right), 60, block=8, passes=4)

    assert 0.97 * values[0] <= found[0] <= values[0] * 1.0001


def test_signs_follow_the_first_of_the_largest_loadings():
    loadings = np.array([[0.1, -0.7, 0.7 + 1e-9], [0.0, 0.9, -0.1]])

    turned = canonical_signs(loadings)

    assert turned[0, 1] > 0
    assert turned[1, 1] > 0


@pytest.mark.parametrize("first", [1.5, 1e6])
def test_krylov_method_ends_where_there_is_no_second_direction(first):
    """One direction and a flat rest: it restarts, and stops at rounding or at its last pass."""
    rng = np.random.default_rng(2)
    vectors = np.linalg.qr(rng.standard_normal((300, 300)))[0]
    values = np.concatenate([[first], 1 + 1e-4 * np.linspace(1, 0, 299)])
    square = (vectors * values) @ vectors.T

    found = leading(lambda right: square @ right, 300, total=values.sum(), most_passes=60)

    assert 20 < found.passes <= 60
    np.testing.assert_allclose(found.variances, [first, 1 + 1e-4], rtol=1e-4)
    np.testing.assert_allclose(np.abs(found.loadings[0] @ vectors[:, 0]), 1, atol=1e-9)
