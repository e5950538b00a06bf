"""Draws stale maps: newest need first, one worker at a time for a conversation.

A map is stale when its conversation's votes have moved since. A worker takes the drawing by a
lease, so that one that dies leaves the old map, and another takes over when the lease ends.
"""

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, InterfaceError, models, transaction
from django.db.models import F, Q
from django.utils import timezone

from deliberate import publication, tallies
from deliberate.models import Conversation, PublishedTally, Vote, VoteChange
from opinion_map import snapshots
from opinion_map.models import Drawing

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)
# Under steady votes a map rests three times as long as its drawing took, so that it takes a
# quarter of a worker's time; but a watcher never waits for more than two seconds or one drawing.
REST = 3.0
LONGEST_REST_SECONDS = 2.0
REST_AFTER_FAILURE = timedelta(seconds=30)


def step() -> None:
    """Draw each stale map that is due, once; one that fails does not keep the others waiting."""
    _let_go_late()
    _open_drawings()
    due = _behind().filter(not_before__lte=timezone.now())
    for conversation_id in list(due.values_list("conversation_id", flat=True)):
        try:
            draw(conversation_id)
        except Exception:  # whatever it is, the old map stands and the next turn comes
            logger.exception("The map of conversation %s could not be drawn.", conversation_id)


def draw_stale() -> int:
    """Draw every stale map now, due or not; how many were drawn. For commands and tests."""
    _open_drawings()
    return sum(draw(pk) for pk in list(_behind().values_list("conversation_id", flat=True)))


def draw(conversation_id: int) -> bool:
    """Draw one conversation's map if it may move and no other worker has it."""
    tallies.publish_due(conversation_id)
    held = _take(conversation_id)
    if held is None:
        return False
    started = time.monotonic()
    try:
        drawn = snapshots.draw(
            held.conversation, until=held.last_change, waiting_since=held.waiting_since
        )
    except BaseException:
        _let_go(held, not_before=timezone.now() + REST_AFTER_FAILURE)
        raise
    spent = time.monotonic() - started
    rest = min(REST * spent, max(spent, LONGEST_REST_SECONDS))
    _let_go(
        held,
        votes_version=held.conversation.votes_version,
        last_change=held.last_change,
        not_before=timezone.now() + timedelta(seconds=rest),
    )
    if drawn is not None:
        logger.info("Map of conversation %s drawn in %.2f s.", conversation_id, spent)
    snapshots.prepare(held.conversation)
    return drawn is not None


@dataclass(frozen=True)
class Held:
    """A drawing that this worker has taken, and what it saw then."""

    drawing_id: int
    conversation: Conversation
    last_change: int
    taken_until: datetime
    # When the oldest vote was cast that the map before does not have.
    waiting_since: datetime | None


def _let_go(held: Held, **changes: object) -> None:
    """End the lease, unless it ran out and another worker has the drawing now."""
    try:
        Drawing.objects.filter(pk=held.drawing_id, taken_until=held.taken_until).update(
            taken_until=None, **changes
        )
    except (DatabaseError, InterfaceError):
        # The database went away in the middle: nobody is to wait for the lease's end.
        _not_let_go.append(held)
        raise


def _let_go_late() -> None:
    """End the leases that could not be ended when they should have been."""
    while _not_let_go:
        held = _not_let_go[-1]
        Drawing.objects.filter(pk=held.drawing_id, taken_until=held.taken_until).update(
            taken_until=None
        )
        _not_let_go.pop()


_not_let_go: list[Held] = []


def _behind() -> models.QuerySet[Drawing]:
    now = timezone.now()
    return (
        Drawing.objects.filter(conversation__votes_version__gt=F("votes_version"))
        .filter(Q(taken_until__isnull=True) | Q(taken_until__lt=now))
        .exclude(conversation__state=Conversation.State.DRAFT)
        .order_by("votes_version")
    )


def _open_drawings() -> None:
    """A drawing for each conversation that has had a vote."""
    missing = Conversation.objects.filter(drawing__isnull=True, votes_version__gt=0)
    Drawing.objects.bulk_create(
        [Drawing(conversation=row) for row in missing], ignore_conflicts=True
    )


def _take(conversation_id: int) -> Held | None:
    with transaction.atomic():
        drawing = (
            Drawing.objects.select_for_update(skip_locked=True)
            .filter(conversation_id=conversation_id)
            .filter(Q(taken_until__isnull=True) | Q(taken_until__lt=timezone.now()))
            .first()
        )
        if drawing is None:
            return None
        # In this order: version, then changes, then votes. What comes in between is in the
        # map and will be drawn again.
        conversation = Conversation.objects.get(pk=conversation_id)
        if conversation.votes_version <= drawing.votes_version:
            return None
        last_change = publication.last_change_of(conversation)
        if not publication.rows_are_public(conversation) and not _has_news(conversation, drawing):
            return None
        drawing.taken_until = timezone.now() + LEASE
        drawing.save()
        return Held(
            drawing_id=drawing.pk,
            conversation=conversation,
            last_change=last_change,
            taken_until=drawing.taken_until,
            waiting_since=_waiting_since(drawing),
        )


def _has_news(conversation: Conversation, drawing: Drawing) -> bool:
    """Whether enough people think otherwise than before for something to be published.

    A conversation that has ended has a map, however few were there.
    """
    people = Vote.objects.filter(statement__conversation=conversation).values("participant_id")
    tally = PublishedTally.objects.filter(conversation=conversation).first()
    # Since the last look nothing else has gathered; since the last publication they may be back.
    since = {drawing.last_change, tally.last_change if tally else 0}
    if publication.may_show(conversation, people=people.distinct().count()) and all(
        publication.may_move(conversation, last_change=change) for change in since
    ):
        return True
    if conversation.state != Conversation.State.CLOSED:
        return False
    if drawing.votes_version == 0:
        return True
    # Nothing more will come: it is looked at no more.
    drawing.votes_version = conversation.votes_version
    drawing.save(update_fields=["votes_version"])
    return False


def _waiting_since(drawing: Drawing) -> datetime | None:
    """Unknown for a first map: its votes may have been cast years ago and imported."""
    if drawing.votes_version == 0:
        return None
    return (
        VoteChange.objects.filter(
            statement__conversation_id=drawing.conversation_id,
            id__gt=drawing.last_change,
            # Of those who have left only the day is known.
            participant__has_left=False,
        )
        .order_by("id")
        .values_list("cast_at", flat=True)
        .first()
    )
