"""Products of the votes on each two statements, as whole numbers: exact, so any order gives them.

From them the components follow without a pass over the votes, and a changed vote changes them by
what its owner's other votes are.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from opinion_map.maths.merging import Difference
from opinion_map.maths.threads import over_blocks, workers
from opinion_map.maths.vote_matrix import VoteMatrix, columns_of, entries_of

Floats = NDArray[np.float64]
Whole = NDArray[np.int32]
Packed = NDArray[np.int64]

FIELD = 16
"""Bits of each of the four sums in a packed number: each must stay below 2^15."""
MIDDLE = sum(1 << (FIELD * place + FIELD - 1) for place in range(4)) - (1 << 64)
FEW_CHANGES = (1 << 13) - 1
"""Changes on one statement that are summed at once; each adds 4 at most."""


@dataclass(frozen=True, eq=False)
class Squares:
    """Sums over participants, for each two statements.

    Only their symmetric parts count: what is added for a change is not symmetric itself.

    Attributes
    ----------
    seen : ndarray of int32, shape (C, C)
        How many saw both.
    seen_vote, vote_seen : ndarray of int32, shape (C, C)
        Votes on the second of those who saw the first, and the other way round; the one is the
        transpose of the other up to what `centred` evens out.
    votes : ndarray of int32, shape (C, C)
        Products of the two votes.
    """

    seen: Whole
    seen_vote: Whole
    vote_seen: Whole
    votes: Whole

    @classmethod
    def of(cls, matrix: VoteMatrix) -> "Squares":
        """From all votes: costs the sum of everybody's squared number of votes."""
        size = len(matrix.statements)
        sums = cls(*(np.zeros((size, size), dtype=np.int32) for _ in range(4)))
        for block in matrix.blocks:
            values = block.values.astype(np.int64)
            shape = (len(block.offsets) - 1, size)
            left, right = (
                csr_array(
                    (1 + (values << shift), block.columns.astype(np.int32), block.offsets),
                    shape=shape,
                )
                for shift in (2 * FIELD, FIELD)
            )
            sums = sums._plus(_products(left, right))
        return sums

    def fitted(self, known: NDArray[np.int64], statements: NDArray[np.int64]) -> "Squares":
        """Among other statements; those that go must have no votes."""
        if np.array_equal(known, statements):
            return self
        place = columns_of(known, statements)
        there, here = np.flatnonzero(place >= 0), place[place >= 0]

        def one(square: Whole) -> Whole:
            wider = np.zeros((len(statements), len(statements)), dtype=np.int32)
            wider[np.ix_(here, here)] = square[np.ix_(there, there)]
            return wider

        return Squares(one(self.seen), one(self.seen_vote), one(self.vote_seen), one(self.votes))

    def after(self, matrix: VoteMatrix, difference: Difference) -> "Squares":
        """With a difference that the matrix already has.

        With W the votes (or who saw), and D what they changed by, the new W'W is the old one plus
        the symmetric part of D'S, where S = 2 W - D is the old and the new W together.
        """
        sums = self
        for some in _portions(difference):
            sums = sums._plus(_change(matrix, difference, some))
        return sums

    def centred(self, means: Floats) -> Floats:
        """Z.T @ Z of the votes minus their statement's mean; shape (C, C)."""
        square = self.seen * means
        square -= self.seen_vote
        square *= means[:, None]
        square += self.votes
        square -= self.vote_seen * means
        return (square + square.T) / 2

    @property
    def nbytes(self) -> int:
        return 4 * self.seen.nbytes

    def _plus(self, packed: Packed) -> "Squares":
        """With the four sums in each packed number.

        Each is a signed field: with 2^15 added to all of them none borrows from its neighbour.
        """
        fields = (packed + np.int64(MIDDLE)).astype("<i8", copy=False).view("<u2")
        middle = np.int32(1 << (FIELD - 1))
        every = fields.reshape(*packed.shape, 4)
        old = (self.seen, self.seen_vote, self.vote_seen, self.votes)
        return Squares(*(one + every[..., at] - middle for at, one in enumerate(old)))


def _portions(difference: Difference) -> list[slice]:
    """The changes in parts whose sums fit into the fields, whole participants each."""
    rows, columns = difference.rows, difference.columns
    if len(rows) == 0:
        return []
    if np.bincount(columns).max() <= FEW_CHANGES:
        return [slice(0, len(rows))]
    firsts = np.flatnonzero(np.diff(rows, prepend=-1))[::FEW_CHANGES].tolist()
    return [slice(*pair) for pair in zip(firsts, [*firsts[1:], len(rows)], strict=True)]


def _change(matrix: VoteMatrix, difference: Difference, some: slice) -> Packed:
    """D'S of some of the changed people, packed; shape (C, C)."""
    rows, columns = difference.rows[some], difference.columns[some].astype(np.int32)
    seen, votes = difference.seen[some], (difference.after - difference.before)[some]
    people = rows[np.flatnonzero(np.diff(rows, prepend=-1))]
    offsets = np.append(np.searchsorted(rows, people), len(rows)).astype(np.int32)
    shape = (len(people), len(matrix.statements))
    left = csr_array((seen + (votes << 2 * FIELD), columns, offsets), shape=shape)
    right = csr_array((-seen - (votes << FIELD), columns, offsets), shape=shape)
    now = _rows_of(matrix, people)
    return _products(vstack([left, left], format="csr"), vstack([now, right], format="csr"))


def _rows_of(matrix: VoteMatrix, people: NDArray[np.int64]) -> csr_array:
    """The rows of some participants, in order, packed and doubled for the right side."""
    cuts = np.searchsorted(people, [block.rows.start for block in matrix.blocks] + [2**62])
    ends = np.cumsum(matrix.votes_per_participant[people])
    offsets = np.concatenate([[0], ends]).astype(np.int32)
    columns = np.empty(offsets[-1], dtype=np.int32)
    values = np.empty(offsets[-1], dtype=np.int64)

    def one(number: int) -> None:
        block, some = matrix.blocks[number], slice(cuts[number], cuts[number + 1])
        index, _ = entries_of(block, people[some] - block.start)
        here = slice(offsets[cuts[number]], offsets[cuts[number + 1]])
        columns[here] = block.columns[index]
        values[here] = block.values[index]
        values[here] <<= FIELD + 1
        values[here] += 2

    list(over_blocks(one, range(len(matrix.blocks))))
    return csr_array((values, columns, offsets), shape=(len(people), len(matrix.statements)))


def _products(left: csr_array, right: csr_array) -> Packed:
    """left.T @ right, dense, a part of the statements on each thread."""
    turned = left.T.tocsr()
    # Parts of about equal work: statements differ widely in their votes.
    shares = np.linspace(0, turned.nnz, workers() + 1)[1:-1]
    cuts = [0, *np.searchsorted(turned.indptr, shares).tolist(), turned.shape[0]]

    def one(number: int) -> Packed:
        return (turned[cuts[number] : cuts[number + 1]] @ right).toarray()

    return np.concatenate(list(over_blocks(one, range(len(cuts) - 1))))
