"""Days are those of the council's calendar."""

from datetime import UTC, datetime, timedelta

import pytest

from petitions import clocks


@pytest.mark.parametrize(
    ("start", "days", "zone", "due"),
    [
        ("2026-11-22T05:00", 60, "UTC", "2027-01-21T23:59:59.999999"),
        # 20:30 in London is already tomorrow in Karachi, five hours ahead.
        ("2026-11-22T20:30", 1, "Asia/Karachi", "2026-11-24T18:59:59.999999"),
        ("2026-11-22T18:30", 1, "Asia/Karachi", "2026-11-23T18:59:59.999999"),
        # Summer time ends on 25 October: the day's end moves in UTC, not on the wall.
        ("2026-10-24T12:00", 1, "Europe/Tallinn", "2026-10-25T21:59:59.999999"),
        ("2026-10-23T12:00", 1, "Europe/Tallinn", "2026-10-24T20:59:59.999999"),
        # Leap day.
        ("2028-02-28T12:00", 1, "UTC", "2028-02-29T23:59:59.999999"),
    ],
)
def test_end_of_day_follows_the_zone(start: str, days: int, zone: str, due: str) -> None:
    moment = datetime.fromisoformat(start).replace(tzinfo=UTC)

    end = clocks.end_of_day(start=moment, days=days, zone=zone)

    assert end == datetime.fromisoformat(due).replace(tzinfo=UTC)


def test_days_between_counts_midnights() -> None:
    due = clocks.end_of_day(start=datetime(2026, 3, 1, 12, tzinfo=UTC), days=3, zone="UTC")

    assert clocks.days_between(due - timedelta(hours=1), due, zone="UTC") == 0
    assert clocks.days_between(due - timedelta(days=3), due, zone="UTC") == 3
    assert clocks.days_between(due + timedelta(minutes=1), due, zone="UTC") == -1
