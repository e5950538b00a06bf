"""Participation over time: votes by whole days, in an `aggregate` conversation never of a few.

There, days are put together until at least FEWEST people voted in the span, and what is left at
the end waits; today is never in it, and votes count only up to the last published tally, so that
two readings never differ by fewer than five people.
"""

from dataclasses import dataclass
from datetime import UTC, date

from django.core.cache import cache
from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils import timezone

from deliberate import publication
from deliberate.models import Conversation, PublishedTally, VoteChange

# The sums run over every vote, so they are not made for each reader.
KEPT_SECONDS = 600


@dataclass(frozen=True)
class Span:
    """One day or several, with the votes that were cast or changed in them."""

    first: date
    last: date
    votes: int
    people: int


def of(conversation: Conversation) -> list[Span]:
    """The spans of a conversation so far, the earliest first."""
    today = timezone.now().astimezone(UTC).date()
    name = f"participation:{conversation.pk}:{conversation.created_at.timestamp()}:{today}"
    known = cache.get(name)
    if known is None:
        known = _read(conversation, before=today)
        cache.set(name, known, KEPT_SECONDS)
    return known


def _read(conversation: Conversation, *, before: date) -> list[Span]:
    rows = (
        VoteChange.objects.filter(statement__conversation=conversation)
        .annotate(day=TruncDate("cast_at", tzinfo=UTC))
        .filter(day__lt=before)
        .order_by()
    )
    if conversation.data_policy == Conversation.DataPolicy.OPEN:
        days = rows.values("day").annotate(
            votes=Count("id"), people=Count("participant_id", distinct=True)
        )
        return [
            Span(row["day"], row["day"], row["votes"], row["people"])
            for row in sorted(days, key=lambda row: row["day"])
        ]
    tally = PublishedTally.objects.filter(conversation=conversation).first()
    rows = rows.filter(pk__lte=tally.last_change if tally else 0)
    by_person = rows.values_list("day", "participant_id").annotate(votes=Count("id"))
    return [
        Span(span.first, span.last, span.acts, span.people)
        for span in publication.together(by_person)
    ]
