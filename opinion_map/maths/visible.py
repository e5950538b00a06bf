"""Which numbers of a map are of enough people to be shown, so that what is left over is, too."""

import numpy as np
from numpy.typing import NDArray

from opinion_map.maths.result import OpinionMap


def shown_division(map_: OpinionMap) -> OpinionMap:
    """The map with the groups that are shown.

    Two divisions of the same people, side by side, would tell of small differences: of the one
    that waits nothing is published.
    """
    return map_ if map_.held is None else map_.held


def large_groups(map_: OpinionMap, minimum: int) -> NDArray[np.bool_]:
    """Which groups have so many members; shape (G,)."""
    return map_.grouping.sizes >= minimum


def counted_people(map_: OpinionMap, minimum: int) -> int:
    """How many people the map may speak of: everyone, or without the few who are in no group.

    They would be the rest of a subtraction.
    """
    return _without_few(len(map_.participants), int(map_.grouping.sizes.sum()), minimum)


def counted_votes(map_: OpinionMap, at: int, minimum: int) -> int:
    """The same of those who voted on a statement."""
    return _without_few(int(map_.seen[at]), int(map_.group_votes.seen[:, at].sum()), minimum)


def sized_groups(map_: OpinionMap, minimum: int) -> NDArray[np.bool_]:
    """Which groups may say how many they are; shape (G,)."""
    sizes = map_.grouping.sizes
    kept = publishable(sizes, counted_people(map_, minimum), minimum)
    return np.isin(np.arange(len(sizes)), kept)


def shown_groups(map_: OpinionMap, at: int, minimum: int) -> list[int] | None:
    """Groups whose counts on a statement may be shown; None where not even everyone's may."""
    total = counted_votes(map_, at, minimum)
    if total < minimum:
        return None
    return publishable(map_.group_votes.seen[:, at], total, minimum)


def publishable(seen: NDArray[np.number], total: int, minimum: int) -> list[int]:
    """Parts of `total` that may be shown so that what is left over also has enough people."""
    shown = [number for number in range(len(seen)) if seen[number] >= minimum]
    while shown and 0 < total - sum(seen[number] for number in shown) < minimum:
        shown.remove(min(shown, key=lambda number: (seen[number], -number)))
    return shown


def _without_few(everyone: int, grouped: int, minimum: int) -> int:
    return grouped if 0 < everyone - grouped < minimum else everyone
