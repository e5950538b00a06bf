"""Products with the centred vote matrix, block by block: one pass over the stored votes each."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from opinion_map.maths.threads import over_blocks
from opinion_map.maths.vote_matrix import Block, VoteMatrix

KEPT_VOTES = 1 << 23
"""Up to this many votes the centred blocks are kept between passes (12 bytes a vote)."""

SLAB_ROWS = 1024

Floats = NDArray[np.float64]


class CentredVotes:
    """Z: votes minus their statement's mean where there is a vote, 0 where there is none.

    Filling missing votes with the statement's mean and centring gives exactly this matrix, so it
    stays as sparse as the votes.

    Parameters
    ----------
    matrix : VoteMatrix
    means : ndarray of float64, shape (C,)
    """

    def __init__(self, matrix: VoteMatrix, means: Floats) -> None:
        self.matrix = matrix
        self.means = means
        self.shape = (len(matrix.participants), len(matrix.statements))
        kept = matrix.n_votes <= KEPT_VOTES
        self._kept = list(over_blocks(self._centred, matrix.blocks)) if kept else None

    def _centred(self, block: Block) -> csr_array:
        columns = block.columns.astype(np.int32)
        values = self.means.take(columns, mode="clip")
        np.subtract(block.values, values, out=values)
        return _rows(values, columns, block, self.shape[1])

    def _blocks(self) -> list[tuple[int, Block]]:
        return list(enumerate(self.matrix.blocks))

    def _matrix_of(self, numbered: tuple[int, Block]) -> csr_array:
        number, block = numbered
        return self._centred(block) if self._kept is None else self._kept[number]

    def times(self, right: Floats) -> Floats:
        """Z @ right; (C, b) to (N, b)."""
        parts = over_blocks(lambda one: self._matrix_of(one) @ right, self._blocks())
        return np.concatenate([np.zeros((0, right.shape[1])), *parts])

    def gram(self, right: Floats, weights: Floats | None = None) -> Floats:
        """Z.T @ diag(weights) @ Z @ right in one pass; (C, b) to (C, b)."""

        def one(numbered: tuple[int, Block]) -> Floats:
            block = self._matrix_of(numbered)
            image = block @ right
            if weights is not None:
                image *= weights[numbered[1].rows, None]
            return block.T @ image

        total = np.zeros(right.shape)
        for part in over_blocks(one, self._blocks()):
            total = total + part
        return total

    def gram_matrix(self) -> Floats:
        """Z.T @ Z itself, shape (C, C), from slabs of SLAB_ROWS rows: for few statements."""

        def one(numbered: tuple[int, Block]) -> Floats:
            block = self._matrix_of(numbered)
            square = np.zeros((self.shape[1], self.shape[1]))
            for low in range(0, block.shape[0], SLAB_ROWS):
                slab = block[low : low + SLAB_ROWS].toarray()
                square += slab.T @ slab
            return square

        total = np.zeros((self.shape[1], self.shape[1]))
        for part in over_blocks(one, self._blocks()):
            total = total + part
        return total


def seen_products(
    matrix: VoteMatrix, on_values: Floats, on_seen: Floats
) -> Iterator[tuple[slice, Floats, Floats]]:
    """For each block its rows, votes @ on_values and seen @ on_seen, in one pass."""

    def one(block: Block) -> tuple[slice, Floats, Floats]:
        columns = block.columns.astype(np.int32)
        votes = _rows(block.values.astype(np.float64), columns, block, len(matrix.statements))
        seen = _rows(np.ones(len(columns)), columns, block, len(matrix.statements))
        return block.rows, votes @ on_values, seen @ on_seen

    return iter(over_blocks(one, matrix.blocks))


def _rows(values: Floats, columns: NDArray[np.int32], block: Block, size: int) -> csr_array:
    shape = (len(block.offsets) - 1, size)
    return csr_array((values, columns, block.offsets), shape=shape, copy=False)
