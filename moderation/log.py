"""The public log: the record's lines about moderation, each with what may be shown of its text."""

from dataclasses import dataclass

from django.db.models import QuerySet

from deliberate import wording
from deliberate.models import Conversation, Statement
from moderation.decisions import KINDS
from moderation.reasons import HIDDEN
from record.models import RecordLine
from record.wording import sentence


@dataclass(frozen=True)
class Entry:
    """One decision as everyone may read it: never who decided."""

    line: RecordLine
    sentence: str
    conversation: wording.ConversationWording | None
    # None where showing the text would do again what it was rejected for.
    words: wording.StatementWording | None


def lines() -> QuerySet[RecordLine]:
    """Every line about moderation, with what its entry needs."""
    return (
        RecordLine.objects.filter(kind__in=KINDS)
        .select_related("decision__statement__conversation")
        .prefetch_related("decision__statement__texts", "decision__statement__conversation__texts")
    )


def entry(line: RecordLine) -> Entry:
    """The line in words."""
    decision = getattr(line, "decision", None)
    statement = decision.statement if decision else None
    return Entry(
        line=line,
        sentence=sentence(line),
        conversation=wording.conversation_here(statement.conversation) if statement else None,
        words=wording.statement_here(statement) if statement and may_show(statement) else None,
    )


def may_show(statement: Statement) -> bool:
    """Whether everyone may read the text, in the state it is in now."""
    if statement.conversation.state == Conversation.State.DRAFT:
        return False
    if statement.state == Statement.State.REJECTED:
        return statement.rejection_reason not in HIDDEN
    return statement.state == Statement.State.ACCEPTED
