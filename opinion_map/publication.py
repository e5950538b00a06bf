"""What everyone may read of a conversation's newest map, by its data policy."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deliberate.models import Conversation, Statement
from opinion_map import maths
from opinion_map.models import OpinionMap

# Fewest people behind any published number, as the citizen is told before the first vote.
MINIMUM = 10


@dataclass(frozen=True)
class PublishedMap:
    """A map without what its readers must not see: people, and statements rejected since.

    `document` is the canonical one, a pure function of the votes; `shown` is the same turned and
    lettered so that it follows on from the map before.
    """

    document: dict[str, Any]
    shown: dict[str, Any]
    votes_version: int
    drawn_at: datetime


def newest(conversation: Conversation) -> PublishedMap | None:
    """The newest map as everyone may read it; None before the first, or of too few people.

    Statements that a moderator rejected after the map was drawn are left out at once; the
    picture itself follows with the next drawing.
    """
    row = (
        OpinionMap.objects.filter(conversation=conversation)
        .defer("document")
        .order_by("-id")
        .first()
    )
    if row is None or row.public["counts"]["participants"] < MINIMUM:
        return None
    accepted = set(
        Statement.objects.accepted()
        .filter(conversation=conversation)
        .values_list("number", flat=True)
    )
    return PublishedMap(
        document=without_others(_alone(row.public), accepted),
        shown=without_others(maths.displayed(row.public), accepted),
        votes_version=row.votes_version,
        drawn_at=row.drawn_at,
    )


def _alone(document: dict[str, Any]) -> dict[str, Any]:
    """The document without the groups that are shown while a new number of them waits."""
    display = {name: part for name, part in document.get("display", {}).items() if name != "held"}
    return {**document, "display": display} if display else document


def without_others(document: dict[str, Any], accepted: set[int]) -> dict[str, Any]:
    """The document with only those statements that are accepted now."""

    def picks(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [row for row in rows if row["statement"] in accepted]

    shown = dict(document)
    shown["statements"] = [row for row in document["statements"] if row["id"] in accepted]
    shown["consensus"] = {side: picks(rows) for side, rows in document["consensus"].items()}
    shown["groups"] = [
        {**group, "representative": picks(group["representative"])} for group in document["groups"]
    ]
    return shown
