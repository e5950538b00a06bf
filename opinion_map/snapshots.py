"""Maps as they are stored: drawn from the votes in the database, kept, and found again.

This module alone writes OpinionMap.
"""

import hashlib
import random
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from deliberate import announcements, positions, publication, statements, tallies
from deliberate.models import Conversation, Statement
from opinion_map import maths, rows
from opinion_map.live_votes import LiveVotes
from opinion_map.models import Drawing, OpinionMap
from record import lines
from record.models import RecordLine

# Maps of a conversation that are kept whole; of older ones, one an hour.
KEPT_WHOLE = 20
RECORDED_EVERY_SECONDS = 3600

# A resample of 50,000 votes takes about 30 ms.
RESAMPLES = 20
RESAMPLED_VOTES = 200_000

LIVE_VOTES = LiveVotes()
SHUFFLE = random.SystemRandom()


def draw(
    conversation: Conversation,
    *,
    until: int | None = None,
    waiting_since: datetime | None = None,
) -> OpinionMap | None:
    """Compute the conversation's map from its votes as they are now, keep and announce it.

    `conversation` must have been read before its votes are: its version then is the map's. With
    `until` the votes are those of that change (its id), whatever was cast since.
    `waiting_since` is when the oldest vote was cast that no map has yet. None when nothing of it
    may be published yet: then nothing is kept.
    """
    started = time.perf_counter()
    if until is None:
        until = publication.last_change_of(conversation)
    live = conversation.statements.filter(
        state=Statement.State.ACCEPTED, is_metadata=False
    ).values_list("number", flat=True)
    votes = LIVE_VOTES.read(conversation, statements=live, until=until)
    n_votes, few = votes.warm.n_votes, list[int]()
    if not publication.rows_are_public(conversation):
        votes, few = votes.without_few(publication.FEWEST)
    before = newest(conversation)
    result = votes.map(
        previous=before.document if before else None, parameters=_parameters(n_votes)
    )
    document = maths.to_document(result)
    drawn = OpinionMap(
        conversation=conversation,
        votes_version=conversation.votes_version,
        votes_sha256=document["votes_sha256"],
        code_version=code_version(),
        document=document,
        lag_seconds=(timezone.now() - waiting_since).total_seconds() if waiting_since else None,
    )
    step = None
    if publication.rows_are_public(conversation):
        drawn.public = maths.under_fresh_ids(document, SHUFFLE)
        drawn.model = document["model"]
    else:
        step = rows.step(conversation, result, votes.warm, few=few)
        if before is not None and not step.moved and _same_statements(before, step.document):
            return None
        _publish_step(drawn, result, step)
    drawn.seconds = time.perf_counter() - started
    with transaction.atomic():
        if step is not None and not _is_still_next(conversation, before):
            return None
        drawn.save()
        _publish_priorities(conversation, drawn.public)
        if step is not None:
            rows.keep(conversation, step)
        _record(drawn)
        _thin(conversation)
        # What is announced comes last: from there on votes wait for the conversation's row.
        if step is not None:
            _publish_tally(conversation, step, votes=n_votes, last_change=until)
        announcements.map_updated(
            conversation_id=conversation.pk, version=conversation.votes_version
        )
    return drawn


def _publish_tally(
    conversation: Conversation, step: rows.Step, *, votes: int, last_change: int
) -> None:
    people = step.document["counts"]["participants"]
    # A map of fewer is shown to nobody.
    if publication.may_show(conversation, people=people):
        tallies.publish_with_map(
            conversation, counts=step.counts, votes=votes, people=people, last_change=last_change
        )


def _is_still_next(conversation: Conversation, before: OpinionMap | None) -> bool:
    """Whether no worker that took over a lease has published since; others wait here for us."""
    Drawing.objects.select_for_update().filter(conversation=conversation).first()
    newer = OpinionMap.objects.filter(conversation=conversation, pk__gt=before.pk if before else 0)
    return not newer.exists()


def _publish_step(drawn: OpinionMap, result: maths.OpinionMap, step: rows.Step) -> None:
    # Of few votes the bare hash would tell each to whoever tries them all.
    drawn.votes_salt = secrets.token_bytes(32)
    salted = drawn.votes_salt + drawn.votes_sha256.encode()
    drawn.public = {**step.document, "votes_sha256": hashlib.sha256(salted).hexdigest()}
    drawn.model = maths.public_model(result, step.document)


def _same_statements(before: OpinionMap, document: Mapping[str, Any]) -> bool:
    """Whether both maps list the same statements."""
    listed = ({row["id"] for row in one["statements"]} for one in (before.public, document))
    return next(listed) == next(listed)


def prepare(conversation: Conversation) -> None:
    """Make the next drawings of this conversation cheap, now that its map is out."""
    LIVE_VOTES.prepare(conversation)


def _parameters(n_votes: int) -> maths.Parameters:
    """How firm the groups are is asked by so many resamples as do not hold up a live map."""
    return maths.Parameters(bootstrap=RESAMPLES if n_votes <= RESAMPLED_VOTES else 0)


def newest(conversation: Conversation) -> OpinionMap | None:
    """The conversation's newest map, if one has been drawn."""
    return OpinionMap.objects.filter(conversation=conversation).order_by("-id").first()


def newest_version(conversation_id: int) -> int:
    """The version of the votes that the conversation's newest map was drawn from; 0 without one."""
    maps = OpinionMap.objects.filter(conversation_id=conversation_id).order_by("-id")
    return maps.values_list("votes_version", flat=True).first() or 0


def placing(conversation_id: int) -> positions.Placing | None:
    """How the conversation's newest map places people by their own votes, as it is shown."""
    newest_map = (
        OpinionMap.objects.filter(conversation_id=conversation_id)
        .order_by("-id")
        .values_list("pk", "drawn_at")
        .first()
    )
    return _read_shown(*newest_map) if newest_map else None


@dataclass(frozen=True)
class Shown:
    """What of a map is needed to place somebody on it."""

    model: Mapping[str, Any]
    rotation: tuple[tuple[float, float], tuple[float, float]]

    def with_vote(self, sums: positions.Sums, number: int, choice: int) -> positions.Sums:
        """The sums of somebody's votes after one more."""
        return maths.with_vote(sums, number, choice, self.model)

    def place(self, sums: positions.Sums) -> tuple[float, float] | None:
        """Where these votes are on the map as it is shown."""
        position = maths.projected(sums, self.model)
        if position is None:
            return None
        (x, y), turn = position, self.rotation
        return x * turn[0][0] + y * turn[1][0], x * turn[0][1] + y * turn[1][1]


@lru_cache(maxsize=64)
def _read_shown(map_id: int, _drawn_at: datetime) -> Shown:
    """Maps never change, so each process reads one once."""
    model, rotation = OpinionMap.objects.values_list("model", "public__display__rotation").get(
        pk=map_id
    )
    return Shown(model=model, rotation=rotation or ((1.0, 0.0), (0.0, 1.0)))


@cache
def code_version() -> str:
    """A name for exactly the mathematics that is running: the hash of its source."""
    folder = Path(maths.__file__).parent
    sources = b"".join(path.read_bytes() for path in sorted(folder.glob("*.py")))
    return hashlib.sha256(sources).hexdigest()[:12]


def _publish_priorities(conversation: Conversation, document: Mapping[str, Any]) -> None:
    accepted = Statement.objects.accepted().filter(conversation=conversation)
    ids = dict(accepted.values_list("number", "id"))
    # What asks about the participant is no part of the map: it is shown as often as another.
    even = 1 / max(1, len(document["statements"]))
    about_people = accepted.filter(is_metadata=True).values_list("id", flat=True)
    statements.set_priorities(
        conversation_id=conversation.pk,
        priorities=dict.fromkeys(about_people, even)
        | {
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
                "votes_sha256": drawn.public["votes_sha256"],
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


def forget_people() -> int:
    """Where a conversation's key is destroyed, empty its kept maps of pseudonyms; how many maps.

    What everyone may read (`public`) stays as it was published, and the model places people on.
    """
    rows.forget_over()
    maps = OpinionMap.objects.filter(conversation__key_destroyed_at__isnull=False)
    peopled = maps.exclude(document__participants=[]).order_by("pk")
    # One after the other: a map of a large conversation is large.
    found = list(peopled.values_list("pk", flat=True))
    for pk in found:
        document = OpinionMap.objects.values_list("document", flat=True).get(pk=pk)
        OpinionMap.objects.filter(pk=pk).update(document=_without_people(document))
    return len(found)


def _without_people(document: Mapping[str, Any]) -> dict[str, Any]:
    emptied = {**document, "participants": []}
    held = document.get("display", {}).get("held")
    if held is not None:
        emptied["display"] = {**document["display"], "held": {**held, "participants": []}}
    return emptied
