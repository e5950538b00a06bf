"""What everyone may read of a conversation's maps, the newest and the older, by its data policy."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.core.cache import cache
from django.utils.translation import get_language

from deliberate.models import Conversation, Statement
from deliberate.publication import FEWEST
from opinion_map import drawing, maths
from opinion_map.models import OpinionMap

MINIMUM = FEWEST
# Steps of the way through past maps: so many links a page can carry.
STEPS = 40


@dataclass(frozen=True)
class PublishedMap:
    """A map without what its readers must not see: people, and statements rejected since.

    `document` is the canonical one, a pure function of the votes; `shown` is the same turned and
    lettered so that it follows on from the map before.
    """

    pk: int
    document: dict[str, Any]
    shown: dict[str, Any]
    votes_version: int
    drawn_at: datetime
    code_version: str


@dataclass(frozen=True)
class Version:
    """One of a conversation's published maps, by the version of the votes it was drawn from."""

    pk: int
    number: int
    drawn_at: datetime


def newest(conversation: Conversation) -> PublishedMap | None:
    """The newest map as everyone may read it; None before the first, or of too few people.

    Statements that a moderator rejected after the map was drawn are left out at once; the
    picture itself follows with the next drawing.
    """
    return of(conversation, accepted=_accepted(conversation))


def of(
    conversation: Conversation,
    *,
    accepted: Iterable[int],
    version: int | None = None,
    known: Version | None = None,
) -> PublishedMap | None:
    """The newest map of that version of the votes, with only those statements; None for none.

    `known` is what `versions` said of it, where it was asked before.
    """
    found = known or _find(conversation, version)
    if found is None:
        return None
    whole = _read(found.pk, found.drawn_at)
    if whole.document["counts"]["participants"] < MINIMUM:
        return None
    here = frozenset(accepted)
    return PublishedMap(
        pk=whole.pk,
        document=without_others(whole.document, here),
        shown=without_others(whole.shown, here),
        votes_version=whole.votes_version,
        drawn_at=whole.drawn_at,
        code_version=whole.code_version,
    )


def _find(conversation: Conversation, version: int | None) -> Version | None:
    rows = OpinionMap.objects.filter(conversation=conversation)
    if version is not None:
        rows = rows.filter(votes_version=version)
    row = rows.order_by("-id").values_list("pk", "votes_version", "drawn_at").first()
    return Version(*row) if row else None


def versions(conversation: Conversation) -> list[Version]:
    """The conversation's published maps that are still kept, the oldest first, thinned to STEPS."""
    rows = OpinionMap.objects.filter(conversation=conversation).order_by("id")
    name = f"first-map:{conversation.pk}:{conversation.created_at.timestamp()}"
    first = cache.get(name)
    if first is None:
        # Maps of too few people come first and are small: few rows are opened for this.
        enough = rows.filter(public__counts__participants__gte=MINIMUM)
        first = enough.values_list("pk", flat=True).first()
        if first is None:
            return []
        cache.set(name, first)
    kept = {
        number: Version(pk, number, drawn_at)
        for pk, number, drawn_at in rows.filter(pk__gte=first).values_list(
            "pk", "votes_version", "drawn_at"
        )
    }
    return _thinned(list(kept.values()))


def mark(conversation: Conversation, published: PublishedMap, *more: object) -> str:
    """A name for exactly what is drawn of a map for one language: an ETag's value."""
    return digest(
        conversation.pk,
        published.pk,
        published.drawn_at.isoformat(),
        [row["id"] for row in published.shown["statements"]],
        get_language(),
        *more,
    )


def digest(*parts: object) -> str:
    """A short name for exactly these parts, drawn by this code."""
    return hashlib.sha256(repr((_code(), *parts)).encode()).hexdigest()[:20]


def without_others(document: dict[str, Any], accepted: Iterable[int]) -> dict[str, Any]:
    """The document with only those statements that are accepted now."""
    here = frozenset(accepted)

    def picks(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [row for row in rows if row["statement"] in here]

    shown = dict(document)
    shown["statements"] = [row for row in document["statements"] if row["id"] in here]
    shown["consensus"] = {side: picks(rows) for side, rows in document["consensus"].items()}
    shown["groups"] = [
        {**group, "representative": picks(group["representative"])} for group in document["groups"]
    ]
    return shown


def _accepted(conversation: Conversation) -> frozenset[int]:
    return frozenset(
        Statement.objects.accepted()
        .filter(conversation=conversation)
        .values_list("number", flat=True)
    )


@lru_cache(maxsize=16)
def _read(map_id: int, _drawn_at: datetime) -> PublishedMap:
    """A map with all its statements. Maps never change, so each process reads one once."""
    row = OpinionMap.objects.defer("document").get(pk=map_id)
    return PublishedMap(
        pk=row.pk,
        document=_alone(row.public),
        shown=maths.displayed(row.public),
        votes_version=row.votes_version,
        drawn_at=row.drawn_at,
        code_version=row.code_version,
    )


def _alone(document: dict[str, Any]) -> dict[str, Any]:
    """The document without the groups that are shown while a new number of them waits."""
    display = {name: part for name, part in document.get("display", {}).items() if name != "held"}
    return {**document, "display": display} if display else document


def _thinned(all_: list[Version]) -> list[Version]:
    """At most STEPS of them, the first and the last among them."""
    if len(all_) <= STEPS:
        return all_
    last = len(all_) - 1
    return [all_[round(step * last / (STEPS - 1))] for step in range(STEPS)]


@lru_cache(maxsize=1)
def _code() -> str:
    """Which code draws: other code, other bytes."""
    folder = Path(drawing.__file__).parent
    sources = b"".join(path.read_bytes() for path in sorted(folder.glob("*.py")))
    return hashlib.sha256(sources).hexdigest()[:12]
