"""The votes of conversations that are drawn again and again: read once, then only what changed.

A worker keeps what makes the next map cheap (`maths.Warm`) and applies the changes since. At
least once an hour, and when a conversation has closed, it reads everything again, and both the
votes that it kept and the map that it would have drawn from them must agree.
"""

import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from django.db.models import Max

from deliberate import publication
from deliberate.models import Conversation, Vote, VoteChange
from opinion_map import maths, vote_reader

logger = logging.getLogger(__name__)

FULL_READ_EVERY_SECONDS = 3600.0
# A conversation's ids are in the order of its commits (deliberate/votes.py). Some are looked at
# again all the same, which costs little; what would be missed is noticed by the count of votes.
OVERLAP = 10_000
# Conversations that a worker keeps, and the memory for them; the one drawn longest ago goes first.
KEPT = 32
KEPT_BYTES = 1 << 29


# An id may be given again once its row is gone; not at the same moment, though.
Name = tuple[int, datetime]


@dataclass(frozen=True, eq=False)
class Kept:
    """A conversation's votes as this process knows them.

    Attributes
    ----------
    warm : maths.Warm
    newest_change : int
    read_at : float
        By the process's monotonic clock, when everything was read.
    """

    warm: maths.Warm
    newest_change: int
    read_at: float


@dataclass(frozen=True)
class Shown:
    """The numbers of the statements that a map leaves out, and of those that it lists."""

    excluded: frozenset[int]
    listed: frozenset[int]

    def after(self, warm: maths.Warm, changes: maths.Changes) -> maths.Warm:
        return warm.after(changes, excluded=self.excluded, statements=self.listed)


@dataclass(frozen=True, eq=False)
class Reading:
    """A conversation's votes as they are now.

    Attributes
    ----------
    conversation_id : int
    warm : maths.Warm
    kept : maths.Warm or None
        What this process would have taken for them, when everything was read again.
    """

    conversation_id: int
    warm: maths.Warm
    kept: maths.Warm | None = None

    def map(
        self, *, previous: Mapping[str, Any] | None, parameters: maths.Parameters
    ) -> maths.OpinionMap:
        """The map of these votes; an error in the log if the kept ones give another."""
        drawn = self.warm.map(previous=previous, parameters=parameters)
        if self.kept is not None:
            other = self.kept.map(previous=previous, parameters=parameters)
            apart = maths.differences(drawn, other)
            if apart:
                logger.error(
                    "The map of conversation %s from kept votes was another one: %s.",
                    self.conversation_id,
                    ", ".join(apart),
                )
        return drawn

    def without_few(self, least: int) -> tuple["Reading", list[int]]:
        """The votes without statements of fewer voters, and which these are."""
        warm, few = self.warm.without_few(least)
        kept = None if self.kept is None else self.kept.without_few(least)[0]
        return replace(self, warm=warm, kept=kept), few


class LiveVotes:
    """What one process keeps between its drawings."""

    def __init__(self) -> None:
        self._kept: dict[Name, Kept] = {}

    def read(
        self,
        conversation: Conversation,
        *,
        statements: Iterable[int] = (),
        until: int | None = None,
    ) -> Reading:
        """The conversation's votes as they are now; `statements` are listed without votes too.

        With `until`, as they were at the change of that id.
        """
        name = _name(conversation)
        shown = Shown(vote_reader.excluded(conversation), frozenset(statements))
        kept = self._kept.pop(name, None)
        now = None
        if kept is not None and not _is_due(kept, conversation):
            now = _brought_up(kept, conversation, shown)
        if now is not None:
            reading = Reading(conversation.pk, now.warm)
        else:
            now = _read(conversation, shown)
            agreeing = None if kept is None else _agreeing(kept, now, conversation, shown)
            reading = Reading(conversation.pk, now.warm, agreeing)
            if agreeing is not None:
                # The same votes, with what makes the next map cheap.
                now = replace(now, warm=agreeing)
        self._kept[name] = now
        self._forget()
        return reading if until is None else _rewound(reading, conversation, shown, until)

    def prepare(self, conversation: Conversation) -> None:
        """Do what makes this conversation's next maps cheap, once its map is out."""
        kept = self._kept.get(_name(conversation))
        if kept is not None:
            kept.warm.prepare()
            self._forget()

    def _forget(self) -> None:
        """Let the oldest go, until what is left is few and small enough."""
        while len(self._kept) > KEPT or (
            len(self._kept) > 1 and sum(one.warm.nbytes for one in self._kept.values()) > KEPT_BYTES
        ):
            del self._kept[next(iter(self._kept))]


def _name(conversation: Conversation) -> Name:
    return conversation.pk, conversation.created_at


def _is_due(kept: Kept, conversation: Conversation) -> bool:
    """Whether everything must be read again, however well the changes are known."""
    is_old = time.monotonic() - kept.read_at >= FULL_READ_EVERY_SECONDS
    return is_old or conversation.state == Conversation.State.CLOSED


def _read(conversation: Conversation, shown: Shown) -> Kept:
    """Everything; the newest change is asked for before, so that none falls between."""
    newest = _newest_change(conversation)
    votes = maths.Votes(*vote_reader.columns(conversation), excluded=shown.excluded)
    warm = maths.Warm(votes, statements=shown.listed)
    return Kept(warm=warm, newest_change=newest, read_at=time.monotonic())


def _brought_up(kept: Kept, conversation: Conversation, shown: Shown) -> Kept | None:
    """What was kept with the changes since; None when that cannot be the whole any more."""
    newest = _newest_change(conversation)
    now = shown.after(kept.warm, _changes(kept, conversation))
    if now.n_votes != Vote.objects.filter(statement__conversation=conversation).count():
        return None
    return replace(kept, warm=now, newest_change=newest)


def _agreeing(kept: Kept, now: Kept, conversation: Conversation, shown: Shown) -> maths.Warm | None:
    """What was kept, brought up to a full read; None, and an error in the log, if it differs.

    Both get the same changes, so that a vote cast between the two reads is no difference.
    """
    changes = _changes(kept, conversation)
    one, other = shown.after(kept.warm, changes), shown.after(now.warm, changes)
    if one.same_votes(other):
        # A vote that came between the reads is not in the map that is drawn now.
        return one if other.same_votes(now.warm) else None
    if one.n_votes == other.n_votes:
        logger.error("Kept votes of conversation %s were not the stored ones.", conversation.pk)
    return None


def _rewound(reading: Reading, conversation: Conversation, shown: Shown, until: int) -> Reading:
    """The votes without the changes after that one, which are few: people still wait in them."""
    back = _table(publication.undoing(conversation, last_change=until))
    if not len(back):
        return reading
    kept = None if reading.kept is None else shown.after(reading.kept, back)
    return replace(reading, warm=shown.after(reading.warm, back), kept=kept)


def _changes(kept: Kept, conversation: Conversation) -> maths.Changes:
    rows = VoteChange.objects.filter(
        statement__conversation=conversation, id__gt=kept.newest_change - OVERLAP
    ).order_by("id")
    columns = rows.values_list("participant_id", "statement__number", "choice")
    return _table(columns.iterator(chunk_size=10_000))


def _table(rows: Iterable[tuple[int, int, int | None]]) -> maths.Changes:
    table = np.array(
        [(who, what, maths.TAKEN_BACK if choice is None else choice) for who, what, choice in rows],
        dtype=np.int64,
    ).reshape(-1, 3)
    return maths.Changes(table[:, 0], table[:, 1], table[:, 2].astype(np.int8))


def _newest_change(conversation: Conversation) -> int:
    changes = VoteChange.objects.filter(statement__conversation=conversation)
    return changes.aggregate(newest=Max("id"))["newest"] or 0
