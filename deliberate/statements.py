"""Statements: how they are written, accepted and rejected.

This module alone writes Statement, StatementText and StatementWithdrawal.
"""

import random
import secrets
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import TruncDay
from django.utils import timezone

from accounts.days import day_of
from deliberate import announcements, author_links, errors, presence, votes
from deliberate.folding import fold
from deliberate.models import (
    Conversation,
    Participant,
    Statement,
    StatementText,
    StatementWithdrawal,
    TranslationVersion,
)
from record import lines
from record.models import RecordLine

# Statements that one participant may write in an hour.
STATEMENTS_AN_HOUR = 10
# Stands where the words of a statement were that its author took away.
WITHDRAWN = "[…]"
# The record says so on one of the days after it.
TOLD_WITHIN_DAYS = 7
SHUFFLE = random.SystemRandom()


@dataclass(frozen=True)
class LoadedStatement:
    """A statement as an importer or a generator brings it."""

    number: int
    text: str
    language: str
    created_at: datetime
    accepted: bool = True
    reason: str = ""
    explanation: str = ""
    is_seed: bool = False
    is_metadata: bool = False
    author_id: int | None = None
    translations: tuple[tuple[str, str], ...] = ()


def tidy(text: str) -> str:
    """The text without control characters and with single spaces, as it is stored."""
    kept = "".join(
        letter
        for letter in text
        # Joiners shape Urdu and Persian words; other controls (bidi overrides among them) go.
        if letter in "\u200c\u200d"
        or unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Co"}
        or letter.isspace()
    )
    return " ".join(unicodedata.normalize("NFC", kept).split())


def submit(
    *,
    conversation: Conversation,
    participant: Participant,
    text: str,
    language: str,
    account_id: int | None = None,
) -> Statement:
    """Store a citizen's statement; it counts as their own agree vote.

    It appears at once, or after a moderator accepted it where the conversation says so. Whoever
    has an account is told what becomes of it, by a link that only the conversation's key opens.

    Raises:
        StatementRefused: empty, too long, said before in the same words, or too many at once.
        ConversationClosed: the conversation takes none now.
        ParticipantGone: whoever writes has been erased.
    """
    text = tidy(text)
    folded = fold(text)
    if not folded:
        raise errors.EmptyStatement
    require_length(conversation, text)
    with transaction.atomic():
        presence.require(participant)
        locked = _locked_open(conversation)
        _refuse_too_many(participant)
        twin = (
            locked.statements.exclude(state=Statement.State.REJECTED)
            .filter(folded=folded)
            .order_by("state", "number")
            .first()
        )
        if twin is not None:
            is_shown = twin.state == Statement.State.ACCEPTED
            raise errors.StatementDuplicate(number=twin.number if is_shown else None)
        accepted = locked.moderation == Conversation.Moderation.OPEN
        statement = Statement.objects.create(
            conversation=locked,
            number=locked.next_statement_number,
            text=text,
            folded=folded,
            language=language,
            state=Statement.State.ACCEPTED if accepted else Statement.State.PENDING,
            author=participant,
            length_limit=locked.statement_max_length,
        )
        votes.cast_by_author(statement=statement, participant=participant)
        if account_id is not None:
            author_links.seal(statement, account_id=account_id)
        Conversation.objects.filter(pk=locked.pk).update(
            next_statement_number=F("next_statement_number") + 1,
            votes_version=F("votes_version") + 1,
        )
        if accepted:
            announcements.statement_accepted(statement)
    return statement


def require_length(conversation: Conversation, text: str) -> None:
    """Judge a text by the conversation's limit, as it would be stored.

    Raises:
        StatementTooLong: it is over the limit.
    """
    length, limit = len(tidy(text)), conversation.statement_max_length
    if length > limit:
        raise errors.StatementTooLong(length=length, limit=limit)


def accept(*, statement_id: int, version: int) -> Statement:
    """Let a pending or rejected statement into the room and the map.

    Raises:
        StaleVersion: it is not in the version that the moderator saw.
        IllegalStatementChange: it is accepted already.
    """
    with transaction.atomic():
        statement = _locked(statement_id, version=version)
        if statement.state == Statement.State.ACCEPTED:
            raise errors.IllegalStatementChange
        if statement.rejection_reason == Statement.Reason.WITHDRAWN:
            # Its words are gone.
            raise errors.IllegalStatementChange
        author_links.tell(statement, kind="statement.accepted")
        statement.state = Statement.State.ACCEPTED
        statement.rejection_reason = statement.rejection_explanation = ""
        _save_decided(statement)
        announcements.statement_accepted(statement)
    return statement


def reject(*, statement_id: int, version: int, reason: str, explanation: str) -> Statement:
    """Take a statement out of the room and the map; its author sees the reason.

    Raises:
        StaleVersion: it is not in the version that the moderator saw.
        IllegalStatementChange: it is rejected already.
    """
    with transaction.atomic():
        statement = _locked(statement_id, version=version)
        if statement.state == Statement.State.REJECTED:
            raise errors.IllegalStatementChange
        statement.state = Statement.State.REJECTED
        statement.rejection_reason = Statement.Reason(reason)
        statement.rejection_explanation = explanation
        _save_decided(statement)
        author_links.tell(statement, kind="statement.rejected")
        announcements.statement_removed(statement)
    return statement


def hold(statement_ids: Sequence[int]) -> QuerySet[Statement]:
    """Those statements, locked as a decision locks them.

    Not against votes (no_key): a vote looks at its statement when it commits, and then has the
    conversation's row, for which whoever decides waits.
    """
    rows = Statement.objects.select_for_update(of=["self"], no_key=True)
    return rows.filter(pk__in=statement_ids).order_by("pk")


def disown(*, statement_ids: Sequence[int], remove_words: bool) -> None:
    """Take the author off statements whose author goes, and their words too where they want that.

    A statement without its words is out of the room like one that was rejected; the record keeps
    that there was one, and loses what proves its words.
    """
    with transaction.atomic():
        for statement in hold(statement_ids).select_related("conversation"):
            if remove_words:
                _empty(statement)
            statement.author = None
            statement.save()


def forget_times(conversation: Conversation) -> None:
    """Keep of each statement only the day: to the second it leads to its author's other acts."""
    conversation.statements.update(created_at=TruncDay("created_at", tzinfo=UTC))


def _empty(statement: Statement) -> None:
    was_shown = statement.state == Statement.State.ACCEPTED
    subject = statement.conversation.get_absolute_url()
    statement.text = statement.folded = WITHDRAWN
    statement.state = Statement.State.REJECTED
    statement.rejection_reason = Statement.Reason.WITHDRAWN
    statement.rejection_explanation = ""
    statement.version += 1
    StatementText.objects.filter(statement=statement).delete()
    TranslationVersion.objects.filter(statement=statement).delete()
    for line in RecordLine.objects.filter(
        subject=subject, kind__startswith="statement.", facts__statement=statement.number
    ):
        lines.forget(line)
    StatementWithdrawal.objects.get_or_create(
        statement=statement,
        defaults={"told_on": _today() + timedelta(days=1 + secrets.randbelow(TOLD_WITHIN_DAYS))},
    )
    if was_shown:
        Conversation.objects.filter(pk=statement.conversation_id).update(
            votes_version=F("votes_version") + 1
        )
        announcements.statement_removed(statement)


def tell_withdrawn(*, today: date | None = None) -> int:
    """Have the record say which statements' words were taken away; how many of them it is today.

    Neither together nor in their order nor at the moment: one person's statements in several
    conversations, and what else of theirs went then, would be found by it.
    """
    waiting = StatementWithdrawal.objects.filter(told_on__lte=today or _today()).order_by("pk")
    rows = waiting.select_related("statement__conversation")
    with transaction.atomic():
        due = list(rows.select_for_update(of=("self",), skip_locked=True))
        SHUFFLE.shuffle(due)
        for one in due:
            conversation = one.statement.conversation
            lines.append(
                kind="statement.withdrawn",
                subject=conversation.get_absolute_url(),
                facts={"conversation": conversation.slug, "statement": one.statement.number},
                at=day_of(timezone.now()),
            )
            one.delete()
    return len(due)


def set_priorities(*, conversation_id: int, priorities: Mapping[int, float]) -> None:
    """Keep how much the map wants each statement shown: {statement id: priority > 0}.

    The announcement of the map tells the processes, last in its transaction: from there on votes
    wait for the conversation's row.
    """
    rows = [
        Statement(pk=pk, conversation_id=conversation_id, priority=priority)
        for pk, priority in sorted(priorities.items())
    ]
    Statement.objects.bulk_update(rows, ["priority"], batch_size=500)


def load(*, conversation: Conversation, rows: Iterable[LoadedStatement]) -> dict[int, int]:
    """Store statements that come with their numbers; {number: id}, also of those known before.

    What is stored under a number already is left as it is: it may have been moderated here.
    """
    rows = list(rows)
    known = dict(conversation.statements.values_list("number", "id"))
    new = [row for row in rows if row.number not in known]
    with transaction.atomic():
        Statement.objects.bulk_create([_loaded(conversation, row) for row in new], batch_size=500)
        ids = dict(conversation.statements.values_list("number", "id"))
        StatementText.objects.bulk_create(
            [
                StatementText(statement_id=ids[row.number], language=language, text=text)
                for row in new
                for language, text in row.translations
            ],
            batch_size=500,
        )
        if new:
            Conversation.objects.filter(pk=conversation.pk).update(
                next_statement_number=max(ids) + 1, votes_version=F("votes_version") + 1
            )
            announcements.statements_changed(conversation.pk)
    return ids


def newest(conversation: Conversation, *, count: int = 5) -> Sequence[Statement]:
    """The latest accepted statements, with their translations."""
    return list(
        conversation.statements.filter(state=Statement.State.ACCEPTED)
        .prefetch_related("texts")
        .order_by("-created_at", "-number")[:count]
    )


def _today() -> date:
    return timezone.now().astimezone(UTC).date()


def _loaded(conversation: Conversation, row: LoadedStatement) -> Statement:
    return Statement(
        conversation=conversation,
        number=row.number,
        text=row.text,
        folded=fold(row.text),
        language=row.language,
        state=Statement.State.ACCEPTED if row.accepted else Statement.State.REJECTED,
        rejection_reason="" if row.accepted else row.reason,
        rejection_explanation="" if row.accepted else row.explanation,
        is_seed=row.is_seed,
        is_metadata=row.is_metadata,
        author_id=row.author_id,
        created_at=row.created_at,
    )


def _locked_open(conversation: Conversation) -> Conversation:
    locked = Conversation.objects.select_for_update(no_key=True).get(pk=conversation.pk)
    if not locked.takes_votes:
        raise errors.ConversationClosed
    return locked


def _locked(statement_id: int, *, version: int) -> Statement:
    statement = hold([statement_id]).select_related("conversation").get()
    if statement.version != version:
        raise errors.StaleVersion
    return statement


def _refuse_too_many(participant: Participant) -> None:
    since = timezone.now() - timedelta(hours=1)
    if participant.statements.filter(created_at__gte=since).count() >= STATEMENTS_AN_HOUR:
        raise errors.TooManyStatements


def _save_decided(statement: Statement) -> None:
    statement.version += 1
    statement.save(update_fields=["state", "rejection_reason", "rejection_explanation", "version"])
    Conversation.objects.filter(pk=statement.conversation_id).update(
        votes_version=F("votes_version") + 1
    )
