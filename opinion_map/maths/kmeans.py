"""Weighted k-means with many starts at once, written for a few hundred base points."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Labels = NDArray[np.intp]


def cluster(
    points: Floats, masses: Floats, k: int, *, starts: int = 10, steps: int = 100
) -> Floats:
    """Results of several runs of Lloyd's algorithm from k-means++ starts, the best first.

    Parameters
    ----------
    points : ndarray of float64, shape (b, 2)
        In an order that depends on the points only: the draws are seeded by k alone.
    masses : ndarray of float64, shape (b,)
    k : int
        At most the number of points.
    starts : int
        Independent starts, all advanced together.

    Returns
    -------
    ndarray of float64, shape (starts, k, 2)
        Centres, by weighted sum of squared distances to the nearest one.

    References
    ----------
    Lloyd, "Least squares quantization in PCM", 1982; Arthur and Vassilvitskii, "k-means++: the
    advantages of careful seeding", 2007.
    """
    centres = lloyd(points, masses, _seeds(points, masses, k, starts), steps=steps)
    inertia = inertias(points, masses, centres)
    scale = max(float(inertia.max()), 1e-300)
    return centres[np.argsort(np.rint(inertia / scale * 1e9), kind="stable")]


def inertias(points: Floats, masses: Floats, centres: Floats) -> Floats:
    """Weighted sum of squared distances to the nearest centre, for each start; shape (s,)."""
    return nearest(points, centres)[1] @ masses


def lloyd(points: Floats, masses: Floats, centres: Floats, *, steps: int) -> Floats:
    """Advance all starts, shape (s, k, 2), until no point changes its centre (or for `steps`).

    A centre that nobody is nearest to stays where it is.
    """
    starts, k, _ = centres.shape
    centres = centres.copy()
    spread = [
        np.tile(one, starts) for one in (masses, masses * points[:, 0], masses * points[:, 1])
    ]
    moving = np.arange(starts)
    previous: Labels | None = None
    for _ in range(steps):
        labels, _ = nearest(points, centres[moving])
        if previous is not None:
            changed = (labels != previous).any(axis=1)
            moving, labels = moving[changed], labels[changed]
        if len(moving) == 0:
            break
        previous = labels
        cells = (labels + (np.arange(len(moving)) * k)[:, None]).ravel()
        mass, across, up = (
            np.bincount(cells, one[: len(cells)], minlength=len(moving) * k) for one in spread
        )
        filled = (mass > 0)[:, None]
        moved = np.stack([across, up], axis=1) / np.where(mass > 0, mass, 1.0)[:, None]
        there = np.where(filled, moved, centres[moving].reshape(-1, 2))
        centres[moving] = there.reshape(-1, k, 2)
    return centres


def nearest(points: Floats, centres: Floats) -> tuple[Labels, Floats]:
    """Nearest centre of each point and its squared distance.

    Parameters
    ----------
    points : ndarray, shape (b, 2)
    centres : ndarray, shape (..., k, 2)

    Returns
    -------
    labels : ndarray of int, shape (..., b)
        Ties go to the first centre.
    squared : ndarray of float64, shape (..., b)
    """
    x, y = points[:, 0], points[:, 1]
    labels = np.zeros((*centres.shape[:-2], len(points)), dtype=np.intp)
    squared = (x - centres[..., 0, 0, None]) ** 2 + (y - centres[..., 0, 1, None]) ** 2
    for number in range(1, centres.shape[-2]):
        there = (x - centres[..., number, 0, None]) ** 2 + (y - centres[..., number, 1, None]) ** 2
        labels = np.where(there < squared, number, labels)
        squared = np.minimum(squared, there)
    return labels, squared


def _seeds(points: Floats, masses: Floats, k: int, starts: int) -> Floats:
    """k-means++ draws for all starts at once; shape (starts, k, 2)."""
    rng = np.random.default_rng(k)
    shares = np.broadcast_to(masses, (starts, len(points)))
    chosen: list[Floats] = []
    squared = np.full((starts, len(points)), np.inf)
    for _ in range(k):
        reached = np.cumsum(shares, axis=1)
        aim = rng.random(starts) * reached[:, -1]
        index = np.minimum((reached <= aim[:, None]).sum(axis=1), len(points) - 1)
        chosen.append(points[index])
        away = ((points[None] - points[index][:, None]) ** 2).sum(axis=2)
        squared = np.minimum(squared, away)
        shares = squared * masses
    return np.stack(chosen, axis=1)
