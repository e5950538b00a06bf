"""A vote matrix from pieces, for more votes than fit in memory as rows."""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from opinion_map.maths.blocks import BlockOfVotes, ScratchFile
from opinion_map.maths.vote_matrix import (
    BLOCK_PEOPLE,
    VoteMatrix,
    columns_of,
    from_blocks,
    indexed,
    sorted_block,
)
from opinion_map.maths.votes import Votes

Ids = NDArray[np.int64]


class OutOfOrder(ValueError):
    """Pieces that do not come participant by participant."""


def from_chunks(
    chunks: Iterable[Votes], *, statements: Iterable[int], scratch: ScratchFile | None = None
) -> VoteMatrix:
    """The matrix of votes that come in pieces, participant by participant.

    Each piece is sorted, packed into about three bytes a vote, and let go, so memory holds one
    piece and the packed votes (400 million of them: 1.2 GB), or with `scratch` one piece only.
    The result is that of `vote_matrix.build` on all rows at once.

    Parameters
    ----------
    chunks : iterable of Votes
        All rows of a participant in one piece (or in neighbouring ones), participants in
        increasing order from piece to piece, as `ORDER BY participant` gives them. `excluded` is
        not used.
    statements : iterable of int
        The live statements; votes on others are left out.
    scratch : ScratchFile, optional
        Where the packed votes go.

    Raises
    ------
    OutOfOrder
        Participants go back from one piece to the next.
    """
    live = np.unique(np.array(list(statements), dtype=np.int64))
    people: list[Ids] = []
    blocks: list[BlockOfVotes] = []
    excluded: set[int] = set()
    for start, rows in _whole_blocks(chunks):
        ids, who = indexed(rows.participants)
        voted, what = indexed(rows.statements)
        column = columns_of(voted, live)
        excluded |= set(voted[column < 0].tolist())
        bound = (start, start + len(ids))
        block = sorted_block(bound, who + start, column[what], rows.choices, len(live))
        blocks.append(block if scratch is None else scratch.keep(block))
        people.append(ids)
    return from_blocks(
        np.concatenate([np.zeros(0, np.int64), *people]),
        live,
        tuple(blocks),
        excluded=np.array(sorted(excluded), dtype=np.int64),
    )


def _whole_blocks(chunks: Iterable[Votes]) -> Iterator[tuple[int, Votes]]:
    """The same rows cut after each BLOCK_PEOPLE participants, with the first one's index."""
    start, people, highest = 0, 0, None
    waiting: list[Votes] = []
    for chunk in chunks:
        if len(chunk) == 0:
            continue
        if highest is not None and int(chunk.participants.min()) < highest:
            raise OutOfOrder("chunks must come in increasing order of participants")
        highest = int(chunk.participants.max())
        waiting.append(chunk)
        people += len(indexed(chunk.participants)[0])
        if people <= BLOCK_PEOPLE:
            continue
        rows = _joined(waiting)
        ids = indexed(rows.participants)[0]
        # The last participant of a piece may go on in the next one.
        while len(ids) > BLOCK_PEOPLE:
            inside = rows.participants < ids[BLOCK_PEOPLE]
            yield start, _some(rows, inside)
            rows, ids = _some(rows, ~inside), ids[BLOCK_PEOPLE:]
            start += BLOCK_PEOPLE
        waiting, people = [rows], len(ids)
    if waiting:
        yield start, _joined(waiting)


def _some(votes: Votes, rows: NDArray[np.bool_]) -> Votes:
    return Votes(votes.participants[rows], votes.statements[rows], votes.choices[rows])


def _joined(parts: list[Votes]) -> Votes:
    if len(parts) == 1:
        return parts[0]
    return Votes(
        np.concatenate([one.participants for one in parts]),
        np.concatenate([one.statements for one in parts]),
        np.concatenate([one.choices for one in parts]),
    )
