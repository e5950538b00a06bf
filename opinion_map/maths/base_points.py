"""Weighted base points: many positions summed up by a few hundred, whatever their number."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SLABS = 16


def summarise(points: Floats, weights: Floats | None = None) -> tuple[Floats, Floats]:
    """Replace points by the means of cells that hold about as many points each.

    Points are cut by x into 16 slabs and each slab by y into 16 cells; up to 256 points stay
    themselves (equal ones merged). The order of the points does not matter.

    Parameters
    ----------
    points : ndarray of float64, shape (n, 2)
    weights : ndarray of float64, shape (n,), optional
        Not negative; 1 for each point by default.

    Returns
    -------
    centres : ndarray of float64, shape (b, 2), b <= 256
    masses : ndarray of float64, shape (b,)
        Positive; their sum is that of the weights.
    """
    weights = np.ones(len(points)) if weights is None else weights
    if len(points) == 0:
        return np.zeros((0, 2)), np.zeros(0)
    order = np.lexsort((points[:, 1], points[:, 0])) if len(points) <= 4096 else None
    if order is not None:
        points, weights = points[order], weights[order]
        points, weights = _merged(points, weights)
        if len(points) <= SLABS * SLABS:
            kept = weights > 0
            return points[kept], weights[kept]
    slab = _slices(points[:, 0], np.zeros(len(points), dtype=np.int64), 1)
    cell = _slices(points[:, 1], slab, SLABS)
    masses = np.bincount(cell, weights, minlength=SLABS * SLABS).astype(np.float64)
    sums = [np.bincount(cell, weights * points[:, axis], SLABS * SLABS) for axis in (0, 1)]
    kept = masses > 0
    return np.stack(sums, axis=1)[kept] / masses[kept, None], masses[kept]


def _merged(points: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Sorted points with equal neighbours (but for rounding) joined."""
    close = 1e-12 * max(1.0, float(np.abs(points).max()))
    new = np.append(True, (np.abs(np.diff(points, axis=0)) > close).any(axis=1))
    first = np.flatnonzero(new)
    return points[first], np.add.reduceat(weights, first).astype(np.float64)


def _slices(values: Floats, parent: NDArray[np.int64], parents: int) -> NDArray[np.int64]:
    """Cut the points of each parent into SLABS parts of about equal number by value."""
    part = np.zeros(len(values), dtype=np.int64)
    order = np.argsort(parent.astype(np.uint8), kind="stable") if parents > 1 else slice(None)
    ordered = values[order]
    ends = np.cumsum(np.bincount(parent, minlength=parents)).tolist()
    for low, high in zip([0, *ends], ends, strict=False):
        if low == high:
            continue
        inside = ordered[low:high]
        ranks = (np.arange(1, SLABS) * (high - low)) // SLABS
        part[low:high] = np.searchsorted(np.sort(inside)[ranks], inside, side="right")
    found = np.empty(len(values), dtype=np.int64)
    found[order] = part
    return parent * SLABS + found
