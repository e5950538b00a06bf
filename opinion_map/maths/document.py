"""The map as the document `opinion-map/1`: plain dicts and numbers, the same bytes every time."""

import json
import random
from collections.abc import Iterator
from typing import Any

import numpy as np

from opinion_map.maths.consensus import MajorityPick, group_informed_interval
from opinion_map.maths.continuity import LETTERS, Display
from opinion_map.maths.project import model_of
from opinion_map.maths.proportions import wilson
from opinion_map.maths.representativeness import Pick
from opinion_map.maths.result import OpinionMap

FORMAT = "opinion-map/1"
CHOICES = {1: "agree", -1: "disagree"}
PIECE = 1 << 14
"""Participants who are written at a time."""


def to_document(map_: OpinionMap) -> dict[str, Any]:
    """The whole map, one entry a participant. Ids are those of the votes.

    Positions are rounded to six decimals, so that the last bit of a sum does not make another
    document; numbers that come from counts alone are not rounded.
    """
    return {**outline(map_), "participants": _participants(map_, slice(None))}


def outline(map_: OpinionMap) -> dict[str, Any]:
    """The document without its participants."""
    document = {
        "format": FORMAT,
        "votes_sha256": map_.votes_sha256,
        "parameters": map_.parameters.as_dict(),
        "reliable": map_.reliable,
        "variance_explained": _rounded(map_.variance_explained),
        "structure": {
            "ratios": _rounded(map_.structure.ratios),
            "threshold": map_.parameters.structure_ratio,
            "shuffles": map_.structure.shuffles,
        },
        "counts": {
            "participants": len(map_.participants),
            "statements": len(map_.statements),
            "votes": int(map_.seen.sum()),
            "grouped": int(map_.grouping.sizes.sum()),
        },
        "groups": [_group(map_, number) for number in range(map_.grouping.count)],
        "statements": _statements(map_),
        "consensus": {
            "agree": [_majority(map_, pick) for pick in map_.majority_agree],
            "disagree": [_majority(map_, pick) for pick in map_.majority_disagree],
        },
        "certainty": _certainty(map_),
        "held_out": _held_out(map_),
        "model": model_of(map_),
    }
    if map_.display is not None:
        document["display"] = _display(map_.display, map_.held)
    return document


def to_json(document: dict[str, Any]) -> str:
    """The document's bytes: sorted keys, no spaces, a newline at the end; NaN is refused."""
    return _dumped(document) + "\n"


def json_pieces(map_: OpinionMap) -> Iterator[str]:
    """`to_json(to_document(map_))` in pieces, so that millions of participants fit in memory."""
    document = {**outline(map_), "participants": None}
    for number, name in enumerate(sorted(document)):
        yield f"{',' if number else '{'}{_dumped(name)}:"
        if name == "participants":
            yield from _participants_pieces(map_)
        else:
            yield _dumped(document[name])
    yield "}\n"


def _participants_pieces(map_: OpinionMap) -> Iterator[str]:
    yield "["
    for low in range(0, len(map_.participants), PIECE):
        rows = _participants(map_, slice(low, low + PIECE))
        yield ("," if low else "") + _dumped(rows)[1:-1]
    yield "]"


def _dumped(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _certainty(map_: OpinionMap) -> dict[str, Any] | None:
    """How firm the groups are in resamples; None where none were drawn."""
    firm = map_.stability
    if firm is None:
        return None
    return {
        "resamples": firm.resamples,
        "counts": {str(k): round(share, 6) for k, share in firm.counts.items()},
        "agreement": round(firm.agreement, 6),
        "sure": firm.sure,
    }


def _held_out(map_: OpinionMap) -> dict[str, Any] | None:
    check = map_.held_out
    return None if check is None else {"explained": round(check.explained, 6), "votes": check.votes}


def _display(shown: Display, behind: OpinionMap | None) -> dict[str, Any]:
    """How to show it: see `continuity.displayed`."""
    display: dict[str, Any] = {
        "rotation": [_rounded(row, 7) for row in shown.rotation],
        "letters": dict(zip(LETTERS, shown.letters, strict=False)),
        "count": shown.count,
        "waiting": list(shown.waiting),
        "events": list(shown.events),
    }
    if behind is not None:
        held = to_document(behind)
        display["held"] = {
            name: held[name] for name in ("participants", "groups", "statements", "certainty")
        }
    return display


def _rounded(values: np.ndarray, digits: int = 6) -> list[float]:
    return [round(one, digits) + 0.0 for one in np.asarray(values, dtype=float).tolist()]


def _participants(map_: OpinionMap, people: slice) -> list[dict[str, Any]]:
    x, y = (_rounded(one) for one in map_.positions[people].T)
    names: list[str | None] = [*LETTERS[: map_.grouping.count], None]
    rows = zip(
        map_.participants[people].tolist(),
        x,
        y,
        map_.grouping.labels[people].tolist(),
        map_.votes_per_participant[people].tolist(),
        np.round(map_.membership_of(people), 3).tolist(),
        strict=True,
    )
    return [
        {
            "id": one,
            "x": left,
            "y": up,
            "group": names[label],
            "votes": votes,
            "membership": [chance + 0.0 for chance in chances],
        }
        for one, left, up, label, votes, chances in rows
    ]


def _group(map_: OpinionMap, number: int) -> dict[str, Any]:
    return {
        "id": LETTERS[number],
        "size": int(map_.grouping.sizes[number]),
        "centre": _rounded(map_.grouping.centres[number]),
        "stability": None
        if map_.stability is None
        else round(float(map_.stability.groups[number]), 6),
        "representative": [_pick(map_, pick) for pick in map_.representative[number]],
    }


def _pick(map_: OpinionMap, pick: Pick) -> dict[str, Any]:
    return {
        "statement": int(map_.statements[pick.column]),
        "choice": CHOICES[pick.choice],
        "count": pick.count,
        "seen": pick.seen,
        "share": pick.share,
        "interval": [pick.low, pick.high],
        "ratio": pick.ratio,
        "ratio_test": pick.ratio_test,
        "share_test": pick.share_test,
        "p": pick.p,
        "kept": pick.kept,
    }


def _majority(map_: OpinionMap, pick: MajorityPick) -> dict[str, Any]:
    return {
        "statement": int(map_.statements[pick.column]),
        "count": pick.count,
        "seen": pick.seen,
        "share": pick.share,
        "share_test": pick.share_test,
        "interval": [pick.low, pick.high],
    }


def _statements(map_: OpinionMap) -> list[dict[str, Any]]:
    low, high = group_informed_interval(map_.group_votes)
    pass_low, pass_high = wilson(map_.passes.astype(float), map_.seen.astype(float))
    groups = [_group_counts(map_, number) for number in range(map_.grouping.count)]
    columns = zip(
        map_.statements.tolist(),
        map_.agrees.tolist(),
        map_.disagrees.tolist(),
        map_.passes.tolist(),
        map_.consensus.tolist(),
        map_.consensus_against.tolist(),
        map_.group_aware.tolist(),
        map_.divisiveness.tolist(),
        map_.priorities.tolist(),
        strict=True,
    )
    return [
        {
            "id": one,
            "agree": agree,
            "disagree": disagree,
            "pass": passed,
            "consensus": united,
            "consensus_interval": [round(float(low[at]), 6), round(float(high[at]), 6)],
            "consensus_against": against,
            "group_aware_consensus": product,
            "divisiveness": apart,
            "pass_interval": [round(float(pass_low[at]), 6), round(float(pass_high[at]), 6)],
            "priority": round(priority, 9),
            "loadings": _rounded(map_.components.loadings[:, at]),
            "groups": {LETTERS[number]: group[at] for number, group in enumerate(groups)},
        }
        for at, (one, agree, disagree, passed, united, against, product, apart, priority) in (
            enumerate(columns)
        )
    ]


def _group_counts(map_: OpinionMap, number: int) -> list[dict[str, int]]:
    votes = map_.group_votes
    rows = np.stack([votes.agrees[number], votes.disagrees[number], votes.passes[number]], axis=1)
    return [
        {"agree": int(agree), "disagree": int(disagree), "pass": int(passed)}
        for agree, disagree, passed in rows.tolist()
    ]


def under_fresh_ids(document: dict[str, Any], draw: random.Random) -> dict[str, Any]:
    """The document with its participants in another order under other ids, each time anew.

    Two maps then have no id in common by which somebody could be followed.
    """
    count = len(document["participants"])
    fresh = dict(
        zip(
            (one["id"] for one in document["participants"]),
            draw.sample(range(count), count),
            strict=True,
        )
    )

    def renamed(people: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return sorted(
            ({**one, "id": fresh[one["id"]]} for one in people), key=lambda one: int(one["id"])
        )

    shown = {**document, "participants": renamed(document["participants"])}
    held = document.get("display", {}).get("held")
    if held is not None:
        held = {**held, "participants": renamed(held["participants"])}
        shown["display"] = {**document["display"], "held": held}
    return shown
