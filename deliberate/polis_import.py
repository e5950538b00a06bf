"""Brings a Polis export into a conversation, whole or not at all, and twice without doubling.

Reading is in polis_files.py; the rows of statements, participants and votes are stored by
their own modules.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol, TypeVar

from django.db import transaction
from django.utils import timezone

from deliberate import conversations, letters, participants, polis_files, statements, votes
from deliberate.models import Conversation, Statement
from deliberate.polis_files import PolisFileError, StatementRow, VoteRow

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST_STATEMENT = Statement._meta.get_field("text").max_length or 1000
LONGEST_TITLE = Conversation._meta.get_field("title").max_length or 200
USUAL_LENGTH = 280
# In place of a text that the export withholds; only a rejected statement may have none.
NO_TEXT = "(no text)"
ATTRIBUTION = (
    "Imported from {url}. The data was gathered with the Polis software"
    " (compdemocracy.org/polis) and is licensed under CC BY 4.0 with attribution to"
    " The Computational Democracy Project."
)

T = TypeVar("T")


class Progress(Protocol):
    """Passes rows on and shows how far they have come."""

    def __call__(self, rows: Iterable[T], *, what: str) -> Iterable[T]: ...


@dataclass(frozen=True)
class Export:
    """What the files of an export say, read and checked."""

    statements: list[StatementRow]
    votes: list[VoteRow]
    facts: dict[str, str]


@dataclass(frozen=True)
class Imported:
    """What an import left in the conversation, and how much of it was new."""

    conversation: Conversation
    statements: int
    participants: int
    new_statements: int
    new_votes: int


def without_progress(rows: Iterable[T], *, what: str) -> Iterable[T]:
    """Show nothing."""
    return rows


def read(directory: Path, *, progress: Progress = without_progress) -> Export:
    """Read and check the export's files.

    Raises:
        PolisFileError: a file is missing or a row is wrong.
    """
    comments = polis_files.find(directory, "comments")
    if comments is None:
        raise PolisFileError(file="comments.csv", problem=f"there is none in {directory}")
    rows = list(polis_files.statements(comments))
    numbers = {row.number for row in rows}
    for row in rows:
        _check(row, file=comments.name)
    summary = polis_files.find(directory, "summary")
    return Export(
        statements=rows,
        votes=_votes(directory, numbers=numbers, progress=progress),
        facts=polis_files.summary(summary) if summary else {},
    )


def bring_in(
    export: Export,
    *,
    slug: str,
    title: str = "",
    language: str = "",
    source: str = "",
) -> Imported:
    """Store an export as the conversation `slug`, in one transaction; a second run adds nothing.

    What was changed here since (a statement moderated, a later vote) stands.

    Raises:
        PolisFileError: under that slug stands a conversation with other statements.
    """
    language = language or letters.language_of(" ".join(row.text for row in export.statements))
    with transaction.atomic():
        conversation = Conversation.objects.select_for_update().filter(slug=slug).first()
        if conversation is None:
            conversation = _create(export, slug=slug, title=title, language=language, source=source)
        known = dict(conversation.statements.values_list("number", "text"))
        _refuse_another(export.statements, known=known, slug=slug)
        people = participants.load(conversation=conversation, person_keys=_person_keys(export))
        statement_ids = statements.load(
            conversation=conversation,
            rows=[_loaded(row, conversation.language, people) for row in export.statements],
        )
        new_votes = votes.load(
            conversation_id=conversation.pk,
            changes=_changes(export, people, statement_ids),
        )
    return Imported(
        conversation=conversation,
        statements=len(export.statements),
        participants=len({row.participant for row in export.votes}),
        new_statements=len({row.number for row in export.statements} - known.keys()),
        new_votes=new_votes,
    )


def person_key(participant: int) -> bytes:
    """The key under which an export's participant is found again by the next import."""
    return b"polis:%d" % participant


def _votes(directory: Path, *, numbers: set[int], progress: Progress) -> list[VoteRow]:
    """The rows of votes.csv in time order, or of participants-votes.csv where it has none."""
    rows: list[VoteRow] = []
    events = polis_files.find(directory, "votes")
    matrix = polis_files.find(directory, "participants-votes")
    if events is None and matrix is None:
        raise PolisFileError(file="votes.csv", problem=f"there is none in {directory}")
    if events is not None:
        found = _known(polis_files.votes(events), numbers=numbers, file=events.name)
        rows = list(progress(found, what="reading"))
        # The file is sorted by statement; the sort is stable, so of two votes in the same
        # millisecond the one further down is the later one.
        rows.sort(key=lambda row: row.timestamp or 0)
    if not rows and matrix is not None:
        found = _known(polis_files.participants_votes(matrix), numbers=numbers, file=matrix.name)
        rows = list(progress(found, what="reading"))
    return rows


def _known(rows: Iterable[VoteRow], *, numbers: set[int], file: str) -> Iterable[VoteRow]:
    for row in rows:
        if row.statement not in numbers:
            raise PolisFileError(
                file=file,
                line=row.line,
                problem=f"comments.csv has no statement {row.statement}",
            )
        yield row


def _check(row: StatementRow, *, file: str) -> None:
    text = _text(row)
    if not text:
        problem = "a statement that is not rejected must have a text"
        raise PolisFileError(file=file, line=row.line, problem=problem)
    if len(text) > LONGEST_STATEMENT:
        problem = f"the text has {len(text)} characters; at most {LONGEST_STATEMENT} are allowed"
        raise PolisFileError(file=file, line=row.line, problem=problem)


def _text(row: StatementRow) -> str:
    text = statements.tidy(polis_files.unguarded(row.text))
    return text or (NO_TEXT if row.moderated == -1 else "")


def _refuse_another(rows: Iterable[StatementRow], *, known: dict[int, str], slug: str) -> None:
    for row in rows:
        if row.number in known and known[row.number] != _text(row):
            raise PolisFileError(
                file="comments.csv",
                line=row.line,
                problem=f"the conversation {slug!r} has another statement {row.number} already",
            )


def _create(export: Export, *, slug: str, title: str, language: str, source: str) -> Conversation:
    def said(name: str) -> str:
        return polis_files.unguarded(export.facts.get(name, "").strip())

    moments = [row.timestamp for row in export.statements]
    moments += [row.timestamp for row in export.votes if row.timestamp is not None]
    url = said("url")
    longest = max((len(_text(row)) for row in export.statements), default=0)
    return conversations.open_new(
        slug=slug,
        title=statements.tidy(title or said("topic") or slug)[:LONGEST_TITLE],
        introduction=said("conversation-description"),
        source=source or (ATTRIBUTION.format(url=url) if "pol.is" in url else url),
        language=language,
        opens_at=_time(min(moments)) if moments else timezone.now(),
        participation=Conversation.Participation.ANYONE,
        # The rows were public where they come from.
        data_policy=Conversation.DataPolicy.OPEN,
        statement_max_length=max(USUAL_LENGTH, longest),
    )


def _person_keys(export: Export) -> list[bytes]:
    people = {row.participant for row in export.votes}
    people |= {row.author for row in export.statements if row.author is not None}
    return [person_key(participant) for participant in sorted(people)]


def _loaded(
    row: StatementRow, language: str, people: dict[bytes, int]
) -> statements.LoadedStatement:
    rejected = row.moderated == -1
    return statements.LoadedStatement(
        number=row.number,
        text=_text(row),
        language=letters.language_of(row.text, expected=language),
        created_at=_time(row.timestamp),
        # Polis shows what nobody has moderated yet (0), also under strict moderation.
        accepted=not rejected,
        reason=Statement.Reason.IMPORTED if rejected else "",
        is_seed=row.is_seed,
        is_metadata=row.is_metadata,
        author_id=None if row.author is None else people[person_key(row.author)],
    )


def _changes(
    export: Export, people: dict[bytes, int], statement_ids: dict[int, int]
) -> list[tuple[int, int, int, datetime]]:
    """The votes as the history takes them: one for each participant, statement and moment."""
    # A file without times: as late as the newest statement, so the same on every run.
    latest = max((row.timestamp for row in export.statements), default=0)
    participant_ids = {row.participant: people[person_key(row.participant)] for row in export.votes}
    at_moment: dict[tuple[int, int, int], int] = {}
    for row in export.votes:
        moment = latest if row.timestamp is None else row.timestamp
        key = (participant_ids[row.participant], statement_ids[row.statement], moment)
        at_moment[key] = row.choice
    return [
        (participant_id, statement_id, choice, _time(moment))
        for (participant_id, statement_id, moment), choice in at_moment.items()
    ]


def _time(milliseconds: int) -> datetime:
    # Not fromtimestamp: a float would move some of them by a microsecond.
    return EPOCH + timedelta(milliseconds=milliseconds)
