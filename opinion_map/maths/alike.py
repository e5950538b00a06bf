"""Which statements are answered alike: correlations of votes over those who saw both."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from opinion_map.maths.blocks import BlockOfVotes, over_each
from opinion_map.maths.vote_matrix import VoteMatrix

Floats = NDArray[np.float64]

FEWEST = 10
"""People who saw both statements, below which a correlation says nothing."""


def correlations(matrix: VoteMatrix, columns: NDArray[np.integer]) -> Floats:
    """Correlation of each pair of some statements, passes counting 0.

    Parameters
    ----------
    matrix : VoteMatrix
    columns : ndarray of int, shape (k,)
        Indices of a few statements.

    Returns
    -------
    ndarray of float64, shape (k, k)
        In [-1, 1], 1 on the diagonal; 0 where fewer than FEWEST people saw both or nobody's vote
        varies.
    """
    chosen = np.full(len(matrix.statements), -1, dtype=np.int32)
    chosen[columns] = np.arange(len(columns))

    def one(block: BlockOfVotes) -> Floats:
        row = np.repeat(np.arange(len(block.offsets) - 1), np.diff(block.offsets))
        column = chosen[block.columns]
        kept = column >= 0
        shape = (len(block.offsets) - 1, len(columns))
        places = row[kept], column[kept]
        votes = csr_array((block.values[kept].astype(float), places), shape=shape)
        seen = csr_array((np.ones(int(kept.sum())), places), shape=shape)
        squares = votes.multiply(votes)
        pairs = (seen.T @ seen, votes.T @ seen, squares.T @ seen, votes.T @ votes)
        return np.stack([pair.toarray() for pair in pairs])

    total = np.zeros((4, len(columns), len(columns)))
    for part in over_each(one, matrix.blocks):
        total = total + part
    n, sums, squares, products = total
    n = np.maximum(n, 1)
    covariance = products / n - sums * sums.T / n**2
    variance = np.maximum(squares / n - (sums / n) ** 2, 0)
    scale = np.sqrt(variance * variance.T)
    usable = (total[0] >= FEWEST) & (scale > 1e-12)
    result = np.where(usable, covariance / np.where(usable, scale, 1), 0.0)
    np.fill_diagonal(result, 1.0)
    return np.clip(result, -1.0, 1.0)
