"""What waits for a moderator: reported statements, and pending ones of strict conversations."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Count, Exists, Min, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import User
from deliberate import conversation_keys, participants, wording
from deliberate.models import Statement
from moderation.models import Report

REPORTED: Final = "reported"
PENDING: Final = "pending"
WAITING: Final = {
    REPORTED: Q(state=Statement.State.ACCEPTED) & Q(is_reported=True),
    PENDING: Q(state=Statement.State.PENDING),
}
# Of many reports a list shows the latest; the statement's own page shows all.
EXPLANATIONS_LISTED: Final = 3


@dataclass(frozen=True)
class Case:
    """One statement as it lies on the moderators' desk."""

    statement: Statement
    words: wording.StatementWording
    conversation: wording.ConversationWording
    reports: Sequence[Report]
    reasons: list[tuple[str, int]]
    waiting_since: datetime
    # Whoever looks wrote or reported it, so somebody else decides.
    is_own: bool

    @property
    def latest_explanations(self) -> list[Report]:
        """The latest reports that say something in their own words."""
        explained = [report for report in self.reports if report.explanation]
        return explained[-EXPLANATIONS_LISTED:]


def waiting(show: str = "") -> QuerySet[Statement]:
    """The statements that wait for a decision; one sort of them by `show`."""
    is_reported = Exists(Report.objects.open().filter(statement=OuterRef("pk")))
    return Statement.objects.alias(is_reported=is_reported).filter(
        WAITING.get(show, WAITING[REPORTED] | WAITING[PENDING])
    )


def listed(statements: QuerySet[Statement]) -> QuerySet[Statement]:
    """Those statements with all that their cases need, in the order of the desk."""
    reports = Report.objects.open().filter(statement=OuterRef("pk")).order_by().values("statement")
    return (
        statements.annotate(
            open_reports=Coalesce(Subquery(reports.annotate(n=Count("pk")).values("n")), 0),
            waiting_since=Coalesce(
                Subquery(reports.annotate(first=Min("created_at")).values("first")), "created_at"
            ),
        )
        .select_related("conversation", "author")
        .prefetch_related(
            "texts",
            "conversation__texts",
            Prefetch("reports", Report.objects.open(), to_attr="reports_open"),
        )
        .order_by("-open_reports", "waiting_since", "pk")
    )


def counts() -> dict[str, int]:
    """How many wait, by sort."""
    return {show: waiting(show).count() for show in WAITING}


def case_of(statement_id: int, *, moderator: User) -> Case | None:
    """Any statement as a case, whether it waits or not."""
    statement = listed(Statement.objects.filter(pk=statement_id)).first()
    return None if statement is None else case(statement, moderator=moderator)


def case(statement: Statement, *, moderator: User) -> Case:
    """A waiting statement as that moderator sees it."""
    reports: Sequence[Report] = statement.reports_open  # type: ignore[attr-defined]
    counted = Counter(report.get_reason_display() for report in reports)
    return Case(
        statement=statement,
        words=wording.statement_here(statement),
        conversation=wording.conversation_here(statement.conversation),
        reports=reports,
        reasons=counted.most_common(),
        waiting_since=statement.waiting_since,  # type: ignore[attr-defined]
        is_own=_is_own(statement, reports, moderator=moderator),
    )


def _is_own(statement: Statement, reports: Sequence[Report], *, moderator: User) -> bool:
    if conversation_keys.is_destroyed(statement.conversation):
        return False
    name = participants.pseudonym(
        conversation=statement.conversation, person_key=bytes(moderator.participation_key)
    )
    keys = {bytes(report.reporter_key) for report in reports}
    if statement.author is not None:
        keys.add(bytes(statement.author.key))
    return name in keys
