"""The one door for votes: rules and rows, one transaction for a batch.

This module alone writes Vote and VoteChange. The socket, the form and the importers all enter
here, so the same rules hold for all of them.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Final, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import TruncDay
from django.utils import timezone

from deliberate import errors, many_rows, presence, receipts
from deliberate.models import (
    BallotReceipt,
    Choice,
    Conversation,
    Participant,
    Statement,
    Vote,
    VoteChange,
)

COLUMNS: Final = (
    ("participant_id", "bigint"),
    ("statement_id", "bigint"),
    ("choice", "smallint"),
    ("cast_at", "timestamptz"),
)
# Whether a conversation's row takes votes; its two parameters are the moment.
TAKES_VOTES: Final = "state = 'open' AND opens_at <= %s AND (closes_at IS NULL OR closes_at > %s)"
TOUCH: Final = (
    "UPDATE deliberate_conversation SET votes_version = votes_version + %s"  # noqa: S608
    f" WHERE id = %s AND {TAKES_VOTES} RETURNING statements_version"
)
STATEMENTS: Final = (
    "SELECT statements_version, s.number, s.id, s.state"
    " FROM deliberate_conversation c JOIN deliberate_statement s ON s.conversation_id = c.id"
    " WHERE c.id = %s AND "
)
# So many rows at once are news to PostgreSQL's planner.
MANY: Final = 1000

Pair = tuple[int, int]
Row = tuple[int, int, int | None, datetime]


@dataclass(frozen=True)
class Ballot:
    """One choice of one participant on one statement, by the statement's number.

    Without a choice it takes back the vote that they cast before.
    """

    participant: Participant
    statement_number: int
    choice: Choice | None
    # The sender's own: however often a ballot comes under it, it is counted once.
    id: UUID | None = None

    @property
    def key(self) -> receipts.Key | None:
        """Under which its receipt is kept, if it has an id."""
        return None if self.id is None else (self.participant.pk, self.id)


@dataclass(frozen=True)
class Counted:
    """A ballot that is on disk (once the transaction has committed)."""

    ballot: Ballot
    # Whether the participant's choice is another one than before.
    changed: bool
    # Whether it was counted under its id before: this is the answer it got then.
    is_repeated: bool = False


class _Open(NamedTuple):
    """What of a statement decides whether it takes a ballot."""

    id: int
    state: str
    # Which state of all the conversation's statements that is.
    version: int


class _StatementsMoved(Exception):
    """A statement was decided about while its ballots were on their way to the lock."""


def cast(ballots: Sequence[Ballot]) -> list[Counted | errors.DeliberateError]:
    """Store a batch of ballots in one transaction and answer each in its place.

    A refused ballot gets its own error and does not fail the others. Repeating a ballot changes
    nothing; one with an id is answered as at first, even if the vote was changed since. Of several
    ballots for one statement by one participant the later one stands, and all are kept in the
    history.
    """
    by_conversation: dict[int, list[int]] = defaultdict(list)
    for place, ballot in enumerate(ballots):
        by_conversation[ballot.participant.conversation_id].append(place)
    answers: list[Counted | errors.DeliberateError] = [errors.NotFound()] * len(ballots)
    # In the order of their ids, so that two batches cannot wait for each other.
    for conversation_id in sorted(by_conversation):
        places = by_conversation[conversation_id]
        try:
            results = _cast_until_sure(conversation_id, [ballots[place] for place in places])
        except errors.ConversationClosed as closed:
            results = _cast_before([ballots[place] for place in places], otherwise=closed)
        for place, result in zip(places, results, strict=True):
            answers[place] = result
    return answers


def cast_one(
    *,
    participant: Participant,
    statement_number: int,
    choice: Choice,
    ballot_id: UUID | None = None,
) -> Counted:
    """Store one ballot.

    Raises:
        ConversationClosed: the conversation takes no votes now.
        StatementUnavailable: no such statement is open for votes.
        BallotIdReused: another ballot was counted under that id.
    """
    ballot = Ballot(
        participant=participant, statement_number=statement_number, choice=choice, id=ballot_id
    )
    (answer,) = cast([ballot])
    if isinstance(answer, errors.DeliberateError):
        raise answer
    return answer


def take_back(
    *, participant: Participant, statement_number: int, ballot_id: UUID | None = None
) -> Counted:
    """Take one vote back: it counts no more, and the history keeps that it was.

    Also from a statement that a moderator has rejected since; where there is no vote, nothing
    changes.

    Raises:
        ConversationClosed: the conversation is over, and its votes stay.
        StatementUnavailable: there is no such statement.
    """
    ballot = Ballot(
        participant=participant, statement_number=statement_number, choice=None, id=ballot_id
    )
    (answer,) = cast([ballot])
    if isinstance(answer, errors.DeliberateError):
        raise answer
    return answer


def cast_by_author(*, statement: Statement, participant: Participant) -> None:
    """An author's own agree vote, in the transaction that stores the statement.

    The conversation's row is locked already, and the author held.
    """
    _append(_store([(participant.pk, statement.pk, Choice.AGREE, timezone.now())]))


def join(*, conversation_id: int, from_id: int, into_id: int) -> None:
    """Make two participants' votes one person's: where both have voted, the second's stand.

    What is over stays as it was counted.
    """
    both = Participant.objects.filter(pk__in=[from_id, into_id]).order_by("pk")
    try:
        with transaction.atomic():
            # Neither votes meanwhile.
            list(both.select_for_update())
            changed = _store(_joined(from_id, into_id))
            _touch_open(conversation_id, changed=bool(changed), now=timezone.now())
            _append(changed)
    except errors.ConversationClosed:
        return


def _joined(from_id: int, into_id: int) -> list[Row]:
    theirs = dict(Vote.objects.filter(participant=from_id).values_list("statement_id", "choice"))
    own = set(Vote.objects.filter(participant=into_id).values_list("statement_id", flat=True))
    now = timezone.now()
    rows: list[Row] = [(from_id, statement, None, now) for statement in theirs]
    rows += [(into_id, pk, choice, now) for pk, choice in theirs.items() if pk not in own]
    return sorted(rows, key=lambda row: row[:2])


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
    # What was taken back here stays so, whatever an older history says.
    latest: dict[Pair, tuple[int | None, datetime]] = {
        (participant_id, statement_id): (None, cast_at)
        for participant_id, statement_id, cast_at in VoteChange.objects.filter(
            statement__conversation_id=conversation_id, choice=None
        ).values_list("participant_id", "statement_id", "cast_at")
    }
    latest.update(current)
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
        _insert(
            "deliberate_vote",
            [
                (*pair, *vote)
                for pair, vote in latest.items()
                if vote[0] is not None and current.get(pair) != vote
            ],
            " ON CONFLICT (participant_id, statement_id)"
            " DO UPDATE SET choice = excluded.choice, cast_at = excluded.cast_at",
        )
        Conversation.objects.filter(pk=conversation_id).update(votes_version=F("votes_version") + 1)
        _append(history)
        if len(history) >= MANY:
            _analyse()
    return len(history)


def _analyse() -> None:
    """Tell PostgreSQL's planner of the rows: until it knows, joins on them take minutes."""
    if connection.vendor == "postgresql":
        models = (Vote, VoteChange, Statement, Participant)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE " + ", ".join(model._meta.db_table for model in models))


def forget_times(conversation: Conversation) -> None:
    """Keep of each vote only the day: to the second it could be matched with other logs."""
    for table in (Vote, VoteChange):
        table.objects.filter(statement__conversation=conversation).update(
            cast_at=TruncDay("cast_at", tzinfo=UTC)
        )
    BallotReceipt.objects.filter(statement__conversation=conversation).delete()


def forget_times_of(participant: Participant) -> None:
    """The same for one person's votes, when they leave."""
    for table in (Vote, VoteChange):
        table.objects.filter(participant=participant).update(
            cast_at=TruncDay("cast_at", tzinfo=UTC)
        )


def forget_choices(participants: Sequence[int]) -> None:
    """Of people who have no votes any more, forget what they were: the history still replays."""
    VoteChange.objects.filter(participant__in=participants).update(choice=None)


def forget_history(participants: Sequence[int]) -> None:
    """Of people who have no votes any more, forget that they had any."""
    VoteChange.objects.filter(participant__in=participants).delete()


def of_participant(participant: Participant) -> Mapping[int, int]:
    """Everything one participant has voted on: {statement id: choice}."""
    return dict(Vote.objects.filter(participant=participant).values_list("statement_id", "choice"))


def _cast_until_sure(
    conversation_id: int, ballots: Sequence[Ballot]
) -> list[Counted | errors.DeliberateError]:
    """Store them; again from the start if one of their statements was decided about meanwhile."""
    while True:
        with suppress(_StatementsMoved), transaction.atomic():
            return _cast_in(conversation_id, ballots)


def _cast_in(
    conversation_id: int, ballots: Sequence[Ballot]
) -> list[Counted | errors.DeliberateError]:
    # Whoever is being erased is waited for here, and then is not there.
    held = presence.hold(ballot.participant.pk for ballot in ballots)
    gone = {
        place
        for place, ballot in enumerate(ballots)
        if not presence.is_there(ballot.participant, held)
    }
    statements = _statements(conversation_id, ballots)
    now = timezone.now()
    fresh = _keep_receipts(ballots, statements, but=gone, now=now)
    changed: list[Row] = []
    for rows in _rounds(ballots, statements, sorted(fresh), now=now):
        changed += _store([rows[pair] for pair in sorted(rows)])
    if fresh:
        version = _touch_open(conversation_id, changed=bool(changed), now=now)
        _require_unmoved(conversation_id, version, statements, [ballots[one] for one in fresh])
        _append(changed)
    before = iter(
        _cast_before(
            [ballot for place, ballot in enumerate(ballots) if place not in fresh | gone],
            otherwise=errors.StatementUnavailable(),
        )
    )
    pairs = {row[:2] for row in changed}
    answers: list[Counted | errors.DeliberateError] = []
    for place, ballot in enumerate(ballots):
        if place in fresh:
            pair = (ballot.participant.pk, statements[ballot.statement_number].id)
            answers.append(Counted(ballot=ballot, changed=pair in pairs))
        else:
            answers.append(errors.ParticipantGone() if place in gone else next(before))
    return answers


def _rounds(
    ballots: Sequence[Ballot],
    statements: Mapping[int, _Open],
    places: Sequence[int],
    *,
    now: datetime,
) -> list[dict[Pair, Row]]:
    """The rows of the ballots at those places.

    One INSERT may not touch a row twice: the second ballot for a pair goes a round later.
    """
    rounds: list[dict[Pair, Row]] = []
    for place in places:
        ballot = ballots[place]
        pair = (ballot.participant.pk, statements[ballot.statement_number].id)
        for rows in rounds:
            if pair not in rows:
                break
        else:
            rows = {}
            rounds.append(rows)
        rows[pair] = (*pair, None if ballot.choice is None else int(ballot.choice), now)
    return rounds


def _require_unmoved(
    conversation_id: int,
    version: int,
    statements: Mapping[int, _Open],
    counted: Sequence[Ballot],
) -> None:
    """Whoever decides about a statement raises the version in the same transaction, under the lock.

    Raises:
        _StatementsMoved: one of them takes its ballot no more.
    """
    if all(statement.version == version for statement in statements.values()):
        return
    now = _statements(conversation_id, counted)
    for ballot in counted:
        statement = now.get(ballot.statement_number)
        if statement is None or not _is_available(statement, ballot):
            raise _StatementsMoved


def _keep_receipts(
    ballots: Sequence[Ballot],
    statements: Mapping[int, _Open],
    *,
    but: Container[int],
    now: datetime,
) -> set[int]:
    """The places of the ballots to count: available, and not counted before under their id."""
    wanted = [
        place
        for place, ballot in enumerate(ballots)
        if place not in but
        and (statement := statements.get(ballot.statement_number)) is not None
        and _is_available(statement, ballot)
    ]
    firsts: dict[receipts.Key, int] = {}
    for place in wanted:
        if (key := ballots[place].key) is not None:
            firsts.setdefault(key, place)
    new = receipts.keep(
        receipts.Receipt(
            *key, statements[ballots[place].statement_number].id, ballots[place].choice, now
        )
        for key, place in firsts.items()
    )
    return {place for place in wanted if ballots[place].key is None} | {firsts[key] for key in new}


def _cast_before(
    ballots: Sequence[Ballot], *, otherwise: errors.DeliberateError
) -> list[Counted | errors.DeliberateError]:
    """The first answers of ballots that were counted under their ids, else that error."""
    found = receipts.earlier([ballot.key for ballot in ballots if ballot.key is not None])
    answers: list[Counted | errors.DeliberateError] = []
    for ballot in ballots:
        receipt = found.get(ballot.key) if ballot.key is not None else None
        if receipt is None:
            answers.append(otherwise)
        elif (receipt.statement.number, receipt.choice) != (ballot.statement_number, ballot.choice):
            answers.append(errors.BallotIdReused())
        else:
            answers.append(Counted(ballot=ballot, changed=False, is_repeated=True))
    return answers


def _statements(conversation_id: int, ballots: Sequence[Ballot]) -> dict[int, _Open]:
    numbers = sorted({ballot.statement_number for ballot in ballots})
    among, parameters = many_rows.among("s.number", "bigint", numbers)
    rows = many_rows.fetch(STATEMENTS + among, [conversation_id, *parameters])
    return {number: _Open(pk, state, version) for version, number, pk, state in rows}


def _is_available(statement: _Open, ballot: Ballot) -> bool:
    return ballot.choice is None or statement.state == Statement.State.ACCEPTED


def _touch_open(conversation_id: int, *, changed: bool, now: datetime) -> int:
    """Raise the version, and with the row locked make sure that the conversation is still open.

    The version of its statements. Only the history is written after it, so that the lock is held
    for the shortest time.
    """
    at = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute(TOUCH, [int(changed), conversation_id, at, at])
        still_open = cursor.fetchone()
    if still_open is None:
        raise errors.ConversationClosed
    return int(still_open[0])


def _append(changed: Sequence[Row]) -> None:
    """Add to the history, with the conversation's row locked.

    So its ids are in the order of the commits: whoever has read up to one has missed none below.
    """
    if changed:
        _insert("deliberate_votechange", changed)


def _store(rows: Sequence[Row]) -> list[Row]:
    """Write the rows in their order; those that changed something.

    Votes are written many at once, takings back one by one: they are rare, and so every
    transaction locks its rows in the order of the pairs and none waits for another in a circle.
    """
    changed: list[Row] = []
    for is_taken_back, run in groupby(rows, key=lambda row: row[2] is None):
        part = list(run)
        changed += _delete(part) if is_taken_back else _upsert(part)
    return changed


def _upsert(rows: Sequence[Row]) -> list[Row]:
    """Store the votes; those that are new or other than before."""
    # RETURNING speaks under the row's own lock.
    changed = _insert(
        "deliberate_vote",
        rows,
        " ON CONFLICT (participant_id, statement_id)"
        " DO UPDATE SET choice = excluded.choice, cast_at = excluded.cast_at"
        " WHERE deliberate_vote.choice <> excluded.choice",
        returning="participant_id, statement_id",
    )
    if len(changed) == len(rows):
        return list(rows)
    pairs = set(changed)
    return [row for row in rows if (row[0], row[1]) in pairs]


def _delete(rows: Sequence[Row]) -> list[Row]:
    """Remove the votes; those that there were."""
    return [
        row
        for row in rows
        if Vote.objects.filter(participant_id=row[0], statement_id=row[1]).delete()[0]
    ]


def _insert(
    table: str, rows: Sequence[Row], on_conflict: str = "", *, returning: str = ""
) -> list[tuple[int, ...]]:
    """Insert votes or changes, many in one statement; the pairs that `returning` names."""
    adapt = connection.ops.adapt_datetimefield_value
    return many_rows.insert(
        table,
        COLUMNS,
        [(*row[:3], adapt(row[3])) for row in rows],
        on_conflict=on_conflict,
        returning=returning,
    )
