"""Reports: anybody may say that a statement breaks a rule, with or without an account.

This module alone makes Report rows.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import TruncDay
from django.utils import timezone

from accounts.days import day_of
from deliberate import participants
from deliberate.models import Statement
from moderation import errors
from moderation.models import Report
from petitions.wording import tidy_lines

# Reports that one person may file in a conversation within an hour.
REPORTS_AN_HOUR = 10
# More open reports on one statement tell a moderator nothing new, and only fill the database.
OPEN_REPORTS_KEPT = 200


@dataclass(frozen=True)
class Filed:
    """How a report was taken: `report` is None where the statement had plenty already."""

    report: Report | None
    is_new: bool


def file_report(
    *, statement_id: int, reporter_key: bytes, reason: str, explanation: str = ""
) -> Filed:
    """Store a report; a second one by the same person changes nothing while the first is open.

    `reporter_key` is the reporter's pseudonym in the statement's conversation.

    Raises:
        NotReportable: the statement is not one that people see.
        TooManyReports: this person has reported many statements in the last hour.
    """
    with transaction.atomic():
        # The decision that would answer the report waits, or this waits for it: no report is
        # left open on a statement that has just been rejected. Votes do not wait (no_key).
        statement = Statement.objects.select_for_update(no_key=True).get(pk=statement_id)
        if statement.state != Statement.State.ACCEPTED:
            raise errors.NotReportable
        open_reports = Report.objects.open().filter(statement=statement)
        earlier = open_reports.filter(reporter_key=reporter_key).first()
        if earlier is not None:
            return Filed(report=earlier, is_new=False)
        _refuse_too_many(reporter_key)
        if open_reports.count() >= OPEN_REPORTS_KEPT:
            return Filed(report=None, is_new=False)
        report = Report.objects.create(
            statement=statement,
            reporter_key=reporter_key,
            reason=Statement.Reason(reason),
            explanation=tidy_lines(explanation),
        )
    return Filed(report=report, is_new=True)


def disown(person_keys: Sequence[bytes]) -> None:
    """Let the reports of that person be nobody's, and wordless; open ones wait for a decision."""
    names = participants.names_everywhere(person_keys)
    for pk in list(Report.objects.filter(reporter_key__in=names).values_list("pk", flat=True)):
        _forget(pk)


def forget(*, before: datetime) -> int:
    """Keep only that there were some: of those that were decided, or came, before that moment.

    Also of all in a conversation whose key is gone: nobody could find their own words there any
    more, to see or to erase them.
    """
    over = (
        Q(resolved_by__decided_at__lt=before)
        | Q(resolved_by=None, created_at__lt=before)
        | Q(statement__conversation__key_destroyed_at__isnull=False)
    )
    rows = Report.objects.filter(over, is_forgotten=False)
    old = list(rows.order_by("pk").values_list("pk", flat=True))
    for pk in old:
        _forget(pk)
    return len(old)


def unlink_over() -> int:
    """Where a conversation's key is destroyed its reports are nobody's, and of a day; how many."""
    over = Report.objects.filter(statement__conversation__key_destroyed_at__isnull=False)
    rows = over.exclude(created_at=TruncDay("created_at", tzinfo=UTC))
    found = list(rows.order_by("pk").values_list("pk", "created_at"))
    for pk, at in found:
        Report.objects.filter(pk=pk).update(
            # The reporter's own pseudonym in the conversation leads to their votes.
            reporter_key=secrets.token_bytes(32),
            created_at=day_of(at),
        )
    return len(found)


def _forget(report_id: int) -> None:
    Report.objects.filter(pk=report_id).update(
        reporter_key=secrets.token_bytes(32), explanation="", is_forgotten=True
    )


def _refuse_too_many(reporter_key: bytes) -> None:
    since = timezone.now() - timedelta(hours=1)
    filed = Report.objects.filter(reporter_key=reporter_key, created_at__gte=since).count()
    if filed >= REPORTS_AN_HOUR:
        raise errors.TooManyReports
