"""The one door for votes: rules and rows, one transaction for a batch.

This module alone writes Vote and VoteChange. The socket, the form and the importers all enter
here, so the same rules hold for all of them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from deliberate import errors
from deliberate.models import Choice, Conversation, Participant, Statement, Vote, VoteChange

# Rows in one INSERT; SQLite takes at most 32,766 parameters, four of them a row.
ROWS_AT_ONCE = 1000

Row = tuple[int, int, int, datetime]


@dataclass(frozen=True)
class Ballot:
    """One choice of one participant on one statement, by the statement's number."""

    participant: Participant
    statement_number: int
    choice: Choice


@dataclass(frozen=True)
class Counted:
    """A ballot that is on disk (once the transaction has committed)."""

    ballot: Ballot
    statement: Statement
    changed: bool


def cast(ballots: Sequence[Ballot]) -> list[Counted | errors.DeliberateError]:
    """Store a batch of ballots in one transaction and answer each in its place.

    A refused ballot gets its own error and does not fail the others. Repeating a ballot changes
    nothing. Of several ballots for one statement by one participant the later one stands, and
    all are kept in the history.
    """
    by_conversation: dict[int, list[int]] = defaultdict(list)
    for place, ballot in enumerate(ballots):
        by_conversation[ballot.participant.conversation_id].append(place)
    answers: list[Counted | errors.DeliberateError] = [errors.NotFound()] * len(ballots)
    # In the order of their ids, so that two batches cannot wait for each other.
    for conversation_id in sorted(by_conversation):
        places = by_conversation[conversation_id]
        try:
            with transaction.atomic():
                results = _cast_in(conversation_id, [ballots[place] for place in places])
        except errors.ConversationClosed as closed:
            results = [closed] * len(places)
        for place, result in zip(places, results, strict=True):
            answers[place] = result
    return answers


def cast_one(*, participant: Participant, statement_number: int, choice: Choice) -> Counted:
    """Store one ballot.

    Raises:
        ConversationClosed: the conversation takes no votes now.
        StatementUnavailable: no such statement is open for votes.
    """
    ballot = Ballot(participant=participant, statement_number=statement_number, choice=choice)
    (answer,) = cast([ballot])
    if isinstance(answer, errors.DeliberateError):
        raise answer
    return answer


def cast_by_author(*, statement: Statement, participant: Participant) -> None:
    """An author's own agree vote, in the transaction that stores the statement."""
    _store([(participant.pk, statement.pk, Choice.AGREE, timezone.now())])


def load(*, conversation_id: int, changes: Iterable[tuple[int, int, int, datetime]]) -> int:
    """Add a history of (participant id, statement id, choice, time) in the order of time.

    Idempotent: what the history holds already is not added again, and a vote that was cast here
    later than the loaded one stands. Returns how many changes were new.
    """
    known = set(
        VoteChange.objects.filter(statement__conversation_id=conversation_id)
        .order_by()
        .values_list("participant_id", "statement_id", "cast_at")
    )
    current = {
        (participant_id, statement_id): (choice, cast_at)
        for participant_id, statement_id, choice, cast_at in Vote.objects.filter(
            statement__conversation_id=conversation_id
        ).values_list("participant_id", "statement_id", "choice", "cast_at")
    }
    latest = dict(current)
    history: list[Row] = []
    for participant_id, statement_id, choice, cast_at in changes:
        pair = (participant_id, statement_id)
        before = latest.get(pair)
        if (*pair, cast_at) in known:
            continue
        if before is not None and (before[0] == choice or before[1] >= cast_at):
            continue
        latest[pair] = (choice, cast_at)
        history.append((*pair, choice, cast_at))
    if not history:
        return 0
    with transaction.atomic():
        _insert("deliberate_votechange", history)
        _insert(
            "deliberate_vote",
            [(*pair, *vote) for pair, vote in latest.items() if current.get(pair) != vote],
            " ON CONFLICT (participant_id, statement_id)"
            " DO UPDATE SET choice = excluded.choice, cast_at = excluded.cast_at",
        )
        Conversation.objects.filter(pk=conversation_id).update(votes_version=F("votes_version") + 1)
        if len(history) >= ROWS_AT_ONCE:
            _analyse()
    return len(history)


def _analyse() -> None:
    """Tell PostgreSQL's planner of the rows: until it knows, joins on them take minutes."""
    if connection.vendor == "postgresql":
        models = (Vote, VoteChange, Statement, Participant)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE " + ", ".join(model._meta.db_table for model in models))


def of_participant(participant: Participant) -> Mapping[int, int]:
    """Everything one participant has voted on: {statement id: choice}."""
    return dict(Vote.objects.filter(participant=participant).values_list("statement_id", "choice"))


def _cast_in(
    conversation_id: int, ballots: Sequence[Ballot]
) -> list[Counted | errors.DeliberateError]:
    statements = {
        statement.number: statement
        for statement in Statement.objects.accepted().filter(
            conversation_id=conversation_id,
            number__in={ballot.statement_number for ballot in ballots},
        )
    }
    now = timezone.now()
    rounds: list[dict[tuple[int, int], Row]] = []
    for ballot in ballots:
        statement = statements.get(ballot.statement_number)
        if statement is None:
            continue
        pair = (ballot.participant.pk, statement.pk)
        # One INSERT may not touch a row twice: the second ballot for a pair goes a round later.
        for rows in rounds:
            if pair not in rows:
                break
        else:
            rows = {}
            rounds.append(rows)
        rows[pair] = (*pair, int(ballot.choice), now)
    changed: set[tuple[int, int]] = set()
    for rows in rounds:
        changed |= _store(sorted(rows.values()))
    if rounds:
        _touch_open(conversation_id, changed=bool(changed), now=now)
    return [
        Counted(
            ballot=ballot,
            statement=statement,
            changed=(ballot.participant.pk, statement.pk) in changed,
        )
        if (statement := statements.get(ballot.statement_number)) is not None
        else errors.StatementUnavailable()
        for ballot in ballots
    ]


def _touch_open(conversation_id: int, *, changed: bool, now: datetime) -> None:
    """Raise the version, and with the row locked make sure that the conversation is still open.

    Last in the transaction, so that its lock is held for the shortest time.
    """
    still_open = Conversation.objects.filter(
        Q(closes_at__isnull=True) | Q(closes_at__gt=now),
        pk=conversation_id,
        state=Conversation.State.OPEN,
        opens_at__lte=now,
    ).update(votes_version=F("votes_version") + int(changed))
    if not still_open:
        raise errors.ConversationClosed


def _store(rows: Sequence[Row]) -> set[tuple[int, int]]:
    """Upsert the rows and append to the history those that changed something; which ones did."""
    # Django's bulk_create cannot say which rows it changed; RETURNING with a WHERE can, under
    # the row's own lock, so the history is in the order of the locks.
    changed = _insert(
        "deliberate_vote",
        rows,
        " ON CONFLICT (participant_id, statement_id)"
        " DO UPDATE SET choice = excluded.choice, cast_at = excluded.cast_at"
        " WHERE deliberate_vote.choice <> excluded.choice",
        returning=" RETURNING participant_id, statement_id, choice",
    )
    if changed:
        now = rows[0][3]
        _insert("deliberate_votechange", [(*row, now) for row in changed])
    return {(participant_id, statement_id) for participant_id, statement_id, _choice in changed}


def _insert(
    table: str, rows: Sequence[Row], on_conflict: str = "", *, returning: str = ""
) -> list[tuple[int, int, int]]:
    """Insert votes or changes, many in one statement; the rows that `returning` names."""
    adapt = connection.ops.adapt_datetimefield_value
    answered: list[tuple[int, int, int]] = []
    with connection.cursor() as cursor:
        for start in range(0, len(rows), ROWS_AT_ONCE):
            part = rows[start : start + ROWS_AT_ONCE]
            values = ", ".join(["(%s, %s, %s, %s)"] * len(part))
            cursor.execute(
                f"INSERT INTO {table} (participant_id, statement_id, choice, cast_at)"  # noqa: S608
                f" VALUES {values}{on_conflict}{returning}",
                [value for row in part for value in (*row[:3], adapt(row[3]))],
            )
            if returning:
                answered += cursor.fetchall()
    return answered
