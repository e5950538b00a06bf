"""The counts that everyone sees, moved at most once a second and never by one person's vote.

This module alone writes PublishedTally.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Count, F, Max, Q, QuerySet
from django.utils import timezone

from deliberate import announcements
from deliberate.models import Conversation, PublishedTally, Vote, VoteChange

# People whose votes must be in a step of the public counts of an `aggregate` conversation.
STEP = 5
# Counting millions of votes takes a while (seconds): then one part of the time in so many goes
# into it, and the counts move less often.
COUNTED_QUICKLY, COUNTED_SHARE = 0.5, 10
_due: dict[int, float] = {}
# Below this many voters the counts of an `aggregate` conversation are shown to nobody.
FEWEST = 10


def may_move(conversation: Conversation, *, last_change: int) -> bool:
    """Whether what everyone sees of a conversation may move since that change of a vote.

    Where rows are published anyway, or nothing more will come, always. Elsewhere once at least
    STEP people's votes are in the difference. (A change whose id is lower but was committed
    later is not counted towards STEP: that only makes the step larger.)
    """
    if conversation.data_policy == Conversation.DataPolicy.OPEN:
        return True
    if conversation.state == Conversation.State.CLOSED:
        return True
    people = (
        VoteChange.objects.filter(statement__conversation=conversation, id__gt=last_change)
        .order_by("participant_id")
        .values("participant_id")
        .distinct()[:STEP]
    )
    return len(people) >= STEP


def last_change_of(conversation: Conversation) -> int:
    """The id of the conversation's latest change of a vote, 0 before the first."""
    latest = VoteChange.objects.filter(statement__conversation=conversation).aggregate(
        latest=Max("id")
    )["latest"]
    return latest or 0


def may_show(conversation: Conversation, *, people: int) -> bool:
    """Whether counts among so many people may be shown to everyone."""
    return conversation.data_policy == Conversation.DataPolicy.OPEN or people >= FEWEST


def standing(conversation: Conversation) -> QuerySet[VoteChange]:
    """The votes that stood when the counts were last published, each as its last change."""
    latest = (
        VoteChange.objects.filter(
            statement__conversation=conversation, pk__lte=_published_until(conversation)
        )
        .order_by()
        .values("participant_id", "statement_id")
        .annotate(latest=Max("id"))
        .values("latest")
    )
    return VoteChange.objects.filter(pk__in=latest).exclude(choice=None).order_by()


def published_counts(
    conversation: Conversation, *, statement_ids: Iterable[int] | None = None
) -> dict[int, Counter[int]]:
    """How often each choice stood: {statement id: {choice: voters}}."""
    votes = standing(conversation)
    if statement_ids is not None:
        votes = votes.filter(statement_id__in=list(statement_ids))
    counts: dict[int, Counter[int]] = defaultdict(Counter)
    for statement_id, choice, voters in (
        votes.values("statement_id", "choice")
        .annotate(voters=Count("id"))
        .values_list("statement_id", "choice", "voters")
    ):
        if choice is not None:
            counts[statement_id][choice] = voters
    return counts


def _published_until(conversation: Conversation) -> int:
    """The id of the last change of a vote that counts may show."""
    if conversation.data_policy == Conversation.DataPolicy.OPEN:
        return last_change_of(conversation)
    tally = PublishedTally.objects.filter(conversation=conversation).first()
    return tally.last_change if tally else 0


def publish(conversation_id: int) -> PublishedTally | None:
    """Bring the public counts up to date if they may move; None when nothing changed."""
    with transaction.atomic():
        conversation = Conversation.objects.get(pk=conversation_id)
        PublishedTally.objects.get_or_create(conversation=conversation)
        # Of several workers one publishes; the others look again a second later.
        tally = (
            PublishedTally.objects.select_for_update(skip_locked=True)
            .filter(conversation=conversation)
            .first()
        )
        if tally is None or tally.votes_version >= conversation.votes_version:
            return None
        if not may_move(conversation, last_change=tally.last_change):
            return None
        tally.last_change = last_change_of(conversation)
        votes = Vote.objects.filter(statement__conversation=conversation)
        tally.votes = votes.count()
        tally.participants = votes.values("participant_id").distinct().count()
        tally.votes_version = conversation.votes_version
        tally.published_at = timezone.now()
        tally.save()
        announcements.tally_moved(
            conversation_id=conversation.pk,
            votes=tally.votes,
            participants=tally.participants,
            version=tally.votes_version,
        )
    return tally


def step() -> None:
    """Publish every conversation whose votes have moved since its last tally."""
    stale = Conversation.objects.filter(
        Q(tally__isnull=True, votes_version__gt=0) | Q(votes_version__gt=F("tally__votes_version"))
    ).values_list("pk", flat=True)
    for conversation_id in list(stale):
        began = time.monotonic()
        if began >= _due.get(conversation_id, 0.0):
            publish(conversation_id)
            took = time.monotonic() - began
            if took > COUNTED_QUICKLY:
                _due[conversation_id] = began + COUNTED_SHARE * took
