"""What a moderator has to do with a statement, so that nobody decides in their own case."""

from typing import Final

from accounts.models import User
from deliberate import conversation_keys, participants
from deliberate.models import Statement
from moderation.models import Decision, Report

AUTHOR: Final = "author"
REPORTER: Final = "reporter"
DECIDER: Final = "decider"


def of(*, statement: Statement, moderator: User) -> str:
    """Whether they wrote it, have ever reported it, or have decided about it; empty: nothing.

    The nearest counts. Once the conversation's key is destroyed nobody can tell who wrote or
    reported it; who decided is known for as long as their account is there.
    """
    if not conversation_keys.is_destroyed(statement.conversation):
        name = participants.pseudonym(
            conversation=statement.conversation, person_key=bytes(moderator.participation_key)
        )
        if statement.author is not None and bytes(statement.author.key) == name:
            return AUTHOR
        if Report.objects.filter(statement=statement, reporter_key=name).exists():
            return REPORTER
    decided = Decision.objects.filter(statement=statement, moderator=moderator)
    return DECIDER if decided.exists() else ""
