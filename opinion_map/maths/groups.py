"""Opinion groups: who stands near whom on the picture, for two to five groups."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opinion_map.maths.base_points import summarise
from opinion_map.maths.kmeans import cluster, inertias, lloyd, nearest

Floats = NDArray[np.float64]
UNGROUPED = -1
SMALLEST, SMALLEST_SHARE = 3, 0.02
"""Fewest people in a group, and their share of all who are grouped."""


@dataclass(frozen=True, eq=False)
class Grouping:
    """One partition of the participants who voted enough.

    Attributes
    ----------
    labels : ndarray of int64, shape (N,)
        0 for the largest group, 1 for the next, ...; -1 outside all groups.
    centres : ndarray of float64, shape (k, 2)
    sizes : ndarray of int64, shape (k,)
    silhouettes : dict of int to float
        Weighted silhouette of each k that was tried, in [-1, 1]. It chooses between numbers of
        groups; it does not show that there are groups (on noise it is .31 to .36).
    """

    labels: NDArray[np.int64]
    centres: Floats
    sizes: NDArray[np.int64]
    silhouettes: dict[int, float]

    @property
    def count(self) -> int:
        return len(self.sizes)


def eligible(
    votes_per_participant: NDArray[np.int64], n_statements: int, *, least: int, people: int = 15
) -> NDArray[np.bool_]:
    """Who has voted enough to be placed in a group; shape (N,).

    Everyone with `least` votes, or with a vote on each statement where there are fewer; where
    that leaves fewer than `people`, also those with the most votes (ties included, and at least
    one vote).
    """
    enough = votes_per_participant >= min(least, max(n_statements, 1))
    wanted = min(people, len(votes_per_participant))
    if wanted and np.count_nonzero(enough) < wanted:
        bar = np.sort(votes_per_participant)[-wanted]
        enough = votes_per_participant >= max(int(bar), 1)
    return enough


def candidates(
    points: Floats,
    *,
    weights: Floats | None = None,
    most: int = 5,
    starts: int = 10,
) -> dict[int, tuple[Floats, float]]:
    """Centres and weighted silhouette for each possible number of groups from 2 on.

    Parameters
    ----------
    points : ndarray of float64, shape (n, 2)
    weights : ndarray of float64, shape (n,), optional
    most : int
        Largest number of groups.

    Returns
    -------
    dict of int to (ndarray of float64, shape (starts, k, 2), float)
        Centres of the starts that gave no tiny group, best first. Empty when the points are all
        one.
    """
    base, masses = summarise(points, weights)
    found: dict[int, tuple[Floats, float]] = {}
    if len(base) < 2:
        return found
    x, y = base.T
    between = np.sqrt((x[:, None] - x) ** 2 + (y[:, None] - y) ** 2)
    for k in range(2, min(most, len(base)) + 1):
        centres = cluster(base, masses, k, starts=starts)
        centres = centres[_large_enough(base, masses, centres)]
        if len(centres):
            labels, _ = nearest(base, centres[0])
            found[k] = (centres, silhouette(between, masses, labels))
    return found


def _large_enough(base: Floats, masses: Floats, centres: Floats) -> NDArray[np.bool_]:
    """Which starts gave only groups of SMALLEST people: somebody who stands apart is no group."""
    total = float(masses.sum())
    least = max(SMALLEST_SHARE * total, min(SMALLEST, total / 4))
    labels, _ = nearest(base, centres)
    starts, k = centres.shape[:2]
    cells = (labels + (np.arange(starts) * k)[:, None]).ravel()
    sizes = np.bincount(cells, np.tile(masses, starts), minlength=starts * k)
    return sizes.reshape(starts, k).min(axis=1) >= least - 1e-9


def best_count(silhouettes: dict[int, float], *, margin: float = 0.0) -> int:
    """The fewest groups whose silhouette is the largest, or within `margin` of it; 1 if none."""
    if not silhouettes:
        return 1
    bar = max(silhouettes.values()) - max(margin, 1e-9)
    return min(k for k, score in silhouettes.items() if score >= bar)


def silhouette(between: Floats, masses: Floats, labels: NDArray[np.intp]) -> float:
    """Mean silhouette of weighted points; a point stands for `mass` people at one place.

    Parameters
    ----------
    between : ndarray of float64, shape (b, b)
        Distances.
    masses : ndarray of float64, shape (b,)
    labels : ndarray of int, shape (b,)

    Returns
    -------
    float
        In [-1, 1]; 0 with a single cluster. A point alone in its cluster counts 0.

    References
    ----------
    Rousseeuw, "Silhouettes: a graphical aid to the interpretation and validation of cluster
    analysis", 1987.
    """
    clusters = int(labels.max()) + 1
    member = (labels[:, None] == np.arange(clusters)) * masses[:, None]
    within = member.sum(axis=0)
    reach = between @ member
    own = np.arange(len(labels)), labels
    inner = reach[own] / np.maximum(within[labels] - 1, 1)
    outer = np.where(within > 0, reach / np.maximum(within, 1e-300), np.inf)
    outer[own] = np.inf
    nearest_other = outer.min(axis=1)
    if not np.isfinite(nearest_other).all():
        return 0.0
    larger = np.maximum(inner, nearest_other)
    scores = np.where(larger > 0, (nearest_other - inner) / np.where(larger > 0, larger, 1), 0.0)
    scores = np.where(within[labels] > 1, scores, 0.0)
    return float(scores @ masses / masses.sum())


def partition(
    points: Floats,
    inside: NDArray[np.bool_],
    centres: Floats,
    silhouettes: dict[int, float],
) -> Grouping:
    """Settle the best centres on everyone inside and assign each to the nearest.

    Base points find the neighbourhood of the optimum; these last steps are taken on the people
    themselves, from several starts, because the optimum is often flat.

    Parameters
    ----------
    points : ndarray of float64, shape (N, 2)
    inside : ndarray of bool, shape (N,)
    centres : ndarray of float64, shape (s, k, 2)
        Best first.
    silhouettes : dict of int to float
        Kept with the result.

    Returns
    -------
    Grouping
        Groups numbered by size, then by their centre from left to right.
    """
    members = points[inside]
    labels = np.full(len(points), UNGROUPED, dtype=np.int64)
    if len(members) == 0:
        return Grouping(labels, np.zeros((0, 2)), np.zeros(0, np.int64), silhouettes)
    settled = _settled(members, centres)
    found, _ = nearest(members, settled)
    sizes = np.bincount(found, minlength=len(settled))
    order = np.lexsort((settled[:, 1], settled[:, 0], -sizes))
    order = order[sizes[order] > 0]
    rank = np.zeros(len(settled), dtype=np.int64)
    rank[order] = np.arange(len(order))
    labels[inside] = rank[found]
    return Grouping(labels, settled[order], sizes[order], silhouettes)


def _settled(members: Floats, centres: Floats) -> Floats:
    """Lloyd's last steps on all members: many for a town, a few for a country."""
    masses = np.ones(len(members))
    several, steps = (5, 200) if len(members) <= 5_000 else (1, 50 if len(members) < 20_000 else 4)
    ends = lloyd(members, masses, _distinct(centres)[:several], steps=steps)
    if len(ends) == 1:
        return ends[0]
    inertia = inertias(members, masses, ends)
    return ends[int(np.flatnonzero(inertia <= inertia.min() * (1 + 1e-9))[0])]


def _distinct(centres: Floats) -> Floats:
    """Without starts that ended in the same place as an earlier one (up to order and rounding)."""
    scale = max(float(np.abs(centres).max()), 1e-300)
    seen, kept = set(), []
    for number, one in enumerate(np.rint(centres / scale * 1e6).astype(np.int64)):
        key = tuple(sorted(map(tuple, one.tolist())))
        if key not in seen:
            seen.add(key)
            kept.append(number)
    return centres[kept]
