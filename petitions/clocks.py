"""Counts days to deadlines, by the same rule for everyone."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


def end_of_day(*, start: datetime, days: int, zone: str) -> datetime:
    """The last moment of the day that lies that many days after `start`, where the zone is kept.

    Days are those of the calendar on the council's wall, so a change to summer time does not
    move a deadline off midnight.
    """
    here = ZoneInfo(zone)
    day = start.astimezone(here).date() + timedelta(days=days)
    return datetime.combine(day, time.max, tzinfo=here).astimezone(UTC)


def days_between(now: datetime, then: datetime, *, zone: str) -> int:
    """How many midnights lie between the two, as the zone's calendar has it."""
    here = ZoneInfo(zone)
    return (then.astimezone(here).date() - now.astimezone(here).date()).days
