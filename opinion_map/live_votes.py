"""The votes of conversations that are drawn again and again: read once, then only what changed.

A worker keeps the votes of its last full read and applies the changes since. At least once an
hour, and when a conversation has closed, it reads everything again, and what it kept must agree.
"""

import logging
import time
from dataclasses import dataclass, replace

import numpy as np
from django.db.models import Max
from numpy.typing import NDArray

from deliberate.models import Conversation, Vote, VoteChange
from opinion_map import maths, vote_reader

logger = logging.getLogger(__name__)

FULL_READ_EVERY_SECONDS = 3600.0
# Ids are given before the commit: changes below the newest id may still be under way, so this
# many are looked at again. A larger transaction (an import) is noticed by the count of votes.
OVERLAP = 10_000
# Conversations that a worker keeps; the one drawn longest ago goes first.
KEPT = 32

STATEMENT_BITS = 32


@dataclass(frozen=True, eq=False)
class Kept:
    """A conversation's votes as this process knows them, one choice for each pair.

    Attributes
    ----------
    pairs : ndarray of int64, shape (n_votes,), ascending
        Participant and statement in one number.
    choices : ndarray of int8, shape (n_votes,)
    newest_change : int
    read_at : float
        By the process's monotonic clock, when everything was read.
    """

    pairs: NDArray[np.int64]
    choices: NDArray[np.int8]
    newest_change: int
    read_at: float

    def with_changes(self, changes: NDArray[np.int64]) -> "Kept":
        """Apply rows of (participant, statement, choice), the earliest first."""
        pairs, last = np.unique(_pairs(changes[:, 0], changes[:, 1])[::-1], return_index=True)
        choices = changes[::-1][last, 2].astype(np.int8)
        places = np.searchsorted(self.pairs, pairs)
        known = np.zeros(len(pairs), dtype=bool)
        inside = places < len(self.pairs)
        known[inside] = self.pairs[places[inside]] == pairs[inside]
        updated = self.choices.copy()
        updated[places[known]] = choices[known]
        return replace(
            self,
            pairs=np.insert(self.pairs, places[~known], pairs[~known]),
            choices=np.insert(updated, places[~known], choices[~known]),
        )


class LiveVotes:
    """What one process keeps between its drawings."""

    def __init__(self) -> None:
        # By the conversation's secret, which unlike its id is never given twice.
        self._kept: dict[bytes, Kept] = {}

    def read(self, conversation: Conversation) -> maths.Votes:
        """The conversation's votes as they are now."""
        name = bytes(conversation.secret)
        kept = self._kept.pop(name, None)
        now = None
        if kept is not None and not _is_due(kept, conversation):
            now = _brought_up(kept, conversation)
        if now is None:
            now = _read(conversation)
            if kept is not None:
                _compare(kept, now, conversation)
        self._kept[name] = now
        while len(self._kept) > KEPT:
            del self._kept[next(iter(self._kept))]
        return maths.Votes(
            now.pairs >> STATEMENT_BITS,
            now.pairs & (2**STATEMENT_BITS - 1),
            now.choices,
            excluded=vote_reader.excluded(conversation),
        )


def _is_due(kept: Kept, conversation: Conversation) -> bool:
    """Whether everything must be read again, however well the changes are known."""
    is_old = time.monotonic() - kept.read_at >= FULL_READ_EVERY_SECONDS
    return is_old or conversation.state == Conversation.State.CLOSED


def _read(conversation: Conversation) -> Kept:
    """Everything; the newest change is asked for before, so that none falls between."""
    newest = _newest_change(conversation)
    participants, statements, choices = vote_reader.columns(conversation)
    pairs = _pairs(participants, statements)
    order = np.argsort(pairs, kind="stable")
    return Kept(
        pairs=pairs[order],
        choices=choices[order],
        newest_change=newest,
        read_at=time.monotonic(),
    )


def _brought_up(kept: Kept, conversation: Conversation) -> Kept | None:
    """What was kept with the changes since; None when that cannot be the whole any more."""
    newest = _newest_change(conversation)
    now = kept.with_changes(_changes(kept, conversation))
    if len(now.pairs) != Vote.objects.filter(statement__conversation=conversation).count():
        return None
    return replace(now, newest_change=newest)


def _compare(kept: Kept, now: Kept, conversation: Conversation) -> None:
    """Say loudly when what was kept is not what a full read finds.

    Both get the same changes, so that a vote cast between the two reads is no difference.
    """
    changes = _changes(kept, conversation)
    one, other = kept.with_changes(changes), now.with_changes(changes)
    if len(one.pairs) == len(other.pairs) and not (
        np.array_equal(one.pairs, other.pairs) and np.array_equal(one.choices, other.choices)
    ):
        logger.error("Kept votes of conversation %s were not the stored ones.", conversation.pk)


def _changes(kept: Kept, conversation: Conversation) -> NDArray[np.int64]:
    rows = VoteChange.objects.filter(
        statement__conversation=conversation, id__gt=kept.newest_change - OVERLAP
    ).order_by("id")
    columns = rows.values_list("participant_id", "statement__number", "choice")
    return np.array(list(columns.iterator(chunk_size=10_000)), dtype=np.int64).reshape(-1, 3)


def _newest_change(conversation: Conversation) -> int:
    changes = VoteChange.objects.filter(statement__conversation=conversation)
    return changes.aggregate(newest=Max("id"))["newest"] or 0


def _pairs(participants: NDArray[np.integer], statements: NDArray[np.integer]) -> NDArray[np.int64]:
    return (participants.astype(np.int64) << STATEMENT_BITS) | statements.astype(np.int64)
