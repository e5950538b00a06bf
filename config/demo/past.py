"""The demo's petitions have a past: what is done under `days_ago` happened then.

A council's clock only shows what it is for once a deadline has gone by. The doors of petitions
take no moment from their callers, and rightly so; the demo is filled by a command that runs alone
and so may turn the one clock that they all ask, django.utils.timezone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from django.utils import timezone


@contextmanager
def days_ago(days: int) -> Iterator[None]:
    """Let it be so many days ago."""
    present = timezone.now

    def then() -> datetime:
        return datetime.now(UTC) - timedelta(days=days)

    timezone.now = then
    try:
        yield
    finally:
        timezone.now = present
