"""The demo's conversations: statements in two languages, and an invented electorate's votes."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from config.demo import content, electorate
from deliberate import conversations, folding, participants, statements, votes
from deliberate.models import Conversation, Participant, Place, Statement
from moderation import decisions, reports
from moderation.models import Report

# The demo's people have been at it for so long; electorate.ARRIVALS is less.
OPEN_FOR = timedelta(days=21)
# Statements that are no seeds were written one after the other, so many minutes apart.
MINUTES_APART = 50


class NotTheDemo(Exception):
    """Under the demo's address stands a conversation that is not the demo's."""


def fill(name: str, *, share: float, moderator: User, places: Mapping[str, Place]) -> Conversation:
    """One conversation with all that belongs to it; what is there already is left as it is.

    Raises:
        NotTheDemo: a real conversation has its address.
    """
    words = content.load(name)
    with transaction.atomic():
        conversation = _conversation(words, places)
        people = round(words["people"] * share)
        ids = participants.load(
            conversation=conversation, person_keys=[person_key(person) for person in range(people)]
        )
        person_ids = {person: ids[person_key(person)] for person in range(people)}
        _fill_statements_and_votes(conversation, words, person_ids)
        _fill_pending(conversation, words["pending"], person_ids)
        _fill_reports(conversation, words["reports"], moderator)
        _fill_decisions(conversation, words["decisions"], moderator)
        if "closed_days_ago" in words:
            conversations.close(conversation)
            conversations.publish_result(conversation, result=words["result"])
    return conversation


def person_key(person: int) -> bytes:
    """The key of an invented person."""
    return b"demo:%d" % person


def _conversation(words: dict[str, Any], places: Mapping[str, Place]) -> Conversation:
    known = Conversation.objects.filter(slug=words["slug"]).first()
    if known is not None and not known.is_demo:
        raise NotTheDemo(words["slug"])
    conversation = known or conversations.open_new(
        slug=words["slug"],
        title=words["title"],
        introduction=words["introduction"],
        promise=words["promise"],
        language="en",
        place=places[words["place"]],
        **_times(words),
        moderation=words["moderation"],
        participation=words["participation"],
        data_policy=Conversation.DataPolicy.AGGREGATE,
        is_demo=True,
    )
    conversations.translate(conversation, **words["translation"])
    return conversation


def _times(words: dict[str, Any]) -> dict[str, datetime]:
    now = timezone.now().replace(microsecond=0)
    if "opens_in_days" in words:
        return {"opens_at": now + timedelta(days=words["opens_in_days"])}
    if "closed_days_ago" in words:
        return {
            "opens_at": now - timedelta(days=words["opened_days_ago"]),
            "closes_at": now - timedelta(days=words["closed_days_ago"]),
        }
    return {"opens_at": now - OPEN_FOR}


def _fill_statements_and_votes(
    conversation: Conversation, words: dict[str, Any], person_ids: dict[int, int]
) -> None:
    subjects = [_subject(row, seed=words["seed"]) for row in words["statements"]]
    rows = [
        statements.LoadedStatement(
            number=row["number"],
            text=row["en"],
            language="en",
            created_at=_moment(conversation, subject.written_after),
            is_seed=row.get("seed", False),
            is_metadata=row.get("metadata", False),
            author_id=None if subject.author is None else person_ids[subject.author],
            translations=(("ur", row["ur"]),),
        )
        for row, subject in zip(words["statements"], subjects, strict=True)
    ]
    statement_ids = statements.load(conversation=conversation, rows=rows)
    casts = electorate.votes(
        subjects,
        people=len(person_ids),
        votes_each=words["votes_each"],
        groups=words["groups"],
        seed=words["seed"],
    )
    votes.load(
        conversation_id=conversation.pk,
        changes=[
            (
                person_ids[cast.person],
                statement_ids[cast.number],
                cast.choice,
                _moment(conversation, cast.after),
            )
            for cast in casts
        ],
    )


def _subject(row: dict[str, Any], *, seed: int) -> electorate.Subject:
    is_seed, number = row.get("seed", False), row["number"]
    return electorate.Subject(
        number=number,
        leans=row["leans"],
        written_after=0 if is_seed else number * MINUTES_APART * electorate.MINUTE,
        # Low numbers, so that they are there in a small demo too.
        author=None if is_seed else number,
        appeal=electorate.appeal(number, seed=seed),
    )


def _moment(conversation: Conversation, after: int) -> datetime:
    return conversation.opens_at + timedelta(seconds=after)


def _fill_pending(
    conversation: Conversation, rows: list[dict[str, str]], person_ids: dict[int, int]
) -> None:
    for person, row in enumerate(rows):
        said = Statement.objects.filter(conversation=conversation, folded=folding.fold(row["text"]))
        if not said.exists() and conversation.takes_votes:
            statements.submit(
                conversation=conversation,
                participant=Participant.objects.get(pk=person_ids[person]),
                text=row["text"],
                language=row["language"],
            )


def _fill_reports(conversation: Conversation, rows: list[dict[str, Any]], moderator: User) -> None:
    for row in rows:
        statement = conversation.statements.get(number=row["statement"])
        reporter = participants.pseudonym(
            conversation=conversation, person_key=person_key(row["by"])
        )
        if (
            statement.state != Statement.State.ACCEPTED
            or Report.objects.filter(statement=statement, reporter_key=reporter).exists()
        ):
            continue
        reports.file_report(
            statement_id=statement.pk,
            reporter_key=reporter,
            reason=row["reason"],
            explanation=row["explanation"],
        )
        if row.get("kept"):
            _decide(statement, moderator, action="keep")


def _fill_decisions(
    conversation: Conversation, rows: list[dict[str, Any]], moderator: User
) -> None:
    for row in rows:
        statement = conversation.statements.get(number=row["statement"])
        if statement.state == Statement.State.ACCEPTED and not statement.decisions.exists():
            _decide(
                statement,
                moderator,
                action=row["action"],
                reason=row["reason"],
                explanation=row["explanation"],
            )


def _decide(
    statement: Statement,
    moderator: User,
    *,
    action: str,
    reason: str = "",
    explanation: str = "",
) -> None:
    decisions.decide(
        statement_id=statement.pk,
        action=action,
        version=decisions.version_of(statement),
        moderator=moderator,
        reason=reason,
        explanation=explanation,
    )
