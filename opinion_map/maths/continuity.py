"""From one map to the next: turned alike, letters kept, splits and merges named. Display only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opinion_map.maths.matching import matched, overlaps

Floats = NDArray[np.float64]

LETTERS = "ABCDE"
HOLD = 4
"""Recomputations in a row that must find the same new number of groups before it is shown."""
CLEAR = 0.1
"""Lead in silhouette with which a new number of groups is shown at once."""


@dataclass(frozen=True)
class Before:
    """What a new map needs to know of the one before, read from its document.

    Attributes
    ----------
    votes_sha256 : str
    positions : dict of int to (x, y)
        As they were shown.
    groups : dict of int to str
        Letter of each grouped participant, as shown.
    count : int
        Number of groups shown; 1 where there were none to show.
    waiting : tuple of (int, int)
        The number of groups that maps have asked for in vain, and how many in a row.
    """

    votes_sha256: str
    positions: dict[int, tuple[float, float]]
    groups: dict[int, str]
    count: int
    waiting: tuple[int, int] = (0, 0)


@dataclass(frozen=True, eq=False)
class Display:
    """How to show a map so that it follows on from the one before.

    Attributes
    ----------
    rotation : ndarray of float64, shape (2, 2)
        Shown positions are canonical positions times this orthogonal matrix.
    letters : tuple of str
        Letter of each group, in canonical order.
    count : int
        Number of groups shown; it may wait behind the map's own.
    waiting : tuple of (int, int)
    events : tuple of dict
        `{"kind": "split", "from": ["A"], "to": ["A", "C"]}`, and likewise merge, appear, vanish.
    """

    rotation: Floats
    letters: tuple[str, ...]
    count: int
    waiting: tuple[int, int]
    events: tuple[dict[str, Any], ...] = field(default=())


def read(document: Mapping[str, Any]) -> Before:
    """What was shown, from a document of `opinion-map/1` (with its `display`, if it has one)."""
    shown = displayed(document)
    waiting = document.get("display", {}).get("waiting", [0, 0])
    return Before(
        votes_sha256=str(document["votes_sha256"]),
        positions={int(one["id"]): (one["x"], one["y"]) for one in shown["participants"]},
        groups={int(one["id"]): one["group"] for one in shown["participants"] if one["group"]},
        count=len(shown["groups"]),
        waiting=(int(waiting[0]), int(waiting[1])),
    )


def shown_count(
    before: Before, *, count: int, silhouettes: Mapping[int, float], votes_sha256: str
) -> tuple[int, tuple[int, int]]:
    """How many groups to show, and who waits.

    A new number of groups is shown when it leads clearly, or when HOLD maps of changed votes in a
    row have asked for it. That there are no groups is shown at once: a map never shows groups
    that its own test denies.
    """
    if count in (before.count, 1) or before.count not in silhouettes:
        return count, (0, 0)
    if silhouettes[count] - silhouettes[before.count] >= CLEAR:
        return count, (0, 0)
    if votes_sha256 == before.votes_sha256:
        return before.count, before.waiting
    asked, times = before.waiting
    times = times + 1 if asked == count else 1
    return (count, (0, 0)) if times >= HOLD else (before.count, (count, times))


def follow(
    before: Before,
    *,
    participants: NDArray[np.int64],
    positions: Floats,
    labels: NDArray[np.int64],
    count: int,
    waiting: tuple[int, int] = (0, 0),
) -> Display:
    """Turn the new map onto the old and give its groups the letters of those they continue.

    Parameters
    ----------
    before : Before
    participants : ndarray of int64, shape (N,)
    positions : ndarray of float64, shape (N, 2)
    labels : ndarray of int64, shape (N,)
    count : int
        Number of groups in `labels`.
    waiting : tuple of (int, int)

    References
    ----------
    Schönemann, "A generalized solution of the orthogonal Procrustes problem", 1966.
    """
    common = [at for at, one in enumerate(participants.tolist()) if one in before.positions]
    old = np.array([before.positions[int(one)] for one in participants[common]]).reshape(-1, 2)
    old_letters = sorted(set(before.groups.values()))
    numbers = {letter: number for number, letter in enumerate(old_letters)}
    earlier = np.array(
        [numbers.get(before.groups.get(int(one), ""), -1) for one in participants[common]],
        dtype=np.int64,
    )
    table = overlaps(earlier, labels[common], len(old_letters), count)
    pairs = {new: old_letters[was] for was, new in matched(table).items()} if table.size else {}
    free = [one for one in LETTERS if one not in pairs.values()]
    fresh = [one for one in free if one not in old_letters] + [
        one for one in free if one in old_letters
    ]
    letters = [pairs[number] if number in pairs else fresh.pop(0) for number in range(count)]
    return Display(
        rotation=procrustes(positions[common], old),
        letters=tuple(letters),
        count=count,
        waiting=waiting,
        events=tuple(_events(table, old_letters, letters)),
    )


def procrustes(points: Floats, onto: Floats) -> Floats:
    """The orthogonal matrix R for which points @ R is nearest to `onto`; the identity for none."""
    cross = points.T @ onto
    if not np.any(np.abs(cross) > 1e-12):
        return np.eye(2)
    left, _, right = np.linalg.svd(cross)
    return left @ right


def _events(table: NDArray[np.int64], before: list[str], after: list[str]) -> list[dict[str, Any]]:
    """Splits, merges, groups that came and groups that went, by who moved where.

    A group splits when two or more new groups have most of their earlier-grouped members from it;
    two or more merge when most members of each are in one new group.
    """
    events: list[dict[str, Any]] = []
    if table.size == 0:
        return events
    from_old = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    of_new = table / np.maximum(table.sum(axis=0, keepdims=True), 1)
    for number, letter in enumerate(before):
        parts = [after[new] for new in np.flatnonzero(of_new[number] > 0.5)]
        if len(parts) > 1:
            events.append({"kind": "split", "from": [letter], "to": sorted(parts)})
    for number, letter in enumerate(after):
        sources = [before[old] for old in np.flatnonzero(from_old[:, number] > 0.5)]
        if len(sources) > 1:
            events.append({"kind": "merge", "from": sources, "to": [letter]})
    named = {one for event in events for one in (*event["from"], *event["to"])}
    came = [one for one in after if one not in before and one not in named]
    went = [one for one in before if one not in after and one not in named]
    events += [{"kind": "appear", "from": [], "to": [one]} for one in came]
    return events + [{"kind": "vanish", "from": [one], "to": []} for one in went]


def displayed(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document as it is to be shown: turned and lettered as its `display` says."""
    display = document.get("display")
    if not display:
        return dict(document)
    shown = {**document, **display.get("held", {})}
    letters, rotation = display["letters"], display["rotation"]

    def turned(point: Any) -> list[float]:
        return [
            round(point[0] * rotation[0][axis] + point[1] * rotation[1][axis], 6) + 0.0
            for axis in (0, 1)
        ]

    people = []
    for one in shown["participants"]:
        x, y = turned((one["x"], one["y"]))
        people.append({**one, "x": x, "y": y, "group": letters.get(one["group"])})
    groups = [
        {
            **one,
            "id": letters[one["id"]],
            "centre": turned(one["centre"]) if one["centre"] else None,
            **({"hull": [turned(p) for p in one["hull"]]} if one.get("hull") else {}),
        }
        for one in shown["groups"]
    ]
    statements = [
        {**one, "groups": {letters[name]: counts for name, counts in one["groups"].items()}}
        for one in shown["statements"]
    ]
    return {
        **shown,
        "participants": people,
        "groups": sorted(groups, key=lambda one: str(one["id"])),
        "statements": statements,
    }
