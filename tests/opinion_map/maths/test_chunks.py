"""Votes in pieces, and votes that came since, give the bytes of all votes at once."""

import numpy as np
import pytest

from opinion_map.maths import Votes, compute, json_pieces, to_document, to_json
from opinion_map.maths.blocks import ScratchFile
from opinion_map.maths.chunks import from_chunks
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


@pytest.mark.usefixtures("_blocks")
def test_votes_in_a_scratch_file_give_the_same_map(tmp_path):
    order = np.argsort(VOTES.participants, kind="stable")
    chunks = [part(rows) for rows in np.array_split(order, 5)]

    matrix = from_chunks(chunks, statements=range(30), scratch=ScratchFile(tmp_path))

    same(matrix, build(VOTES))
    assert to_json(to_document(from_matrix(matrix))) == to_json(to_document(compute(VOTES)))
    assert list(tmp_path.iterdir()) == []


def test_two_chunks_of_one_participant_are_one_row():
    order = np.argsort(VOTES.participants, kind="stable")

    matrix = from_chunks(
        [part(order[at : at + 1]) for at in range(len(order))], statements=range(30)
    )

    same(matrix, build(VOTES))


@pytest.mark.parametrize("people", [0, 1, 300])
def test_document_in_pieces_has_the_bytes_of_the_whole(people, monkeypatch):
    monkeypatch.setattr("opinion_map.maths.document.PIECE", 64)
    map_ = compute(part(VOTES.participants < people))

    pieces = list(json_pieces(map_))

    assert "".join(pieces) == to_json(to_document(map_))
    assert len(pieces) > people // 64


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
