"""How each group voted on each statement, counted in one pass over the votes."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from opinion_map.maths.blocks import BlockOfVotes, over_each
from opinion_map.maths.vote_matrix import VoteMatrix

Counts = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class GroupVotes:
    """Votes of the members of each group; people outside all groups are not counted.

    Attributes
    ----------
    agrees, disagrees, seen : ndarray of float64, shape (G, C)
        Whole numbers (or sums of weights, in a resample). `seen` counts passes too.
    """

    agrees: Counts
    disagrees: Counts
    seen: Counts

    @property
    def passes(self) -> Counts:
        return self.seen - self.agrees - self.disagrees

    @property
    def rest(self) -> "GroupVotes":
        """For each group the votes of all other groups together."""
        return GroupVotes(
            *(
                one.sum(axis=0, keepdims=True) - one
                for one in (self.agrees, self.disagrees, self.seen)
            )
        )


def count(
    matrix: VoteMatrix,
    labels: NDArray[np.int64],
    groups: int,
    *,
    weights: NDArray[np.float64] | None = None,
) -> GroupVotes:
    """Count the votes of each group.

    Parameters
    ----------
    matrix : VoteMatrix
    labels : ndarray of int64, shape (N,)
        -1 outside all groups.
    groups : int
        G.
    weights : ndarray of float64, shape (N,), optional
        How often each participant counts.
    """
    size = len(matrix.statements)
    cells = 3 * (groups + 1) * size
    short = labels.astype(np.int8)
    per_person = (short,) if weights is None else (short, weights)
    total = np.zeros(cells)
    for part in over_each(partial(_counted, size=size, cells=cells), matrix.blocks, *per_person):
        total = total + part
    disagrees, passes, agrees = total.reshape(groups + 1, 3, size)[1:].transpose(1, 0, 2)
    return GroupVotes(agrees, disagrees, agrees + disagrees + passes)


def _counted(
    block: BlockOfVotes,
    labels: NDArray[np.int8],
    weights: NDArray[np.float64] | None = None,
    *,
    size: int,
    cells: int,
) -> Counts:
    """Votes of one block by group, choice and statement; shape (cells,)."""
    lengths = np.diff(block.offsets)
    cell = np.repeat((labels.astype(np.int64) + 1) * (3 * size), lengths)
    cell += block.columns
    cell += (block.values.astype(np.int64) + 1) * size
    each = None if weights is None else np.repeat(weights, lengths)
    return np.bincount(cell, each, minlength=cells).astype(np.float64)
