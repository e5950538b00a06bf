"""What a participant does in the live room, and the replies: the socket calls, this acts.

Plain synchronous functions; each is one visit to the database.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import translation
from django.utils.translation import get_language

from deliberate import (
    errors,
    frames,
    participants,
    positions,
    showing,
    similar,
    statements,
    votes,
    wording,
)
from deliberate.models import Conversation, Participant, PublishedTally


@dataclass(frozen=True)
class Visitor:
    """Whoever holds the socket: their account, their session's keys, their language."""

    user: object
    session: Mapping[str, Any]
    language: str


def answer(*, conversation_id: int, visitor: Visitor, act: frames.Act) -> dict[str, Any]:
    """Do what a frame asks; the content of the `ok` reply.

    Raises:
        DeliberateError: it was refused.
    """
    with translation.override(visitor.language):
        conversation = Conversation.objects.get(pk=conversation_id)
        match act:
            case frames.CastVote():
                return _vote(conversation, visitor, act)
            case frames.TakeBackVote():
                return _take_back(conversation, visitor, act)
            case frames.SubmitStatement():
                return _submit(conversation, visitor, act)
            case frames.FindSimilar():
                return _find_similar(conversation, act)
            case frames.NextStatement():
                return _next(conversation, visitor)
            case frames.Sync():
                return state(conversation, visitor)


def state(conversation: Conversation, visitor: Visitor) -> dict[str, Any]:
    """Everything a page needs to be up to date after an outage."""
    participant = _find(conversation, visitor)
    shown = showing.next_for(conversation=conversation, participant=participant)
    tally = PublishedTally.objects.filter(conversation=conversation).first()
    return {
        "votes_version": tally.votes_version if tally else 0,
        "votes": tally.votes if tally else 0,
        "participants": tally.participants if tally else 0,
        "open": conversation.takes_votes,
        **progress(shown),
        "next": described(shown),
        "newest": [described_statement(row) for row in statements.newest(conversation)],
    }


def progress(shown: showing.Showing) -> dict[str, int | bool]:
    """How far through the conversation somebody is, and through this sitting."""
    return {
        "voted": shown.voted,
        "remaining": shown.remaining,
        "total": shown.total,
        "sitting": shown.in_sitting,
        "pause": shown.is_pause,
    }


def described(shown: showing.Showing) -> dict[str, Any] | None:
    """The next statement as a browser gets it, or None when all have been voted on."""
    return described_statement(shown.statement) if shown.statement else None


def described_statement(statement: Any) -> dict[str, Any]:
    """A statement as a browser gets it, in the reader's language."""
    here = wording.statement_here(statement)
    return {
        "id": here.number,
        "text": here.text_here,
        "language": here.language_here,
        "original": here.original_text if here.is_translation else None,
        "original_language": here.original_language,
        "translated_by": here.translated_by,
    }


def _vote(conversation: Conversation, visitor: Visitor, act: frames.CastVote) -> dict[str, Any]:
    participant = voter(conversation, visitor)
    counted = votes.cast_one(
        participant=participant,
        statement_number=act.statement,
        choice=act.choice,
        ballot_id=act.ballot_id,
    )
    shown = showing.next_for(
        conversation=conversation, participant=participant, skip=counted.statement.number
    )
    position = positions.of(conversation, participant)
    return {
        "statement": counted.statement.number,
        "choice": frames.CHOICE_WORDS[act.choice],
        "next": described(shown),
        "position": list(position) if position else None,
        **progress(shown),
    }


def _take_back(
    conversation: Conversation, visitor: Visitor, act: frames.TakeBackVote
) -> dict[str, Any]:
    participant = voter(conversation, visitor)
    taken = votes.take_back(
        participant=participant, statement_number=act.statement, ballot_id=act.ballot_id
    )
    shown = showing.next_for(conversation=conversation, participant=participant)
    return {"statement": taken.statement.number, **progress(shown)}


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
    )
    shown = showing.next_for(conversation=conversation, participant=participant)
    return {
        "id": statement.number,
        "text": statement.text,
        "state": statement.state,
        **progress(shown),
    }


def _next(conversation: Conversation, visitor: Visitor) -> dict[str, Any]:
    shown = showing.next_for(conversation=conversation, participant=_find(conversation, visitor))
    return {"next": described(shown), **progress(shown)}


def voter(conversation: Conversation, visitor: Visitor) -> Participant:
    """Who votes. One who took part may ask again for earlier answers after the closing.

    Raises:
        DeliberateError: they may not vote here.
    """
    if not conversation.takes_votes and _find(conversation, visitor) is None:
        raise errors.ConversationClosed
    return participants.enter(conversation=conversation, user=visitor.user, session=visitor.session)


def _enter(conversation: Conversation, visitor: Visitor) -> Participant:
    if not conversation.takes_votes:
        raise errors.ConversationClosed
    return participants.enter(conversation=conversation, user=visitor.user, session=visitor.session)


def _find(conversation: Conversation, visitor: Visitor) -> Participant | None:
    return participants.find(conversation=conversation, user=visitor.user, session=visitor.session)
