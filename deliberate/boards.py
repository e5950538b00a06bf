"""The statements of a conversation as one process knows them: read once a version, not once a vote.

A board never changes; what it was read from has a version (Conversation.statements_version), which
whoever votes asks for again each time.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection
from django.utils import timezone, translation

from deliberate import many_rows, orders, positions, showing, snapshot, wording
from deliberate.models import Conversation, Statement
from deliberate.votes import TAKES_VOTES

# Boards that one process keeps; the ones not asked for longest go first.
KEPT: Final = 64
# The columns of a conversation that a board is read by.
RULES: Final = (
    *("statements_version", "participation", "seeds_first"),
    *("least_assurance", "residents_only", "over_16_only"),
)
# Until there is a map the statements with the fewest votes come first: so old may their counts be.
COUNTS_KEPT: Final = 5.0


@dataclass(frozen=True)
class Board:
    """What is the same for everyone who votes in a conversation."""

    # As it was when the board was read.
    conversation: Conversation
    candidates: orders.Candidates
    numbers: frozenset[int]
    # How the newest map places people; None where there is no map yet.
    placing: positions.Placing | None
    read_at: float
    _worded: dict[str, Mapping[int, wording.StatementWording]] = field(default_factory=dict)
    _snapshots: dict[tuple[int, bool, str], dict[str, Any]] = field(default_factory=dict)
    _described: dict[tuple[int, str], dict[str, Any]] = field(default_factory=dict)

    def is_current(self, secret: bytes, *rules: int | str | bool) -> bool:
        """Whether it is still what the conversation's row says: its secret, and RULES.

        The secret tells a conversation from another one that had its address before.
        """
        row = self.conversation
        return (
            all(getattr(row, name) == value for name, value in zip(RULES, rules, strict=True))
            and bytes(row.secret) == secret
            and (self.candidates.votes is None or time.monotonic() - self.read_at < COUNTS_KEPT)
        )

    def snapshot(self, *, room_version: int, takes_votes: bool, language: str) -> dict[str, Any]:
        """The room's public state at that version, read once for all who ask."""
        key = (room_version, takes_votes, language)
        found = self._snapshots.get(key)
        if found is None:
            with translation.override(language):
                found = snapshot.snapshot(self.conversation)
            found = {**found, "version": room_version, "open": takes_votes}
            if len(self._snapshots) >= KEPT:
                self._snapshots.clear()
            self._snapshots[key] = found
        return found

    def described(self, number: int, language: str) -> dict[str, Any] | None:
        """That statement as a browser gets it, in the reader's language; None if it is gone.

        A language's words are read when somebody first needs them, and may know less than the
        board: a statement that was rejected in between.
        """
        found = self._described.get((number, language))
        if found is None:
            worded = self._worded.get(language)
            if worded is None:
                worded = wording.StatementWordings(self.conversation, language=language)
                self._worded[language] = worded
            if number not in worded:
                return None
            found = describe(worded[number])
            self._described[number, language] = found
        return found


def describe(here: wording.StatementWording) -> dict[str, Any]:
    """A statement in its reader's words as a browser gets it."""
    return {
        "id": here.number,
        "text": here.text_here,
        "language": here.language_here,
        "original": here.original_text if here.is_translation else None,
        "original_language": here.original_language,
        "translated_by": here.translated_by,
    }


# By the address of their conversation.
_boards: OrderedDict[str, Board] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Moment:
    """A conversation as it is now: its board, and what moves more often than that."""

    board: Board
    takes_votes: bool
    room_version: int

    def snapshot(self, language: str) -> dict[str, Any]:
        """The room's public state, read once for all who ask."""
        return self.board.snapshot(
            room_version=self.room_version, takes_votes=self.takes_votes, language=language
        )

    def mark(self, language: str) -> str:
        """What names the snapshot: it is the same for the same mark."""
        # Translations move the words without being news; the clock closes a conversation before
        # anybody has noted it.
        statements_version = self.board.conversation.statements_version
        return f"{self.room_version}-{statements_version}-{int(self.takes_votes)}-{language}"


def now(slug: str) -> Moment | None:
    """How it stands with the public conversation of that address; None where there is none.

    One small query while its board is current.
    """
    at = connection.ops.adapt_datetimefield_value(timezone.now())
    rows = many_rows.fetch(VERSIONS, [at, at, slug])
    if not rows:
        return None
    ((room_version, takes_votes, secret, *rules),) = rows
    with _lock:
        board = _boards.get(slug)
    if board is None or not board.is_current(bytes(secret), *rules):
        board = _read(slug)
    return Moment(board=board, takes_votes=bool(takes_votes), room_version=room_version)


# A draft is nobody's; the words are those of Conversation.takes_votes.
VERSIONS: Final = (
    f"SELECT room_version, {TAKES_VOTES}, secret, {', '.join(RULES)}"  # noqa: S608
    " FROM deliberate_conversation WHERE slug = %s AND state <> 'draft'"
)


def _read(slug: str) -> Board:
    """Read a board anew, and keep it."""
    conversation = Conversation.objects.get(slug=slug)
    accepted = Statement.objects.accepted().filter(conversation=conversation).order_by()
    rows = list(accepted.values_list("id", "number", "priority", "is_seed"))
    has_map = orders.knows_map(row[2] for row in rows)
    votes = {} if has_map else showing.votes_on_each(conversation)
    read = Board(
        conversation=conversation,
        candidates=orders.candidates(
            [(number, priority, votes.get(pk, 0), seed) for pk, number, priority, seed in rows],
            has_map=has_map,
            seeds_first=conversation.seeds_first,
        ),
        numbers=frozenset(row[1] for row in rows),
        placing=positions.placing(conversation.pk),
        read_at=time.monotonic(),
    )
    with _lock:
        _boards[slug] = read
        _boards.move_to_end(slug)
        while len(_boards) > KEPT:
            _boards.popitem(last=False)
    return read
