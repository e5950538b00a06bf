"""The counts that everyone sees, moved at most once a second and never by one person's vote.

This module alone writes PublishedTally.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import connection, transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from deliberate import announcements, publication
from deliberate.models import Choice, Conversation, PublishedTally, Vote

# Counting millions of votes takes a while (seconds): then one part of the time in so many goes
# into it, and the counts move less often.
COUNTED_QUICKLY, COUNTED_SHARE = 0.5, 10
_due: dict[int, float] = {}
# Of the counts in PublishedTally.counts.
ORDER: Final = (Choice.AGREE, Choice.PASS, Choice.DISAGREE)


def published_counts(
    conversation: Conversation, *, statement_ids: Iterable[int] | None = None
) -> dict[int, Counter[int]]:
    """How often each choice stood when it was last published: {statement id: {choice: voters}}."""
    counts: dict[int, Counter[int]] = defaultdict(Counter)
    if publication.rows_are_public(conversation):
        counts.update(_counts(conversation, statement_ids=statement_ids))
        return counts
    tally = PublishedTally.objects.filter(conversation=conversation).first()
    wanted = None if statement_ids is None else set(statement_ids)
    for name, numbers in (tally.counts if tally else {}).items():
        if wanted is None or int(name) in wanted:
            counts[int(name)] = +Counter(dict(zip(map(int, ORDER), numbers, strict=True)))
    return counts


def published_people(conversation: Conversation) -> int:
    """How many people had voted when the counts were last published."""
    if publication.rows_are_public(conversation):
        votes = Vote.objects.filter(statement__conversation=conversation)
        return votes.values("participant_id").distinct().count()
    tally = PublishedTally.objects.filter(conversation=conversation).first()
    return tally.participants if tally else 0


@dataclass(frozen=True)
class _Reading:
    """A conversation's votes at one moment, and the tally that was public then."""

    conversation: Conversation
    was: PublishedTally
    last_change: int
    votes: int
    people: int


def publish(conversation_id: int) -> PublishedTally | None:
    """Bring an `open` conversation's public counts up to date; None when nothing changed."""
    reading = _read(conversation_id)
    if reading is None:
        return None
    with transaction.atomic():
        # Of several workers one publishes; the others look again a second later.
        tally = (
            PublishedTally.objects.select_for_update(skip_locked=True)
            .filter(pk=reading.was.pk, votes_version=reading.was.votes_version)
            .first()
        )
        if tally is None:
            return None
        tally.last_change = reading.last_change
        tally.votes, tally.participants = reading.votes, reading.people
        _save(tally, reading.conversation)
    return tally


def publish_with_map(
    conversation: Conversation,
    *,
    counts: Mapping[int, Sequence[int]],
    votes: int,
    people: int,
    last_change: int,
) -> None:
    """Publish an `aggregate` conversation's counts beside the map that has the same.

    In the transaction that publishes the map. `counts` are agrees, passes and disagrees by the
    statement's number; of a statement that is not among them stays what was published last.
    """
    tally, _made = PublishedTally.objects.get_or_create(conversation=conversation)
    ids = dict(conversation.statements.values_list("number", "pk"))
    tally.counts = tally.counts | {
        str(ids[number]): list(map(int, row)) for number, row in counts.items() if number in ids
    }
    shown = sum(sum(row) for row in tally.counts.values())
    tally.votes = publication.total(votes, shown=shown)
    tally.participants = people
    tally.last_change = last_change
    _save(tally, conversation)


def _save(tally: PublishedTally, conversation: Conversation) -> None:
    tally.votes_version = conversation.votes_version
    tally.published_at = timezone.now()
    tally.save()
    announcements.tally_moved(
        conversation_id=conversation.pk,
        votes=tally.votes,
        participants=tally.participants,
        version=tally.votes_version,
    )


def publish_due(conversation_id: int) -> None:
    """The same, unless it was done a moment ago and takes long."""
    began = time.monotonic()
    if began < _due.get(conversation_id, 0.0):
        return
    publish(conversation_id)
    took = time.monotonic() - began
    if took > COUNTED_QUICKLY:
        _due[conversation_id] = began + COUNTED_SHARE * took


def step() -> None:
    """Publish every `open` conversation whose votes have moved since its last tally."""
    for conversation_id in list(stale().values_list("pk", flat=True)):
        publish_due(conversation_id)


def stale() -> "QuerySet[Conversation]":
    """The `open` conversations whose votes have moved since their counts were looked at.

    Those of the others are published with their maps, so that nobody can take one from the other.
    """
    return Conversation.objects.filter(data_policy=Conversation.DataPolicy.OPEN).filter(
        Q(tally__isnull=True, votes_version__gt=0) | Q(votes_version__gt=F("tally__votes_version"))
    )


def _read(conversation_id: int) -> _Reading | None:
    """What is to be published next; None while that may not move."""
    found = Conversation.objects.get(pk=conversation_id)
    if not publication.rows_are_public(found):
        return None
    # Before the transaction: in one that sees a single moment, two workers could not both make it.
    PublishedTally.objects.get_or_create(conversation=found)
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if connection.vendor == "postgresql" and is_outermost:
            # All that is read is of one moment: no vote is in one number and not in another.
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        conversation = Conversation.objects.get(pk=conversation_id)
        was = PublishedTally.objects.get(conversation=conversation)
        if was.votes_version >= conversation.votes_version:
            return None
        votes = Vote.objects.filter(statement__conversation=conversation)
        return _Reading(
            conversation=conversation,
            was=was,
            last_change=publication.last_change_of(conversation),
            votes=votes.count(),
            people=votes.values("participant_id").distinct().count(),
        )


def _counts(
    conversation: Conversation, *, statement_ids: Iterable[int] | None = None
) -> dict[int, Counter[int]]:
    votes = Vote.objects.filter(statement__conversation=conversation).order_by()
    if statement_ids is not None:
        votes = votes.filter(statement_id__in=list(statement_ids))
    counts: dict[int, Counter[int]] = defaultdict(Counter)
    for statement_id, choice, voters in votes.values_list("statement_id", "choice").annotate(
        voters=Count("id")
    ):
        counts[statement_id][choice] = voters
    return counts
