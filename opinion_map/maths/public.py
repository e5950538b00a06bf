"""The map of an `aggregate` conversation: counts and shapes of at least ten people, no person."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opinion_map.maths.document import outline
from opinion_map.maths.hull import convex_hull
from opinion_map.maths.proportions import one_proportion, smoothed, wilson
from opinion_map.maths.result import OpinionMap

Floats = NDArray[np.float64]

CORNERS = 24
REACH = 1.6
"""Half-axes of a group's shape in standard deviations."""


def public_document(map_: OpinionMap, *, minimum: int = 10) -> dict[str, Any]:
    """The document with `participants` empty, a hull for each group, and small counts hidden.

    Parameters
    ----------
    map_ : OpinionMap
    minimum : int
        Fewest people behind any number or shape.

    Returns
    -------
    dict
        A group of fewer people has no `size`, `centre` or `hull` (None), and another one no
        `size` where that would tell of a smaller one's. A statement's counts are
        None where fewer people voted; counts by group are left out where fewer members voted, or
        where they could be found by subtraction. Where fewer people outside all groups voted on a
        statement, its counts are those of the groups alone; where so few are in no group at all,
        no number has them. There is no `model`.
    """
    if map_.held is not None:
        # Two divisions of the same people, side by side, would tell of small differences: of
        # the one that waits nothing is published.
        map_ = replace(map_.held, display=map_.display, held=None)
    document: dict[str, Any] = {**deepcopy(outline(map_)), "participants": []}
    document.pop("model")
    shown = map_.grouping.sizes >= minimum
    alone = len(map_.participants) - int(map_.grouping.sizes.sum())
    if 0 < alone < minimum:
        # Too few are in no group: they are no part of what is published, or their number would
        # be the rest of a subtraction.
        document["counts"]["participants"] -= alone
    sized = _with_size(map_.grouping.sizes, shown, document["counts"]["participants"], minimum)
    hulls = _hulls(map_, shown)
    for group, visible, hull in zip(document["groups"], shown.tolist(), hulls, strict=True):
        group["hull"] = hull
        if not visible:
            group.update(size=None, centre=None, representative=[])
    for number in np.flatnonzero(shown & ~sized).tolist():
        document["groups"][number]["size"] = None
    if not sized.all():
        document["counts"]["grouped"] = None
    for at, statement in enumerate(document["statements"]):
        _hide_small(map_, at, statement, minimum, leave_out=0 < alone < minimum)
    _count_votes(document, minimum)
    _keep_published_picks(document)
    return document


def _hide_small(
    map_: OpinionMap,
    at: int,
    statement: dict[str, Any],
    minimum: int,
    *,
    leave_out: bool,
) -> None:
    """Leave of one statement only counts of enough people that leave no small rest.

    With `leave_out` nobody who is in no group counts, here as on every other statement.
    """
    votes = map_.group_votes
    seen = votes.seen[:, at]
    total = int(map_.seen[at])
    rest = total - int(seen.sum())
    if 0 < rest < minimum or leave_out:
        # Too few to be shown, also as a difference.
        total -= rest
        agree, disagree, passed = (
            int(side[:, at].sum()) for side in (votes.agrees, votes.disagrees, votes.passes)
        )
        low, high = _interval(passed, total)
        statement.update(
            {"agree": agree, "disagree": disagree, "pass": passed, "pass_interval": [low, high]}
        )
    if total < minimum:
        kept = {"id": statement["id"], "priority": statement["priority"], "groups": {}}
        statement.update(dict.fromkeys(statement), **kept)
        return
    shown = set(_publishable(seen, total, minimum))
    statement["groups"] = {
        name: counts
        for number, (name, counts) in enumerate(sorted(statement["groups"].items()))
        if number in shown
    }
    if len(shown) < len(seen):
        for name in (
            "consensus",
            "consensus_interval",
            "consensus_against",
            "group_aware_consensus",
            "divisiveness",
        ):
            statement[name] = None


def _count_votes(document: dict[str, Any], minimum: int) -> None:
    """Let the sum of all votes tell nothing of the statements whose counts are left out."""
    shown = sum(
        row["agree"] + row["disagree"] + row["pass"]
        for row in document["statements"]
        if row["agree"] is not None
    )
    if shown and 0 < document["counts"]["votes"] - shown < minimum:
        document["counts"]["votes"] = shown


def _with_size(
    sizes: NDArray[np.integer], shown: NDArray[np.bool_], people: int, minimum: int
) -> NDArray[np.bool_]:
    """Which groups may say how many they are, so that whoever is left over is enough, too."""
    sized = shown.copy()
    while sized.any() and 0 < people - int(sizes[sized].sum()) < minimum:
        least = min(np.flatnonzero(sized).tolist(), key=lambda number: (sizes[number], -number))
        sized[least] = False
    return sized


def _publishable(seen: Floats, total: int, minimum: int) -> list[int]:
    """Groups whose counts may be shown so that what is left over also has enough people."""
    shown = [number for number in range(len(seen)) if seen[number] >= minimum]
    while shown and 0 < total - sum(seen[number] for number in shown) < minimum:
        shown.remove(min(shown, key=lambda number: (seen[number], -number)))
    return shown


def _keep_published_picks(document: dict[str, Any]) -> None:
    """Of the picks keep those whose counts stand beside them, and those counts only."""
    statements = {row["id"]: row for row in document["statements"]}
    groups = len(document["groups"])
    for group in document["groups"]:
        kept = []
        for pick in group["representative"]:
            counts = statements[pick["statement"]]["groups"]
            if group["id"] in counts:
                # A ratio to the other groups tells of one that is hidden.
                hidden = (
                    {} if len(counts) == groups else dict.fromkeys(("ratio", "ratio_test", "p"))
                )
                kept.append({**pick, **hidden})
        group["representative"] = kept
    for choice, picks in document["consensus"].items():
        picks[:] = [
            {**pick, **_recounted(statements[pick["statement"]], choice)}
            for pick in picks
            if statements[pick["statement"]]["agree"] is not None
        ]


def _recounted(statement: dict[str, Any], choice: str) -> dict[str, Any]:
    """A majority pick's numbers from the counts that are published of its statement."""
    count = statement[choice]
    seen = statement["agree"] + statement["disagree"] + statement["pass"]
    counts, totals = np.array([float(count)]), np.array([float(seen)])
    return {
        "count": count,
        "seen": seen,
        "share": float(smoothed(counts, totals)[0]),
        "share_test": float(one_proportion(counts, totals)[0]),
        "interval": list(_interval(count, seen)),
    }


def _interval(count: int, seen: int) -> tuple[float, float]:
    low, high = wilson(np.array([float(count)]), np.array([float(seen)]))
    return round(float(low[0]), 6), round(float(high[0]), 6)


def _hulls(map_: OpinionMap, shown: NDArray[np.bool_]) -> list[list[list[float]] | None]:
    """A convex outline of each group that is large enough.

    The ellipse of the group's mean and covariance, cut along the borders with the other groups
    that are shown, on a coarse grid: a function of moments over the whole group, so that no
    corner is anybody's place.
    """
    labels, centres = map_.grouping.labels, map_.grouping.centres
    spread = float(np.abs(map_.positions).max(initial=0.0))
    step = float(10.0 ** np.floor(np.log10(spread / 20))) if spread > 0 else 1.0
    hulls: list[list[list[float]] | None] = []
    for number, visible in enumerate(shown.tolist()):
        if not visible:
            hulls.append(None)
            continue
        outline = _ellipse(map_.positions[labels == number])
        for other in np.flatnonzero(shown).tolist():
            if other != number:
                outline = _clipped(outline, centres[number], centres[other])
        hulls.append(_on_grid(outline, step))
    return hulls


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
