"""Is there structure at all: the first component against the same votes shuffled."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array

from opinion_map.maths.components import leading_values
from opinion_map.maths.sample import Sample

FIRST, UNCLEAR = 3, (1.1, 2.5)
"""Shuffles to begin with, and the ratios in between which more are drawn."""


@dataclass(frozen=True, eq=False)
class Structure:
    """Result of the test.

    Attributes
    ----------
    ratios : ndarray of float64, shape (2,)
        Variance along each of the two components over the mean of the shuffled votes' first and
        second; about 1 where votes on one statement say nothing about another.
    shuffles : int
        How many shuffles the mean is of.
    highest : float
        The largest first component among the shuffles, over their mean.
    """

    ratios: NDArray[np.float64]
    shuffles: int
    highest: float

    def found(self, threshold: float) -> bool:
        """Whether the first component is clearly more than chance."""
        return bool(self.ratios[0] >= max(threshold, self.highest))


def against_shuffles(votes: Sample, *, rng: np.random.Generator, shuffles: int = 10) -> Structure:
    """Compare the leading variances with those of votes shuffled within each statement.

    A shuffle keeps who saw what, and how many agreed, passed and disagreed on each statement; it
    breaks only what one vote says about another.

    Parameters
    ----------
    votes : Sample
    rng : numpy.random.Generator
    shuffles : int
        The most; FIRST are enough where the answer is clear. 0 skips the test (ratios of 0).

    References
    ----------
    Buja and Eyuboglu, "Remarks on parallel analysis", Multivariate Behavioral Research, 1992.
    """
    if shuffles == 0 or len(votes.values) == 0:
        return Structure(np.zeros(2), shuffles, 0.0)
    size = votes.n_statements
    # Sixteen bits are sorted by counting.
    narrow = votes.columns.astype(np.uint16) if size <= 0xFFFF else votes.columns
    by_column = np.argsort(narrow, kind="stable")
    rows, columns, values = votes.rows[by_column], votes.columns[by_column], votes.values[by_column]
    counts = np.bincount(columns, minlength=size)
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    means = (np.bincount(columns, values, minlength=size) / np.maximum(counts, 1))[columns]
    keys = (columns.astype(np.int64) << 34) | (values.astype(np.int64) + 1)

    def variances(generator: np.random.Generator | None) -> NDArray[np.float64]:
        mixed = values if generator is None else _shuffled(keys, generator)
        return _variances(
            csc_array(
                ((mixed - means).astype(np.float32), rows, offsets), shape=votes.shape, copy=False
            )
        )

    observed = variances(None)
    draws = rng.spawn(shuffles)
    shuffled = np.stack([variances(one) for one in draws[:FIRST]])
    if UNCLEAR[0] < observed[0] / max(float(shuffled[:, 0].mean()), 1e-300) < UNCLEAR[1]:
        more = [variances(one) for one in draws[FIRST:]]
        shuffled = np.concatenate([shuffled, np.reshape(more, (-1, 2))])
    mean = shuffled.mean(axis=0)
    ratios = np.where(mean > 0, observed / np.where(mean > 0, mean, 1), 0.0)
    highest = float(shuffled[:, 0].max() / mean[0]) if mean[0] > 0 else 0.0
    return Structure(ratios, len(shuffled), highest)


def _shuffled(keys: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """The values in random order within each column; one sort of packed integers."""
    draws = rng.integers(0, 1 << 32, size=len(keys), dtype=np.uint32)
    mixed = keys | (draws.astype(np.int64) << 2)
    mixed.sort()
    return (mixed & 3) - 1


def _variances(votes: csc_array) -> NDArray[np.float64]:
    """The two leading variances, to some hundredths: a ratio to compare with 2 needs no more."""
    turned = votes.T
    return leading_values(lambda right: turned @ (votes @ right), votes.shape[1], block=8, passes=4)
