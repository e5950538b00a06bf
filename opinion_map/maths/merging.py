"""Changes put into a vote matrix, without sorting its votes again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from opinion_map.maths.blocks import BlockOfVotes
from opinion_map.maths.changes import TAKEN_BACK, Changes
from opinion_map.maths.threads import over_blocks
from opinion_map.maths.vote_matrix import Block, VoteMatrix, block_bounds, columns_of

Ids = NDArray[np.int64]
Ints = NDArray[np.integer]


@dataclass(frozen=True, eq=False)
class Difference:
    """What changes did to the cells of a matrix; cells that stayed as they were are left out.

    Attributes
    ----------
    rows, columns : ndarray of int64, shape (n,)
        In the matrix, row by row.
    seen : ndarray of int64, shape (n,)
        1 where there was no vote before, -1 where there is none now, else 0.
    before, after : ndarray of int64, shape (n,)
        The vote, 0 where there was or is none.
    """

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    seen: NDArray[np.int64]
    before: NDArray[np.int64]
    after: NDArray[np.int64]

    def cells(self, size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Columns of a table of choices by statement (3 x size), and 1 or -1 for each of them."""
        was, now = self.seen < 1, self.seen > -1
        left = (self.before[was] + 1) * size + self.columns[was]
        come = (self.after[now] + 1) * size + self.columns[now]
        signs = np.repeat(np.array([-1, 1]), [len(left), len(come)])
        return np.concatenate([left, come]), signs


@dataclass(frozen=True, eq=False)
class _Part:
    """One block, changed."""

    block: Block
    difference: Difference


def fitted(matrix: VoteMatrix, people: Ids, statements: Ids) -> VoteMatrix:
    """The same votes among other participants and statements.

    Those that go must have no votes. Blocks are cut where they are always cut.
    """
    if not np.array_equal(statements, matrix.statements):
        matrix = _of_statements(matrix, statements)
    if not np.array_equal(people, matrix.participants):
        matrix = _of_people(matrix, people)
    return matrix


def changed(matrix: VoteMatrix, changes: Changes) -> tuple[VoteMatrix, Difference]:
    """The matrix after the changes.

    Parameters
    ----------
    matrix : VoteMatrix
    changes : Changes
        At most one of each pair, in order, all of participants and statements of the matrix.
    """
    who = np.searchsorted(matrix.participants, changes.participants)
    column = np.searchsorted(matrix.statements, changes.statements)
    bounds = block_bounds(len(matrix.participants))
    cuts = np.searchsorted(who, [low for low, _ in bounds] + [len(matrix.participants)])

    def one(number: int) -> _Part:
        some = slice(cuts[number], cuts[number + 1])
        return _merged(matrix.blocks[number], who[some], column[some], changes.choices[some])

    parts = list(over_blocks(one, range(len(bounds))))
    difference = _joined([part.difference for part in parts])
    size, people = len(matrix.statements), len(matrix.participants)
    cells, signs = difference.cells(size)
    table = np.bincount(cells, signs, minlength=3 * size).astype(np.int64)
    disagrees, passes, agrees = table.reshape(3, size)
    fresh = np.bincount(difference.rows, difference.seen, minlength=people).astype(np.int64)
    now = replace(
        matrix,
        blocks=tuple(part.block for part in parts),
        votes_per_participant=matrix.votes_per_participant + fresh,
        agrees=matrix.agrees + agrees,
        disagrees=matrix.disagrees + disagrees,
        seen=matrix.seen + agrees + disagrees + passes,
    )
    return now, difference


def _joined(parts: Sequence[Difference]) -> Difference:
    nothing = np.zeros(0, dtype=np.int64)
    names = ("rows", "columns", "seen", "before", "after")
    return Difference(
        *(np.concatenate([nothing, *(getattr(one, name) for one in parts)]) for name in names)
    )


def _merged(old: BlockOfVotes, who: Ints, column: Ints, choices: Ints) -> _Part:
    """One block with the changes of its people put in."""
    place, found = _places(old, who - old.start, column)
    before = np.zeros(len(place), dtype=np.int64)
    before[found] = old.values[place[found]]
    goes = found & (choices == TAKEN_BACK)
    comes = ~found & (choices != TAKEN_BACK)
    turns = found & ~goes & (before != choices)
    offsets, columns, values = old.offsets, old.columns, old.values
    if turns.any():
        values = values.copy()
        values[place[turns]] = choices[turns]
    seen = comes.astype(np.int64) - goes
    if seen.any():
        shifts = np.bincount(who - old.start, seen, minlength=len(offsets) - 1)
        offsets = (offsets + np.concatenate([[0], np.cumsum(shifts)])).astype(np.int32)
        # Where each new vote will be: behind those before it, without those that go.
        new = place[comes] + (np.cumsum(seen) - seen)[comes]
        columns = _spliced(columns, place[goes], new, column[comes])
        values = _spliced(values, place[goes], new, choices[comes]).astype(np.int8, copy=False)
    kept = goes | comes | turns
    after = np.where(goes, 0, choices)
    difference = (who, column, seen, before, after)
    return _Part(
        Block(old.start, offsets, columns, values),
        Difference(*(one[kept].astype(np.int64) for one in difference)),
    )


def _places(block: BlockOfVotes, row: Ints, column: Ints) -> tuple[Ids, NDArray[np.bool_]]:
    """Where in the block each cell is or would be, and whether it is there.

    By bisection within the rows, of all cells at once.
    """
    low = block.offsets[row].astype(np.int64)
    end = block.offsets[row + 1].astype(np.int64)
    high, last = end.copy(), max(len(block.columns) - 1, 0)
    while (low < high).any():
        middle = (low + high) >> 1
        below = (low < high) & (block.columns[np.minimum(middle, last)] < column)
        low = np.where(below, middle + 1, low)
        high = np.where(below, high, middle)
    found = low < end
    found[found] = block.columns[low[found]] == column[found]
    return low, found


def _spliced(old: Ints, gone: Ids, places: Ids, fresh: Ints) -> Ints:
    """The array without some entries, and with others at their places in the result."""
    rest = np.delete(old, gone) if len(gone) else old
    whole = np.empty(len(rest) + len(places), dtype=old.dtype)
    known = np.ones(len(whole), dtype=bool)
    known[places] = False
    whole[known] = rest
    whole[places] = fresh
    return whole


def _of_statements(matrix: VoteMatrix, statements: Ids) -> VoteMatrix:
    """The votes with their statements' places among others."""
    narrow = np.uint16 if len(statements) <= 0xFFFF else np.int32
    place = columns_of(matrix.statements, statements)
    table = np.maximum(place, 0).astype(narrow)

    def one(block: BlockOfVotes) -> Block:
        return Block(block.start, block.offsets, table[block.columns], block.values)

    there, here = place >= 0, place[place >= 0]
    counts = np.zeros((3, len(statements)), dtype=np.int64)
    for row, known in zip(counts, (matrix.agrees, matrix.disagrees, matrix.seen), strict=True):
        row[here] = known[there]
    agrees, disagrees, seen = counts
    return replace(
        matrix,
        statements=statements,
        blocks=tuple(over_blocks(one, matrix.blocks)),
        agrees=agrees,
        disagrees=disagrees,
        seen=seen,
    )


def _of_people(matrix: VoteMatrix, people: Ids) -> VoteMatrix:
    """The votes in blocks of other people; blocks before the first change stay."""
    place = columns_of(matrix.participants, people)
    per_person = np.zeros(len(people), dtype=np.int64)
    per_person[place[place >= 0]] = matrix.votes_per_participant[place >= 0]
    shared = min(len(people), len(matrix.participants))
    apart = np.flatnonzero(people[:shared] != matrix.participants[:shared])
    same = int(apart[0]) if len(apart) else shared
    bounds = block_bounds(len(people))
    whole = [block for block in matrix.blocks if block.rows.stop <= same]
    whole = [one for one, (_, high) in zip(whole, bounds, strict=False) if one.rows.stop == high]
    rest = [*matrix.blocks[len(whole) :], _NOTHING]
    columns = np.concatenate([one.columns for one in rest])
    values = np.concatenate([one.values for one in rest])
    ends = np.concatenate([[0], np.cumsum(per_person)])
    first = ends[bounds[len(whole)][0]] if len(whole) < len(bounds) else ends[-1]
    cut = [
        Block(
            low,
            (ends[low : high + 1] - ends[low]).astype(np.int32),
            columns[ends[low] - first : ends[high] - first].copy(),
            values[ends[low] - first : ends[high] - first].copy(),
        )
        for low, high in bounds[len(whole) :]
    ]
    blocks = (*whole, *cut)
    return replace(matrix, participants=people, blocks=blocks, votes_per_participant=per_person)


_NOTHING = Block(0, np.zeros(1, np.int32), np.zeros(0, np.uint16), np.zeros(0, np.int8))
