"""Votes in pieces, and votes that came since, give the bytes of all votes at once."""

import numpy as np
import pytest

from opinion_map.maths import Votes, compute, to_document, to_json
from opinion_map.maths.chunks import from_chunks, updated
from opinion_map.maths.pipeline import from_matrix
from opinion_map.maths.vote_matrix import build
from tests.opinion_map.maths.conversations import frozen, planted

VOTES = planted(300, 30, 12, seed=4).votes


@pytest.fixture(params=[1 << 14, 64])
def _blocks(request, monkeypatch):
    monkeypatch.setattr("opinion_map.maths.vote_matrix.BLOCK_PEOPLE", request.param)
    monkeypatch.setattr("opinion_map.maths.chunks.BLOCK_PEOPLE", request.param)


def part(rows, *, excluded=()):
    return frozen(
        VOTES.participants[rows], VOTES.statements[rows], VOTES.choices[rows], excluded=excluded
    )


def same(first, second):
    assert first.sha256 == second.sha256
    for one, other in zip(first.blocks, second.blocks, strict=True):
        assert one.start == other.start
        assert np.array_equal(one.offsets, other.offsets)
        assert np.array_equal(one.columns, other.columns)
        assert np.array_equal(one.values, other.values)


@pytest.mark.usefixtures("_blocks")
@pytest.mark.parametrize("pieces", [1, 3, 40])
def test_chunks_give_the_same_map(pieces):
    order = np.argsort(VOTES.participants, kind="stable")
    chunks = [part(rows) for rows in np.array_split(order, pieces)]

    matrix = from_chunks(chunks, statements=range(30))

    same(matrix, build(VOTES))
    assert to_json(to_document(from_matrix(matrix))) == to_json(to_document(compute(VOTES)))


def test_chunks_leave_out_statements_that_are_not_live():
    order = np.argsort(VOTES.participants, kind="stable")

    matrix = from_chunks([part(order)], statements=range(5, 30))

    same(
        matrix,
        build(frozen(VOTES.participants, VOTES.statements, VOTES.choices, excluded=range(5))),
    )
    assert matrix.n_excluded == 5


def test_chunks_that_go_back_are_refused():
    back = [
        Votes(np.array([5]), np.array([1]), np.array([1])),
        Votes(np.array([4]), np.array([1]), np.array([1])),
    ]

    with pytest.raises(ValueError, match="increasing order"):
        from_chunks(back, statements=[1])


@pytest.mark.usefixtures("_blocks")
@pytest.mark.parametrize("excluded", [(), (3, 29)])
def test_later_votes_are_merged(excluded):
    rng = np.random.default_rng(1)
    known = (VOTES.participants < 250) & (VOTES.statements < 27)
    firsts = np.isin(np.arange(len(VOTES)), np.unique(VOTES.participants, return_index=True)[1])
    firsts |= np.isin(np.arange(len(VOTES)), np.unique(VOTES.statements, return_index=True)[1])
    early = np.flatnonzero(known & (firsts | (rng.random(len(VOTES)) < 0.9)))
    lost = np.setdiff1d(VOTES.participants[VOTES.participants < 250], VOTES.participants[early])
    early = np.union1d(early, np.flatnonzero(np.isin(VOTES.participants, lost) & known))
    late = np.setdiff1d(np.arange(len(VOTES)), early)
    changed = rng.choice(early, 40, replace=False)
    more = frozen(
        np.concatenate([VOTES.participants[late], VOTES.participants[changed]]),
        np.concatenate([VOTES.statements[late], VOTES.statements[changed]]),
        np.concatenate([VOTES.choices[late], -VOTES.choices[changed]]),
        excluded=excluded,
    )
    everything = frozen(
        *(
            np.concatenate([getattr(part(early), name), getattr(more, name)])
            for name in ("participants", "statements", "choices")
        ),
        excluded=excluded,
    )

    merged = updated(build(part(early, excluded=excluded)), more)

    same(merged, build(everything))


def test_nothing_new_changes_nothing():
    matrix = build(VOTES)

    same(updated(matrix, part(np.zeros(0, dtype=int))), matrix)


@pytest.mark.parametrize(
    ("who", "what", "excluded", "complaint"),
    [(-1, 3, (), "participant"), (1, -3, (), "statement"), (1, 3, (4,), "excluded")],
)
def test_votes_that_need_a_new_matrix_are_refused(who, what, excluded, complaint):
    votes = frozen([who], [what], [1], excluded=excluded)

    with pytest.raises(ValueError, match=complaint):
        updated(build(VOTES), votes)


def test_warm_map_is_the_cold_one():
    made = planted(3000, 300, 60, seed=2).votes
    rows = np.arange(len(made))
    first = rows % 100 != 0

    def some(kept):
        return frozen(made.participants[kept], made.statements[kept], made.choices[kept])

    before = build(some(first))
    start = from_matrix(before).components
    assert len(made) > 1 << 17

    warm = from_matrix(updated(before, some(~first)), start=start)

    cold = compute(made)
    assert to_json(to_document(warm)) == to_json(to_document(cold))
    assert warm.components.passes <= cold.components.passes
