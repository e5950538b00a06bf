"""Which group of one partition is which of another, by the members they share."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

Labels = NDArray[np.int64]


def overlaps(first: Labels, second: Labels, rows: int, columns: int) -> NDArray[np.int64]:
    """How many people are in group i of the first and j of the second; shape (rows, columns).

    People outside all groups (-1) in either are not counted.
    """
    both = (first >= 0) & (second >= 0)
    cells = first[both] * columns + second[both]
    return np.bincount(cells, minlength=rows * columns).reshape(rows, columns)


def matched(table: NDArray[np.int64]) -> dict[int, int]:
    """The pairs of groups that share most members in all, without empty pairs."""
    rows, columns = linear_sum_assignment(table, maximize=True)
    return {int(i): int(j) for i, j in zip(rows, columns, strict=True) if table[i, j] > 0}


def adjusted_rand(first: Labels, second: Labels) -> float:
    """Agreement of two partitions, 1 when they are the same, about 0 by chance.

    Of those whom both place in a group.

    References
    ----------
    Hubert and Arabie, "Comparing partitions", 1985.
    """
    if len(first) == 0:
        return 1.0
    table = overlaps(first, second, int(first.max()) + 1, int(second.max()) + 1)

    def pairs(counts: NDArray[np.int64]) -> float:
        return float((counts * (counts - 1)).sum()) / 2

    total, together = pairs(table.sum(keepdims=True)), pairs(table)
    rows, columns = pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    expected = rows * columns / total if total else 0.0
    largest = (rows + columns) / 2
    return (together - expected) / (largest - expected) if largest != expected else 1.0
