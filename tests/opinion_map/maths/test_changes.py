"""Changes put into a vote matrix: what sorting all votes again would give."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opinion_map.maths import TAKEN_BACK, Changes, Votes, Warm
from opinion_map.maths.squares import Squares
from opinion_map.maths.vote_matrix import build, fingerprint
from tests.opinion_map.maths.conversations import frozen

Row = tuple[int, int, int]
CHOICES = [-1, 0, 1, TAKEN_BACK]


@pytest.fixture(autouse=True, params=[4, 1 << 14])
def blocks_of(request, monkeypatch):
    monkeypatch.setattr("opinion_map.maths.vote_matrix.BLOCK_PEOPLE", request.param)


def changes_of(rows: list[Row]) -> Changes:
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return Changes(table[:, 0], table[:, 1], table[:, 2].astype(np.int8))


def replayed(rows: list[Row], *, excluded: tuple[int, ...] = ()) -> Votes:
    """The votes that stand after all rows."""
    standing = {}
    for who, what, choice in rows:
        standing[who, what] = choice
    kept = [(*pair, one) for pair, one in standing.items() if one != TAKEN_BACK]
    table = np.array(kept, dtype=np.int64).reshape(-1, 3)
    return frozen(table[:, 0], table[:, 1], table[:, 2].astype(np.int8), excluded=excluded)


def same(warm: Warm, votes: Votes, *, statements: tuple[int, ...]) -> None:
    matrix, again = warm.matrix, build(votes, statements=statements)
    assert matrix.sha256 == again.sha256
    for name in ("participants", "statements", "votes_per_participant", "excluded"):
        np.testing.assert_array_equal(getattr(matrix, name), getattr(again, name), err_msg=name)
    for name in ("agrees", "disagrees", "seen"):
        np.testing.assert_array_equal(getattr(matrix, name), getattr(again, name), err_msg=name)
    assert warm.n_votes == len(votes)


rows_of = st.lists(
    st.tuples(st.integers(1, 12), st.integers(0, 5), st.sampled_from(CHOICES)), max_size=60
)
some_statements = st.sets(st.integers(0, 6), max_size=3).map(tuple)


@settings(deadline=None, max_examples=60)
@given(
    first=rows_of,
    parts=st.lists(st.tuples(rows_of, some_statements, some_statements), max_size=4),
)
def test_changes_and_exclusions_give_the_matrix_of_all_votes(first, parts):
    standing = [row for row in first if row[2] != TAKEN_BACK]
    warm = Warm(replayed(standing))
    same(warm, replayed(standing), statements=())

    for rows, excluded, listed in parts:
        standing = standing + rows
        warm = warm.after(changes_of(rows), excluded=excluded, statements=listed)

        same(warm, replayed(standing, excluded=excluded), statements=listed)


@pytest.mark.parametrize("few", [3, 8191])
def test_squares_follow_changes(few, monkeypatch):
    monkeypatch.setattr("opinion_map.maths.squares.FEW_CHANGES", few)
    monkeypatch.setattr("opinion_map.maths.warm.LARGE", 0)
    rng = np.random.default_rng(few)
    rows = [
        tuple(row)
        for row in np.stack(
            [rng.integers(0, 50, 900), rng.integers(0, 12, 900), rng.integers(-1, 2, 900)], axis=1
        ).tolist()
    ]
    warm = Warm(replayed(rows))
    warm.prepare()

    for excluded in ((), (3,), (5, 11), ()):
        more = [
            (int(rng.integers(0, 60)), int(rng.integers(0, 14)), int(rng.choice(CHOICES)))
            for _ in range(200)
        ]
        rows = rows + more
        warm = warm.after(changes_of(more), excluded=excluded)

        matrix = build(replayed(rows, excluded=excluded))
        expected = Squares.of(matrix).centred(matrix.means)
        np.testing.assert_allclose(warm._squares.centred(matrix.means), expected, atol=1e-11)


def test_squares_are_the_products_of_centred_votes():
    rng = np.random.default_rng(2)
    who, what = np.divmod(rng.permutation(30 * 9)[:200], 9)
    matrix = build(frozen(who, what, rng.integers(-1, 2, 200).astype(np.int8)))
    table = np.zeros((30, 9))
    for block in matrix.blocks:
        row = np.repeat(np.arange(block.rows.start, block.rows.stop), np.diff(block.offsets))
        table[row, block.columns] = block.values - matrix.means[block.columns]

    square = Squares.of(matrix).centred(matrix.means)

    np.testing.assert_allclose(square, table.T @ table, atol=1e-12)


def test_earlier_votes_stay_as_they_were():
    votes = replayed([(who, what, (who + what) % 3 - 1) for who in range(9) for what in range(5)])
    matrix = (warm := Warm(votes)).matrix

    warm.after(changes_of([(3, 2, 1), (4, 4, TAKEN_BACK), (99, 7, 0)]), excluded=(1,))

    now = fingerprint(matrix.participants, matrix.statements, matrix.blocks, n_excluded=0)
    assert now == build(votes).sha256


@pytest.mark.parametrize("choices", [[5], [1, 1]])
def test_malformed_changes_are_refused(choices):
    with pytest.raises(ValueError, match="change"):
        Changes(np.array([1]), np.array([1]), np.array(choices, dtype=np.int8))
