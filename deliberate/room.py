"""What a participant does in the live room, and the replies: the socket calls, this acts.

Plain synchronous functions; each is one visit to the database.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import translation
from django.utils.translation import get_language

from deliberate import (
    boards,
    errors,
    frames,
    participants,
    showing,
    similar,
    statements,
    wording,
)
from deliberate.models import Conversation, Participant


@dataclass(frozen=True)
class Visitor:
    """Whoever holds the socket: their account, their session's keys, their language."""

    user: object
    session: Mapping[str, Any]
    language: str


# What is answered here, one by one; ballots, and what comes next, are the box's (ballot_box.py).
Act = frames.SubmitStatement | frames.FindSimilar


def answer(*, conversation_id: int, visitor: Visitor, act: Act) -> dict[str, Any]:
    """Do what a frame asks; the content of the `ok` reply.

    Raises:
        DeliberateError: it was refused.
    """
    with translation.override(visitor.language):
        conversation = Conversation.objects.get(pk=conversation_id)
        match act:
            case frames.SubmitStatement():
                return _submit(conversation, visitor, act)
            case frames.FindSimilar():
                return _find_similar(conversation, act)


def progress(shown: showing.Showing) -> dict[str, int | bool]:
    """How far through the conversation somebody is, and through this sitting."""
    return {
        "voted": shown.voted,
        "remaining": shown.remaining,
        "total": shown.total,
        "sitting": shown.in_sitting,
        "pause": shown.is_pause,
    }


def described_statement(statement: Any) -> dict[str, Any]:
    """A statement as a browser gets it, in the reader's language."""
    return boards.describe(wording.statement_here(statement))


def _find_similar(conversation: Conversation, act: frames.FindSimilar) -> dict[str, Any]:
    text = act.text[: conversation.statement_max_length]
    return {"similar": [described_statement(row) for row in similar.to(conversation, text)]}


def _submit(
    conversation: Conversation, visitor: Visitor, act: frames.SubmitStatement
) -> dict[str, Any]:
    participant = _enter(conversation, visitor)
    statement = statements.submit(
        conversation=conversation,
        participant=participant,
        text=act.text,
        language=get_language() or conversation.language,
        account_id=getattr(visitor.user, "pk", None),
    )
    shown = showing.next_for(conversation=conversation, participant=participant)
    return {
        "id": statement.number,
        "text": statement.text,
        "state": statement.state,
        **progress(shown),
    }


def _enter(conversation: Conversation, visitor: Visitor) -> Participant:
    if not conversation.takes_votes:
        raise errors.ConversationClosed
    return participants.enter(conversation=conversation, user=visitor.user, session=visitor.session)
