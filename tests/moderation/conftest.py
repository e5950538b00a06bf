"""A statement on a moderator's desk, and people who report it."""

from collections.abc import Callable

import pytest

from accounts.models import Role, User
from deliberate import participants
from deliberate.models import Statement
from moderation import decisions, reports
from moderation.models import Decision, Report
from tests import factories

WORDS = "These words are long enough."
Decide = Callable[..., Decision]
ReportBy = Callable[..., Report]


@pytest.fixture
def statement() -> Statement:
    """An accepted statement of somebody."""
    conversation = factories.conversation(slug="water", title="Water")
    return factories.statement(
        conversation=conversation,
        text="The well is dry.",
        author=factories.participant(conversation=conversation),
    )


@pytest.fixture
def moderator() -> User:
    return factories.moderator(email="moderator@example.org", display_name="Moni Moderator")


@pytest.fixture
def senior() -> User:
    """Hears appeals, and has decided about nothing yet."""
    return factories.official(Role.SENIOR_MODERATOR)


@pytest.fixture
def report_by() -> ReportBy:
    """Reports a statement under the pseudonym of an account, a new one unless given."""

    def report(statement: Statement, user: User | None = None, **fields: str) -> Report:
        filed = reports.file_report(
            statement_id=statement.pk,
            reporter_key=pseudonym(statement, user or factories.user()),
            **{"reason": "insult"} | fields,
        )
        assert filed.report is not None
        return filed.report

    return report


@pytest.fixture
def decide(moderator: User, senior: User) -> Decide:
    """Decides as the moderator or, to restore, as the senior one, about it as it is now."""

    def decide(statement: Statement, action: str, **fields: object) -> Decision:
        if action in decisions.REASONS:
            fields = {"reason": decisions.REASONS[action][0], "explanation": WORDS} | fields
        now = Statement.objects.get(pk=statement.pk)
        by = senior if action == Decision.Action.RESTORE else moderator
        arguments = {"version": decisions.version_of(now), "moderator": by} | fields
        return decisions.decide(statement_id=statement.pk, action=action, **arguments)

    return decide


def pseudonym(statement: Statement, user: User) -> bytes:
    """How that account is known in the statement's conversation."""
    return participants.pseudonym(
        conversation=statement.conversation, person_key=bytes(user.participation_key)
    )
