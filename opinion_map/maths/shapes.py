"""The shapes of groups on a public map: of moments over the whole group, on a coarse grid."""

import numpy as np
from numpy.typing import NDArray

from opinion_map.maths.hull import convex_hull
from opinion_map.maths.result import OpinionMap

Floats = NDArray[np.float64]

CORNERS = 24
"""Of an ellipse before it is cut."""
REACH = 1.6
"""Half-axes of a group's shape in standard deviations."""


def hulls(map_: OpinionMap, shown: NDArray[np.bool_]) -> list[list[list[float]] | None]:
    """A convex outline of each group that is large enough.

    The ellipse of the group's mean and covariance, cut along the borders with the other groups
    that are shown, on a coarse grid: a function of moments over the whole group, so that no
    corner is anybody's place.
    """
    labels, centres = map_.grouping.labels, map_.grouping.centres
    step = grid_step(map_)
    found: list[list[list[float]] | None] = []
    for number, visible in enumerate(shown.tolist()):
        if not visible:
            found.append(None)
            continue
        outline = _ellipse(map_.positions[labels == number])
        for other in np.flatnonzero(shown).tolist():
            if other != number:
                outline = _clipped(outline, centres[number], centres[other])
        found.append(_on_grid(outline, step))
    return found


def grid_step(map_: OpinionMap) -> float:
    """The width of the coarse grid."""
    spread = float(np.abs(map_.positions).max(initial=0.0))
    return float(10.0 ** np.floor(np.log10(spread / 20))) if spread > 0 else 1.0


def _ellipse(points: Floats) -> Floats:
    middle = points.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(points.T))
    angles = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return middle + REACH * (circle * np.sqrt(np.maximum(values, 0))) @ vectors.T


def _clipped(outline: Floats, own: Floats, other: Floats) -> Floats:
    """The part of a convex outline that is nearer to its own centre than to the other."""
    normal = other - own
    side = (outline - (own + other) / 2) @ normal
    corners: list[Floats] = []
    for here, there in zip(range(len(outline)), np.roll(range(len(outline)), -1), strict=True):
        if side[here] <= 0:
            corners.append(outline[here])
        if (side[here] <= 0) != (side[there] <= 0):
            share = side[here] / (side[here] - side[there])
            corners.append(outline[here] + share * (outline[there] - outline[here]))
    return np.array(corners).reshape(-1, 2)


def _on_grid(outline: Floats, step: float) -> list[list[float]]:
    """The hull of the outline's corners on the grid."""
    corners = convex_hull((x, y) for x, y in np.rint(outline / step).tolist())
    return [[round(x * step, 6) + 0.0, round(y * step, 6) + 0.0] for x, y in corners]
