"""How far the opinion maps are behind the votes, for whoever watches the machines."""

from django.db.models import F
from django.utils import timezone

from deliberate import metrics, publication
from deliberate.models import Conversation, VoteChange
from opinion_map.models import Drawing


def measure() -> None:
    """Publish the lag as a metric of this process."""
    metrics.MAP_LAG.set(seconds())


def seconds() -> float:
    """How long the oldest vote that no map has yet has waited for one; 0 if none waits.

    Votes that wait for others, so that nobody can be told from a step of the map, do not count.
    """
    behind = (
        Drawing.objects.filter(conversation__votes_version__gt=F("votes_version"))
        .exclude(conversation__state=Conversation.State.DRAFT)
        .select_related("conversation")
    )
    return max((_seconds(drawing) for drawing in behind), default=0.0)


def _seconds(drawing: Drawing) -> float:
    conversation = drawing.conversation
    if not publication.may_move(conversation, last_change=drawing.last_change):
        return 0.0
    cast_at = (
        # Of people who have left, only the day is known.
        VoteChange.objects.filter(participant__has_left=False)
        .filter(statement__conversation=conversation, id__gt=drawing.last_change)
        .order_by("id")
        .values_list("cast_at", flat=True)
        .first()
    )
    if cast_at is None:  # the statements have changed, not the votes
        return 0.0
    # Imported votes were cast long before they could wait here.
    return (timezone.now() - max(cast_at, conversation.created_at)).total_seconds()
