"""A conversation in the form of a Polis export: its columns, its order, its signs.

What an export holds follows from the conversation's declared data policy. `open`: every row,
under ids drawn anew for each file, in random order, with the day instead of the time.
`aggregate`: no rows of people at all, no authors, and counts only of at least 10 people, as of
the last published tally, so that two downloads never differ by fewer than five people.
Statements that wait for a moderator are left out; the texts of those rejected here are withheld.
A text that a spreadsheet would run as a formula begins with an apostrophe, which the importer
takes off again (polis_files.py). Counts are of people's last votes, where Polis counts events.
"""

import csv
import io
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime

from django.db.models import Count, Max, QuerySet
from django.db.models.functions import TruncDate

from deliberate import publication, tallies
from deliberate.models import Choice, Conversation, Statement, Vote, VoteChange
from deliberate.polis_files import guarded

# Files that hold rows of people, so only `open` conversations have them.
ROWS_OF_PEOPLE = frozenset({"votes", "participants-votes"})
# Characters that are written at once to the network.
CHUNK = 32_768
SHUFFLE = random.SystemRandom()

Row = list[object]


def summary(conversation: Conversation, *, url: str) -> Iterator[Row]:
    """summary.csv: names and values; what this site does not count stays blank."""
    description = "\n\n".join(
        part for part in (conversation.introduction, conversation.source) if part
    )
    voters = tallies.published_people(conversation)
    facts = _public(conversation).aggregate(
        commenters=Count("author", distinct=True), comments=Count("pk")
    )
    yield ["topic", guarded(conversation.title)]
    yield ["url", url]
    yield ["views", ""]
    yield ["voters", _shown(conversation, voters, of=voters)]
    yield ["voters-in-conv", ""]
    # Of one statement more it would say whether its author had written before.
    authors = facts["commenters"] if publication.rows_are_public(conversation) else ""
    yield ["commenters", authors]
    yield ["comments", facts["comments"]]
    yield ["groups", ""]
    yield ["conversation-description", guarded(description)]
    if conversation.withdrawn_participants:
        # Not in any other number: they erased their account while the conversation was open.
        withdrawn = _in_steps(conversation, conversation.withdrawn_participants)
        yield ["voters-withdrawn", withdrawn]


def comments(conversation: Conversation, *, url: str) -> Iterator[Row]:
    """comments.csv: the statements with their counts of agrees and disagrees."""
    statements = list(_public(conversation))
    rows_are_open = conversation.data_policy == Conversation.DataPolicy.OPEN
    counts = tallies.published_counts(conversation)
    authors = _fresh_ids({row.author_id for row in statements if row.author_id is not None})
    yield [
        "timestamp",
        "comment-id",
        "author-id",
        "agrees",
        "disagrees",
        "moderated",
        "is-meta",
        "is-seed",
        "group-informed-consensus",
        "comment-body",
    ]
    for row in statements:
        count = counts[row.pk]
        yield [
            _timestamp(row.created_at.astimezone(UTC).date()),
            row.number,
            authors[row.author_id] if rows_are_open and row.author_id is not None else "",
            _shown(conversation, count[Choice.AGREE], of=count.total()),
            _shown(conversation, count[Choice.DISAGREE], of=count.total()),
            -1 if row.state == Statement.State.REJECTED else 1,
            str(row.is_metadata).lower(),
            str(row.is_seed).lower(),
            "",
            guarded(_text(row)),
        ]


def votes(conversation: Conversation, *, url: str) -> Iterator[Row]:
    """votes.csv: for each participant and statement the last vote of each day, day after day.

    Polis has no word for a vote taken back: such a vote and those before it are left out, so
    that the last row of a pair is always what stands.
    """
    taken_back = _taken_back(conversation)
    last_of_day = (
        _history(conversation)
        .annotate(day=TruncDate("cast_at", tzinfo=UTC))
        .values("participant_id", "statement_id", "day")
        .annotate(latest=Max("id"))
        .values("latest")
    )
    changes = (
        VoteChange.objects.filter(pk__in=last_of_day)
        .order_by()
        .annotate(day=TruncDate("cast_at", tzinfo=UTC))
        .values_list("day", "statement__number", "participant_id", "choice", "pk")
    )
    rows = [
        (day, number, participant_id, choice)
        for day, number, participant_id, choice, pk in changes
        if pk > taken_back.get((participant_id, number), 0)
    ]
    SHUFFLE.shuffle(rows)
    # Stable: random within a day, so that a reader who takes a pair's last row is right.
    rows.sort(key=lambda row: row[0])
    people = _fresh_ids({row[2] for row in rows})
    yield ["timestamp", "datetime", "comment-id", "voter-id", "vote"]
    for day, number, participant_id, choice in rows:
        yield [
            _timestamp(day),
            day.strftime("%a %b %d 00:00:00 UTC %Y"),
            number,
            people[participant_id],
            choice,
        ]


def participants_votes(conversation: Conversation, *, url: str) -> Iterator[Row]:
    """participants-votes.csv: a row for each participant, a column for each voted statement."""
    choices: dict[int, dict[int, int]] = defaultdict(dict)
    numbers: set[int] = set()
    current = Vote.objects.filter(statement__in=_public(conversation)).values_list(
        "participant_id", "statement__number", "choice"
    )
    for participant_id, number, choice in current.iterator():
        choices[participant_id][number] = choice
        numbers.add(number)
    written = Counter(_public(conversation).exclude(author=None).values_list("author", flat=True))
    columns = sorted(numbers)
    people = _fresh_ids(choices)
    yield ["participant", "group-id", "n-comments", "n-votes", "n-agree", "n-disagree", *columns]
    # The ids are random, so their order is a shuffle.
    for participant_id in sorted(people, key=lambda pk: people[pk]):
        own = choices[participant_id]
        yield [
            people[participant_id],
            "",
            written[participant_id],
            len(own),
            sum(choice == Choice.AGREE for choice in own.values()),
            sum(choice == Choice.DISAGREE for choice in own.values()),
            *(own.get(number, "") for number in columns),
        ]


FILES: dict[str, Callable[..., Iterator[Row]]] = {
    "summary": summary,
    "comments": comments,
    "votes": votes,
    "participants-votes": participants_votes,
}


def as_csv(rows: Iterable[Row]) -> Iterator[str]:
    """The rows as CSV text, piece by piece."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    for row in rows:
        writer.writerow(row)
        if buffer.tell() >= CHUNK:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _public(conversation: Conversation) -> "QuerySet[Statement]":
    return conversation.statements.exclude(state=Statement.State.PENDING)


def _history(conversation: Conversation) -> "QuerySet[VoteChange]":
    return VoteChange.objects.filter(statement__in=_public(conversation)).order_by()


def _taken_back(conversation: Conversation) -> dict[tuple[int, int], int]:
    """The last taking back of a vote: {(participant id, statement number): change's id}."""
    return {
        (participant_id, number): latest
        for participant_id, number, latest in _history(conversation)
        .filter(choice=None)
        .values_list("participant_id", "statement__number")
        .annotate(latest=Max("id"))
    }


def _shown(conversation: Conversation, count: int, *, of: int) -> int | str:
    """A count among `of` people, blank where they are too few to be shown."""
    return count if publication.may_show(conversation, people=of) else ""


def _in_steps(conversation: Conversation, count: int) -> int | str:
    """A count that moves by single people: by whole steps of enough, or blank."""
    if publication.rows_are_public(conversation):
        return count
    return count // publication.FEWEST * publication.FEWEST or ""


def _text(statement: Statement) -> str:
    withheld = (
        statement.state == Statement.State.REJECTED
        # Rejected elsewhere, it was published there.
        and statement.rejection_reason != Statement.Reason.IMPORTED
    )
    return "" if withheld else statement.text


def _fresh_ids(people: Iterable[int]) -> dict[int, int]:
    """A number for each person, drawn anew: no two files can be joined by it."""
    known = list(people)
    return dict(zip(known, SHUFFLE.sample(range(len(known)), len(known)), strict=True))


def _timestamp(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000
