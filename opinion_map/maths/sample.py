"""Some of the participants, evenly chosen: enough to fit a model or test for structure."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from opinion_map.maths.blocks import BlockOfVotes, over_each
from opinion_map.maths.vote_matrix import VoteMatrix, entries_of

SAMPLE_VOTES = 1 << 17
"""About this many votes tell as much about a conversation's structure as all of them."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Every n-th participant, n so that their votes are few.

    Attributes
    ----------
    offsets : ndarray of int32, shape (n + 1,)
    columns : ndarray of int32, shape (v,)
    values : ndarray of int8, shape (v,)
    n_statements : int
    people : slice
        Which participants of the whole matrix its rows are.
    whole : bool
        Whether it is everyone.
    """

    offsets: NDArray[np.int32]
    columns: NDArray[np.int32]
    values: NDArray[np.int8]
    n_statements: int
    people: slice
    whole: bool

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.offsets) - 1, self.n_statements

    @property
    def rows(self) -> NDArray[np.int32]:
        """Row of each vote; shape (v,)."""
        return np.repeat(np.arange(self.shape[0], dtype=np.int32), np.diff(self.offsets))

    def matrix(self, values: NDArray[np.float64]) -> csr_array:
        """These votes' places with other values in them."""
        return csr_array((values, self.columns, self.offsets), shape=self.shape, copy=False)

    def without(self, hidden: NDArray[np.bool_]) -> "Sample":
        """The same people with some of their votes hidden; `hidden` of shape (v,)."""
        kept = np.concatenate([[0], np.cumsum(~hidden)])
        return Sample(
            kept[self.offsets].astype(np.int32),
            self.columns[~hidden],
            self.values[~hidden],
            self.n_statements,
            self.people,
            whole=False,
        )


def sample(matrix: VoteMatrix, *, votes: int = SAMPLE_VOTES) -> Sample:
    """At most about `votes` votes of the matrix, whole participants at a time."""
    stride = max(1, -(-matrix.n_votes // votes))
    lengths, columns, values = [], [], []
    for length, column, value in over_each(partial(_some, stride=stride), matrix.blocks):
        lengths.append(length)
        columns.append(column)
        values.append(value)
    nothing = np.zeros(0, np.int32)
    return Sample(
        np.cumsum(np.concatenate([[0], *lengths])).astype(np.int32),
        np.concatenate([nothing, *columns]),
        np.concatenate([nothing.astype(np.int8), *values]),
        len(matrix.statements),
        slice(None, None, stride),
        whole=stride == 1,
    )


def _some(
    block: BlockOfVotes, stride: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int8]]:
    """Numbers of votes, columns and values of every n-th participant in a block."""
    if stride == 1:
        return np.diff(block.offsets), block.columns.astype(np.int32), block.values
    columns, values = block.columns, block.values
    rows = np.arange(-block.start % stride, len(block.offsets) - 1, stride)
    each, length = entries_of(block, rows)
    return length.astype(np.int32), columns[each].astype(np.int32), values[each]
