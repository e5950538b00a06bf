"""A vote matrix from pieces: more votes than fit in memory as rows, or a few that came since."""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from opinion_map.maths.threads import over_blocks
from opinion_map.maths.vote_matrix import (
    BLOCK_PEOPLE,
    Block,
    VoteMatrix,
    block_bounds,
    columns_of,
    from_blocks,
    indexed,
    sorted_block,
)
from opinion_map.maths.votes import Votes

Ids = NDArray[np.int64]


def from_chunks(chunks: Iterable[Votes], *, statements: Iterable[int]) -> VoteMatrix:
    """The matrix of votes that come in pieces, participant by participant.

    Each piece is sorted, packed into about three bytes a vote, and let go, so memory holds one
    piece and the packed votes: 400 million of them in 1.2 GB. The result is that of
    `vote_matrix.build` on all rows at once.

    Parameters
    ----------
    chunks : iterable of Votes
        All rows of a participant in one piece (or in neighbouring ones), participants in
        increasing order from piece to piece, as `ORDER BY participant` gives them. `excluded` is
        not used.
    statements : iterable of int
        The live statements; votes on others are left out.

    Raises
    ------
    ValueError
        Participants go back from one piece to the next.
    """
    live = np.unique(np.array(list(statements), dtype=np.int64))
    people: list[Ids] = []
    blocks: list[Block] = []
    excluded: set[int] = set()
    for start, rows in _whole_blocks(chunks):
        ids, who = indexed(rows.participants)
        voted, what = indexed(rows.statements)
        column = columns_of(voted, live)
        excluded |= set(voted[column < 0].tolist())
        bound = (start, start + len(ids))
        blocks.append(sorted_block(bound, who + start, column[what], rows.choices, len(live)))
        people.append(ids)
    return from_blocks(
        np.concatenate([np.zeros(0, np.int64), *people]),
        live,
        tuple(blocks),
        excluded=np.array(sorted(excluded), dtype=np.int64),
    )


def updated(matrix: VoteMatrix, votes: Votes) -> VoteMatrix:
    """The matrix with later votes added, without sorting the earlier ones again.

    Parameters
    ----------
    matrix : VoteMatrix
    votes : Votes
        Rows cast after those in the matrix. New participants and statements must have larger ids
        than the known ones, as rows in a database do; others need `vote_matrix.build`.

    Raises
    ------
    ValueError
        A new id lies among the known ones, or a known statement is now excluded.
    """
    people = _grown(matrix.participants, votes.participants, "participant")
    excluded = np.array(sorted(votes.excluded), dtype=np.int64)
    if np.isin(matrix.statements, excluded).any():
        raise ValueError("a statement of the map is now excluded: build the matrix again")
    known = np.concatenate([excluded, matrix.excluded])
    live_rows = ~np.isin(votes.statements, known)
    live = _grown(matrix.statements, votes.statements[live_rows], "statement")
    who = np.searchsorted(people, votes.participants[live_rows])
    column = np.searchsorted(live, votes.statements[live_rows])
    choices = votes.choices[live_rows].astype(np.int8)
    old = {block.start: block for block in matrix.blocks}

    def one(bound: tuple[int, int]) -> Block:
        rows = (who >= bound[0]) & (who < bound[1])
        fresh = sorted_block(bound, who[rows], column[rows], choices[rows], len(live))
        return _merged(old[bound[0]], fresh, len(live)) if bound[0] in old else fresh

    left_out = np.union1d(matrix.excluded, votes.statements[~live_rows])
    blocks = tuple(over_blocks(one, block_bounds(len(people))))
    return from_blocks(people, live, blocks, excluded=left_out.astype(np.int64))


def _whole_blocks(chunks: Iterable[Votes]) -> Iterator[tuple[int, Votes]]:
    """The same rows cut after each BLOCK_PEOPLE participants, with the first one's index."""
    start, highest = 0, None
    waiting: Votes | None = None
    for chunk in chunks:
        rows = chunk if waiting is None else _joined(waiting, chunk)
        if highest is not None and len(chunk) and int(chunk.participants.min()) < highest:
            raise ValueError("chunks must come in increasing order of participants")
        highest = int(chunk.participants.max()) if len(chunk) else highest
        ids = indexed(rows.participants)[0]
        # The last participant of a piece may go on in the next one.
        while len(ids) > BLOCK_PEOPLE:
            inside = rows.participants < ids[BLOCK_PEOPLE]
            yield start, _some(rows, inside)
            rows, ids = _some(rows, ~inside), ids[BLOCK_PEOPLE:]
            start += BLOCK_PEOPLE
        waiting = rows
    if waiting is not None and len(waiting):
        yield start, waiting


def _some(votes: Votes, rows: NDArray[np.bool_]) -> Votes:
    return Votes(votes.participants[rows], votes.statements[rows], votes.choices[rows])


def _joined(first: Votes, second: Votes) -> Votes:
    return Votes(
        np.concatenate([first.participants, second.participants]),
        np.concatenate([first.statements, second.statements]),
        np.concatenate([first.choices, second.choices]),
    )


def _grown(known: Ids, ids: NDArray[np.integer], what: str) -> Ids:
    """The known ids and behind them the new ones."""
    fresh = np.setdiff1d(ids.astype(np.int64), known)
    if len(fresh) and len(known) and fresh[0] < known[-1]:
        raise ValueError(f"a new {what} lies among the known ones: build the matrix again")
    return np.concatenate([known, fresh])


def _merged(old: Block, fresh: Block, size: int) -> Block:
    """The old block with the fresh one's votes put over it; both sorted."""
    rows = len(fresh.offsets) - 1
    lengths = np.zeros(rows, dtype=np.int64)
    lengths[: len(old.offsets) - 1] = np.diff(old.offsets)
    first = np.repeat(np.arange(rows) * size, lengths) + old.columns
    second = np.repeat(np.arange(rows) * size, np.diff(fresh.offsets)) + fresh.columns
    place = np.searchsorted(first, second)
    again = np.zeros(len(second), dtype=bool)
    inside = place < len(first)
    again[inside] = first[place[inside]] == second[inside]
    values = old.values.copy()
    values[place[again]] = fresh.values[again]
    new = ~again
    added = np.bincount(second[new] // max(size, 1), minlength=rows)
    offsets = np.concatenate([[0], np.cumsum(lengths + added)]).astype(np.int32)
    return Block(
        old.start,
        offsets,
        np.insert(old.columns.astype(fresh.columns.dtype), place[new], fresh.columns[new]),
        np.insert(values, place[new], fresh.values[new]),
    )
