"""The map of an `aggregate` conversation: counts and shapes of at least ten people, no person."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opinion_map.maths.document import outline
from opinion_map.maths.group_votes import GroupVotes
from opinion_map.maths.priorities import priorities
from opinion_map.maths.project import model_of
from opinion_map.maths.proportions import one_proportion, smoothed, wilson
from opinion_map.maths.result import OpinionMap
from opinion_map.maths.shapes import grid_step, hulls
from opinion_map.maths.steps import NOTHING, Held
from opinion_map.maths.visible import (
    counted_people,
    counted_votes,
    large_groups,
    shown_division,
    shown_groups,
    sized_groups,
)


def public_document(map_: OpinionMap, *, minimum: int = 10, held: Held = NOTHING) -> dict[str, Any]:
    """The document with `participants` empty, a hull for each group, and small counts hidden.

    Parameters
    ----------
    map_ : OpinionMap
    minimum : int
        Fewest people behind any number or shape.
    held : Held
        Rows that stay as they were published (`steps`), and statements of too few votes.

    Returns
    -------
    dict
        A group of fewer people has no `size`, `centre` or `hull` (None), and another one no
        `size` where that would tell of a smaller one's. A statement's counts are
        None where fewer people voted; counts by group are left out where fewer members voted, or
        where they could be found by subtraction. Where fewer people outside all groups voted on a
        statement, or are in no group at all, nothing counts them. What follows from counts follows
        from those that are published; what does not is rounded to what a reader can use. There is
        no `model` (see `public_model`); `held` names the rows that are older than the map.
    """
    map_ = replace(shown_division(map_), display=map_.display, held=None)
    document: dict[str, Any] = {**deepcopy(outline(map_)), "participants": []}
    document.pop("model")
    large = large_groups(map_, minimum)
    _hide_sizes(document, map_, large, minimum)
    for group, visible, hull in zip(
        document["groups"], large.tolist(), hulls(map_, large), strict=True
    ):
        group["hull"] = hull
        if not visible:
            group.update(size=None, centre=None, representative=[])
    for at, statement in enumerate(document["statements"]):
        _hide_small(map_, at, statement, minimum)
    _list_few(document, held.few)
    _hold(document, held)
    _coarsen(document, step=grid_step(map_))
    _set_priorities(document, map_)
    _count_votes(document, minimum)
    _keep_published_picks(document, held)
    return document


def public_model(map_: OpinionMap, document: dict[str, Any]) -> dict[str, Any]:
    """The model of a map from published numbers alone, to place people by their own votes.

    Whoever asks for many places can read the model from them. So it knows only statements whose
    counts are in the public document, and these by the counts that stand there.
    """
    model = model_of(shown_division(map_))
    known = {}
    for row in document["statements"]:
        numbers = model["statements"].get(str(row["id"]))
        if row["agree"] is None or numbers is None:
            continue
        seen = row["agree"] + row["disagree"] + row["pass"]
        mean = (row["agree"] - row["disagree"]) / seen
        weights = [_significant(one, 3) for one in numbers]
        known[str(row["id"])] = [mean, *weights[1:3], mean, *weights[4:]]
    return {
        "count": len(known) + model["excluded"],
        "excluded": model["excluded"],
        "statements": known,
        "noise": _significant(model["noise"], 3),
        "shift": [_significant(one, 3) for one in model["shift"]],
        "turn": [[_significant(one, 3) for one in row] for row in model["turn"]],
        "groups": [
            {
                "id": group["id"],
                "share": _significant(group["share"], 2),
                "mean": [_significant(one, 2) for one in group["mean"]],
                "covariance": _coarse_covariance(group["covariance"]),
            }
            for group in model["groups"]
        ],
    }


def _coarse_covariance(packed: list[float]) -> list[float]:
    """Rounded so that it stays a covariance: the diagonal up, the rest towards nothing."""
    a, b, c = (_significant(one, 2) for one in packed)
    most = 0.99 * float(np.sqrt(max(a * c, 0.0)))
    return [a, min(max(b, -most), most), c]


def _hide_sizes(
    document: dict[str, Any], map_: OpinionMap, large: NDArray[np.bool_], minimum: int
) -> None:
    document["counts"]["participants"] = counted_people(map_, minimum)
    sized = sized_groups(map_, minimum)
    for number in np.flatnonzero(large & ~sized).tolist():
        document["groups"][number]["size"] = None
    if not sized.all():
        document["counts"]["grouped"] = None


def _hide_small(map_: OpinionMap, at: int, statement: dict[str, Any], minimum: int) -> None:
    """Leave of one statement only counts of enough people that leave no small rest."""
    shown = shown_groups(map_, at, minimum)
    if shown is None:
        statement.update(dict.fromkeys(statement) | {"id": statement["id"], "groups": {}})
        return
    if counted_votes(map_, at, minimum) < int(map_.seen[at]):
        votes = map_.group_votes
        agree, disagree, passed = (
            int(side[:, at].sum()) for side in (votes.agrees, votes.disagrees, votes.passes)
        )
        interval = list(_interval(passed, agree + disagree + passed))
        statement.update(
            {"agree": agree, "disagree": disagree, "pass": passed, "pass_interval": interval}
        )
    statement["groups"] = {
        name: counts
        for number, (name, counts) in enumerate(sorted(statement["groups"].items()))
        if number in shown
    }
    if len(shown) < map_.grouping.count:
        statement.update(dict.fromkeys(OF_ALL_GROUPS))


OF_ALL_GROUPS = (
    "consensus",
    "consensus_interval",
    "consensus_against",
    "group_aware_consensus",
    "divisiveness",
)
"""What follows from the counts of all groups, and would tell of one that is hidden."""
OF_A_STATEMENT = (
    *("agree", "disagree", "pass", "pass_interval", "priority", "loadings"),
    *OF_ALL_GROUPS,
)
"""What a document says of a statement, beside its id and its groups."""


def _list_few(document: dict[str, Any], few: Sequence[int]) -> None:
    """Name the statements of too few votes, and say nothing of them."""
    rows = document["statements"]
    nothing = dict.fromkeys(OF_A_STATEMENT)
    known = {row["id"] for row in rows}
    rows += [{**nothing, "id": one, "groups": {}} for one in few if one not in known]
    rows.sort(key=lambda row: int(row["id"]))


def _hold(document: dict[str, Any], held: Held) -> None:
    """Put back what stays as it was published."""
    kept = [row["id"] for row in document["statements"] if row["id"] in held.rows]
    for row in document["statements"]:
        if row["id"] in held.rows:
            now = {"groups": {}, **held.rows[row["id"]], "loadings": row["loadings"]}
            row.update(dict.fromkeys(row) | {"id": row["id"]} | now)
    document["held"] = {"statements": kept, "people": held.people is not None}
    if held.people is None:
        return
    sizes: Any = held.people["sizes"]
    document["counts"].update(participants=held.people["participants"], grouped=None)
    for group in document["groups"]:
        group["size"] = sizes.get(group["id"])


def held_in(document: Mapping[str, Any]) -> Held:
    """What a published document says that stayed as it was, to draw it again from its votes."""
    kept = document.get("held", {"statements": [], "people": False})
    people = None
    if kept["people"]:
        sizes = {group["id"]: group["size"] for group in document["groups"]}
        people = {"participants": document["counts"]["participants"], "sizes": sizes}
    names = frozenset(kept["statements"])
    rows = {row["id"]: row for row in document["statements"] if row["id"] in names}
    few = [row["id"] for row in document["statements"] if row["agree"] is None]
    return Held(rows, people, few)


def _coarsen(document: dict[str, Any], *, step: float) -> None:
    """Round what is of all votes at once, so that no single one can be told from it."""
    document["variance_explained"] = _cents(document["variance_explained"])
    document["structure"]["ratios"] = _cents(document["structure"]["ratios"])
    firm, held_out = document["certainty"], document["held_out"]
    if firm is not None:
        firm["agreement"] = round(firm["agreement"], 2)
        firm["counts"] = {name: round(share, 2) for name, share in firm["counts"].items()}
    if held_out is not None:
        held_out.update(explained=round(held_out["explained"], 2), votes=None)
    for row in document["statements"]:
        is_shown = row["agree"] is not None and row["loadings"] is not None
        row["loadings"] = [_significant(one, 2) for one in row["loadings"]] if is_shown else None
    for group in document["groups"]:
        _coarsen_group(group, step)
    if "display" in document:
        rotation = document["display"]["rotation"]
        document["display"]["rotation"] = [[round(one, 3) for one in row] for row in rotation]


def _coarsen_group(group: dict[str, Any], step: float) -> None:
    if group["centre"] is not None:
        group["centre"] = [round(round(one / step) * step, 6) + 0.0 for one in group["centre"]]
    for part in (group, *group["representative"]):
        for name in ("stability", "kept"):
            if part.get(name) is not None:
                part[name] = round(part[name], 2)


def _cents(values: list[float]) -> list[float]:
    return [round(one, 2) for one in values]


def _significant(value: float, digits: int) -> float:
    """The value with so many significant digits."""
    return float(f"{value:.{digits - 1}e}") + 0.0


def _set_priorities(document: dict[str, Any], map_: OpinionMap) -> None:
    """How likely each statement is to be shown first, from what is published of it alone.

    A statement whose counts are hidden is wanted as much as the one that is wanted most.
    """
    rows = document["statements"]
    shown = [at for at, row in enumerate(rows) if row["agree"] is not None]
    hidden = [row for row in rows if row["agree"] is None]
    if not shown:
        for row in hidden:
            row["priority"] = round(1 / len(hidden), 9)
        return
    spread = np.sqrt(np.maximum(map_.components.variances, 0))
    extremity = np.array(
        [_significant(float(np.hypot(*(spread * rows[at]["loadings"]))), 2) for at in shown]
    )
    everyone = _seen([[rows[at] for at in shown]])
    letters = [group["id"] for group in document["groups"]]
    whole = [at for at in shown if letters and set(rows[at]["groups"]) == set(letters)]
    groups = GroupVotes(*(np.zeros((0, len(shown))) for _ in range(3)))
    if whole:
        # Where a group is hidden, it is taken to have seen as much as it did elsewhere.
        of_whole = _seen([[rows[at]["groups"][name] for at in whole] for name in letters])
        share = of_whole.seen.sum(axis=1, keepdims=True) / of_whole.seen.sum()
        seen = share * everyone.seen
        seen[:, [shown.index(at) for at in whole]] = of_whole.seen
        groups = GroupVotes(np.zeros_like(seen), np.zeros_like(seen), seen)
    wanted = priorities(groups, everyone, extremity)
    most = float(wanted.max())
    whole_sum = float(wanted.sum()) + most * len(hidden)
    for at, priority in zip(shown, wanted.tolist(), strict=True):
        rows[at]["priority"] = round(priority / whole_sum, 9)
    for row in hidden:
        row["priority"] = round(most / whole_sum, 9)


def _seen(rows: list[list[dict[str, int]]]) -> GroupVotes:
    """How often each row's people voted on each statement; only `seen` is asked for."""
    seen = np.array(
        [[one["agree"] + one["disagree"] + one["pass"] for one in row] for row in rows], dtype=float
    )
    return GroupVotes(np.zeros_like(seen), np.zeros_like(seen), seen)


def _count_votes(document: dict[str, Any], minimum: int) -> None:
    """Let the sum of all votes tell nothing of the statements whose counts are left out."""
    shown = sum(
        row["agree"] + row["disagree"] + row["pass"]
        for row in document["statements"]
        if row["agree"] is not None
    )
    if shown and document["counts"]["votes"] - shown < minimum:
        document["counts"]["votes"] = shown


def _keep_published_picks(document: dict[str, Any], held: Held) -> None:
    """Of the picks keep those whose counts stand beside them, and those counts only."""
    statements = {row["id"]: row for row in document["statements"]}
    groups = len(document["groups"])
    for group in document["groups"]:
        kept = []
        for pick in group["representative"]:
            counts = statements[pick["statement"]]["groups"]
            if group["id"] not in counts:
                continue
            here = dict(pick)
            if pick["statement"] in held.rows:
                here |= _recounted(counts[group["id"]], pick["choice"])
            if len(counts) < groups or pick["statement"] in held.rows:
                # A ratio to the other groups tells of one that is hidden, or of newer votes.
                here |= dict.fromkeys(("ratio", "ratio_test", "p"))
            kept.append(here)
        group["representative"] = kept
    for choice, picks in document["consensus"].items():
        picks[:] = [
            {**pick, **_recounted(statements[pick["statement"]], choice)}
            for pick in picks
            if statements[pick["statement"]]["agree"] is not None
        ]


def _recounted(counts: dict[str, Any], choice: str) -> dict[str, Any]:
    """A pick's numbers from the counts that are published beside it."""
    count = counts[choice]
    seen = counts["agree"] + counts["disagree"] + counts["pass"]
    counted, totals = np.array([float(count)]), np.array([float(seen)])
    return {
        "count": count,
        "seen": seen,
        "share": float(smoothed(counted, totals)[0]),
        "share_test": float(one_proportion(counted, totals)[0]),
        "interval": list(_interval(count, seen)),
    }


def _interval(count: int, seen: int) -> tuple[float, float]:
    low, high = wilson(np.array([float(count)]), np.array([float(seen)]))
    return round(float(low[0]), 6), round(float(high[0]), 6)
