"""Products with the centred vote matrix, block by block: one pass over the stored votes each."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from opinion_map.maths.blocks import BlockOfVotes, Elsewhere, over_each
from opinion_map.maths.threads import over_blocks
from opinion_map.maths.vote_matrix import VoteMatrix

KEPT_VOTES = 1 << 23
"""Up to this many votes the centred blocks are kept between passes (12 bytes a vote)."""

SLAB_ROWS = 1024

_shared = np.ones(0)

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
        kept = matrix.n_votes <= KEPT_VOTES and not isinstance(matrix.blocks, Elsewhere)
        self._kept = list(over_each(partial(_centred, means=means), matrix.blocks)) if kept else []

    def gram(self, right: Floats, weights: Floats | None = None) -> Floats:
        """Z.T @ diag(weights) @ Z @ right in one pass; (C, b) to (C, b)."""
        per_person = () if weights is None else (weights,)
        total = np.zeros(right.shape)
        for part in self._over(partial(_gram, right=right), *per_person):
            total = total + part
        return total

    def gram_matrix(self) -> Floats:
        """Z.T @ Z itself, shape (C, C), from slabs of SLAB_ROWS rows: for few statements."""
        total = np.zeros((self.shape[1], self.shape[1]))
        for part in self._over(_square):
            total = total + part
        return total

    def _over(self, work: Callable[..., Floats], *per_person: Floats) -> Iterator[Floats]:
        """The results of `work` on each block's rows of Z, in order."""
        if not self._kept:
            whole = partial(_on_centred, work=work, means=self.means)
            return over_each(whole, self.matrix.blocks, *per_person)

        def one(known: tuple[csr_array, BlockOfVotes]) -> Floats:
            return work(known[0], *(each[known[1].rows] for each in per_person))

        return iter(over_blocks(one, list(zip(self._kept, self.matrix.blocks, strict=True))))


def table_sums(block: BlockOfVotes, table: Floats) -> Floats:
    """For each participant of a block the sum over their votes of what the table says of each.

    Parameters
    ----------
    block : BlockOfVotes
    table : ndarray of float64, shape (C, 3, b)
        What a vote on each statement counts: disagree, pass, agree.

    Returns
    -------
    ndarray of float64, shape (rows of the block, b)
    """
    cells = block.columns.astype(np.int32)
    cells *= 3
    cells += block.values
    cells += 1
    flat = table.reshape(-1, table.shape[2])
    return _rows(_ones(len(cells)), cells, block, len(flat)) @ flat


def _ones(length: int) -> Floats:
    """Ones that all threads share, as long as the longest block so far."""
    global _shared
    if len(_shared) < length:
        _shared = np.ones(length)
    return _shared[:length]


def _on_centred(
    block: BlockOfVotes, *per_person: Floats, work: Callable[..., Floats], means: Floats
) -> Floats:
    return work(_centred(block, means), *per_person)


def _centred(block: BlockOfVotes, means: Floats) -> csr_array:
    columns = block.columns.astype(np.int32)
    values = means.take(columns, mode="clip")
    np.subtract(block.values, values, out=values)
    return _rows(values, columns, block, len(means))


def _gram(rows: csr_array, weights: Floats | None = None, *, right: Floats) -> Floats:
    image = rows @ right
    if weights is not None:
        image *= weights[:, None]
    return rows.T @ image


def _square(rows: csr_array) -> Floats:
    square = np.zeros((rows.shape[1], rows.shape[1]))
    for low in range(0, rows.shape[0], SLAB_ROWS):
        slab = rows[low : low + SLAB_ROWS].toarray()
        square += slab.T @ slab
    return square


def _rows(values: Floats, columns: NDArray[np.int32], block: BlockOfVotes, size: int) -> csr_array:
    shape = (len(block.offsets) - 1, size)
    return csr_array((values, columns, block.offsets), shape=shape, copy=False)
