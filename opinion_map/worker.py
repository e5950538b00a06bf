"""Draws stale maps: newest need first, one worker at a time for a conversation.

A map is stale when its conversation's votes have moved since. A worker takes the drawing by a
lease, so that one that dies leaves the old map, and another takes over when the lease ends.
"""

import logging
import time
from datetime import timedelta

from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from deliberate import tallies
from deliberate.models import Conversation
from opinion_map import snapshots
from opinion_map.models import Drawing

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)
# Under steady votes a map rests three times as long as its drawing took, so that it takes a
# quarter of a worker's time; but a watcher never waits for more than two seconds or one drawing.
REST = 3.0
LONGEST_REST_SECONDS = 2.0


def step() -> None:
    """Draw each stale map that is due, once."""
    _open_drawings()
    for conversation_id in list(_stale().values_list("conversation_id", flat=True)):
        draw(conversation_id)


def draw_stale() -> int:
    """Draw every stale map now, due or not; how many were drawn. For commands and tests."""
    _open_drawings()
    return sum(draw(pk) for pk in list(_behind().values_list("conversation_id", flat=True)))


def draw(conversation_id: int) -> bool:
    """Draw one conversation's map if it may move and no other worker has it."""
    held = _take(conversation_id)
    if held is None:
        return False
    drawing, conversation, last_change = held
    started = time.monotonic()
    version = drawing.votes_version
    try:
        version = snapshots.draw(conversation).votes_version
        drawing.last_change = last_change
    finally:
        spent = time.monotonic() - started
        drawing.votes_version = version
        drawing.taken_until = None
        rest = min(REST * spent, max(spent, LONGEST_REST_SECONDS))
        drawing.not_before = timezone.now() + timedelta(seconds=rest)
        drawing.save()
    logger.info("Map of conversation %s drawn in %.2f s.", conversation_id, spent)
    return True


def _behind() -> models.QuerySet[Drawing]:
    now = timezone.now()
    return (
        Drawing.objects.filter(conversation__votes_version__gt=F("votes_version"))
        .filter(Q(taken_until__isnull=True) | Q(taken_until__lt=now))
        .exclude(conversation__state=Conversation.State.DRAFT)
        .order_by("votes_version")
    )


def _stale() -> models.QuerySet[Drawing]:
    return _behind().filter(not_before__lte=timezone.now())


def _open_drawings() -> None:
    """A drawing for each conversation that has had a vote."""
    missing = Conversation.objects.filter(drawing__isnull=True, votes_version__gt=0)
    Drawing.objects.bulk_create(
        [Drawing(conversation=row) for row in missing], ignore_conflicts=True
    )


def _take(conversation_id: int) -> tuple[Drawing, Conversation, int] | None:
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
        if not tallies.may_move(conversation, last_change=drawing.last_change):
            return None
        last_change = tallies.last_change_of(conversation)
        drawing.taken_until = timezone.now() + LEASE
        drawing.save()
        return drawing, conversation, last_change
