"""Maps as they are stored: drawn from the votes in the database, kept, and found again.

This module alone writes OpinionMap.
"""

import hashlib
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from deliberate import announcements, statements
from deliberate.models import Conversation, Participant, Statement, Vote
from opinion_map import maths
from opinion_map.live_votes import LiveVotes
from opinion_map.models import OpinionMap
from record import lines
from record.models import RecordLine

# Maps of a conversation that are kept whole; of older ones, one an hour.
KEPT_WHOLE = 20
RECORDED_EVERY_SECONDS = 3600

# A resample of 50,000 votes takes about 30 ms.
RESAMPLES = 20
RESAMPLED_VOTES = 200_000

LIVE_VOTES = LiveVotes()


def draw(conversation: Conversation, *, waiting_since: datetime | None = None) -> OpinionMap:
    """Compute the conversation's map from its votes as they are now, keep and announce it.

    `conversation` must have been read before its votes are: its version then is the map's.
    `waiting_since` is when the oldest vote was cast that no map has yet.
    """
    started = time.perf_counter()
    live = conversation.statements.filter(
        state=Statement.State.ACCEPTED, is_metadata=False
    ).values_list("number", flat=True)
    votes = LIVE_VOTES.read(conversation, statements=live)
    before = newest(conversation)
    result = votes.map(
        previous=before.document if before else None, parameters=_parameters(votes.warm.n_votes)
    )
    document = maths.to_document(result)
    is_open = conversation.data_policy == Conversation.DataPolicy.OPEN
    with transaction.atomic():
        drawn = OpinionMap.objects.create(
            conversation=conversation,
            votes_version=conversation.votes_version,
            votes_sha256=document["votes_sha256"],
            code_version=code_version(),
            document=document,
            public=document if is_open else maths.public_document(result),
            seconds=time.perf_counter() - started,
            lag_seconds=(
                (timezone.now() - waiting_since).total_seconds() if waiting_since else None
            ),
        )
        _publish_priorities(conversation, document)
        _record(drawn)
        _thin(conversation)
        announcements.map_updated(
            conversation_id=conversation.pk, version=conversation.votes_version
        )
    return drawn


def prepare(conversation: Conversation) -> None:
    """Make the next drawings of this conversation cheap, now that its map is out."""
    LIVE_VOTES.prepare(conversation)


def _parameters(n_votes: int) -> maths.Parameters:
    """How firm the groups are is asked by so many resamples as do not hold up a live map."""
    return maths.Parameters(bootstrap=RESAMPLES if n_votes <= RESAMPLED_VOTES else 0)


def newest(conversation: Conversation) -> OpinionMap | None:
    """The conversation's newest map, if one has been drawn."""
    return OpinionMap.objects.filter(conversation=conversation).order_by("-id").first()


def position_of(conversation: Conversation, participant: Participant) -> tuple[float, float] | None:
    """Where a participant's own votes put them on the newest map as it is shown."""
    shown = _shown(conversation)
    return shown.place(_own_votes(participant)) if shown else None


def nearest_group(conversation: Conversation, participant: Participant) -> str | None:
    """The letter of the group that a participant's own votes put them nearest to."""
    shown = _shown(conversation)
    position = shown.place(_own_votes(participant)) if shown else None
    if shown is None or position is None or len(shown.centres) < 2:
        return None
    return min(shown.centres, key=lambda letter: math.dist(position, shown.centres[letter]))


@dataclass(frozen=True)
class Shown:
    """What of a map is needed to place somebody on it."""

    model: Mapping[str, Any]
    rotation: tuple[tuple[float, float], tuple[float, float]]
    centres: Mapping[str, tuple[float, float]]

    def place(self, own_votes: Mapping[int, int]) -> tuple[float, float] | None:
        """Where these votes are on the map as it is shown."""
        position = maths.project(own_votes, self.model)
        if position is None:
            return None
        (x, y), turn = position, self.rotation
        return x * turn[0][0] + y * turn[1][0], x * turn[0][1] + y * turn[1][1]


def _shown(conversation: Conversation) -> Shown | None:
    newest_map = (
        OpinionMap.objects.filter(conversation=conversation)
        .order_by("-id")
        .values_list("pk", "drawn_at")
        .first()
    )
    return _read_shown(*newest_map) if newest_map else None


def _own_votes(participant: Participant) -> dict[int, int]:
    rows = Vote.objects.filter(participant=participant)
    return dict(rows.values_list("statement__number", "choice"))


@lru_cache(maxsize=64)
def _read_shown(map_id: int, _drawn_at: datetime) -> Shown:
    """Maps never change, so each process reads one once."""
    document = OpinionMap.objects.values_list("document", flat=True).get(pk=map_id)
    rotation = document.get("display", {}).get("rotation", ((1.0, 0.0), (0.0, 1.0)))
    groups = maths.displayed(document)["groups"]
    return Shown(
        model=document["model"],
        rotation=rotation,
        centres={group["id"]: group["centre"] for group in groups},
    )


@cache
def code_version() -> str:
    """A name for exactly the mathematics that is running: the hash of its source."""
    folder = Path(maths.__file__).parent
    sources = b"".join(path.read_bytes() for path in sorted(folder.glob("*.py")))
    return hashlib.sha256(sources).hexdigest()[:12]


def _publish_priorities(conversation: Conversation, document: Mapping[str, Any]) -> None:
    ids = dict(
        Statement.objects.accepted().filter(conversation=conversation).values_list("number", "id")
    )
    statements.set_priorities(
        conversation_id=conversation.pk,
        priorities={
            ids[row["id"]]: float(row["priority"])
            for row in document["statements"]
            if row["id"] in ids and row["priority"] > 0
        },
    )


def _record(drawn: OpinionMap) -> None:
    """A line in the public record for a conversation's first and last map and one an hour."""
    subject = f"/conversations/{drawn.conversation.slug}/map/"
    latest = RecordLine.objects.filter(kind="map.published", subject=subject).order_by("-id")
    last = latest.values_list("appended_at", flat=True).first()
    due = last is None or (timezone.now() - last).total_seconds() >= RECORDED_EVERY_SECONDS
    if due or drawn.conversation.state == Conversation.State.CLOSED:
        lines.append(
            kind="map.published",
            subject=subject,
            facts={
                "votes_version": drawn.votes_version,
                "votes_sha256": drawn.votes_sha256,
                "code_version": drawn.code_version,
            },
        )


def _thin(conversation: Conversation) -> None:
    """Keep the newest maps, and of the older ones the last of each hour."""
    rows = list(
        OpinionMap.objects.filter(conversation=conversation)
        .order_by("-id")
        .values_list("id", "drawn_at")[KEPT_WHOLE : KEPT_WHOLE + 500]
    )
    hours: set[object] = set()
    surplus = []
    for pk, drawn_at in rows:
        hour = drawn_at.replace(minute=0, second=0, microsecond=0)
        if hour in hours:
            surplus.append(pk)
        hours.add(hour)
    OpinionMap.objects.filter(pk__in=surplus).delete()
