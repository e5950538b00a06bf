"""Participation over time: votes by whole days, in an `aggregate` conversation never of a few.

There, days are put together until at least MINIMUM people voted in the span, and what is left at
the end waits; today is never in it, and votes count only up to the last published tally, so that
two readings never differ by fewer than five people.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date

from django.core.cache import cache
from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils import timezone

from deliberate.models import Conversation, PublishedTally, VoteChange
from opinion_map.publication import MINIMUM

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
    name = f"participation:{conversation.pk}:{bytes(conversation.secret).hex()[:16]}:{today}"
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
    return together(by_person)


def together(rows: Iterable[tuple[date, int, int]]) -> list[Span]:
    """Days put together until MINIMUM people voted in each span; the unfinished rest is left out.

    `rows` are (day, participant, votes), each pair once.
    """
    by_day: dict[date, Counter[int]] = {}
    for day, person, votes in rows:
        by_day.setdefault(day, Counter())[person] += votes
    spans = []
    open_since: date | None = None
    people: Counter[int] = Counter()
    for day in sorted(by_day):
        open_since = open_since or day
        people += by_day[day]
        if len(people) >= MINIMUM:
            spans.append(Span(open_since, day, people.total(), len(people)))
            open_since, people = None, Counter()
    return spans
