"""Signatures of each day, for the small chart on a petition's page."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils import timezone

from petitions.models import Petition, Signature

# Two days are no course of anything; more than sixty are not told apart on a phone.
FEWEST: Final = 3
MOST: Final = 60


@dataclass(frozen=True)
class Day:
    """One day by the council's calendar."""

    day: date
    count: int


@dataclass(frozen=True)
class Course:
    """The days from the opening (or the latest sixty), those without signatures too."""

    days: list[Day]

    @property
    def most(self) -> int:
        """The signatures of the fullest day; at least one."""
        return max(1, *(day.count for day in self.days))


def signatures(petition: Petition) -> Course | None:
    """How the signatures that count came in; None while there are too few days to show."""
    if petition.opened_at is None:
        return None
    zone = ZoneInfo(petition.council.time_zone)
    first = timezone.localdate(petition.opened_at, zone)
    last = timezone.localdate(petition.closed_at or timezone.now(), zone)
    first = max(first, last - timedelta(days=MOST - 1))
    length = (last - first).days + 1
    if length < FEWEST:
        return None
    rows = (
        Signature.objects.filter(petition=petition, state=Signature.State.VALID)
        .annotate(day=TruncDate("signed_at", tzinfo=zone))
        .values_list("day")
        .annotate(count=Count("pk"))
    )
    counts = dict(rows)
    days = (first + timedelta(days=step) for step in range(length))
    return Course([Day(day, counts.get(day, 0)) for day in days])
