"""The vote matrix: sparse, in canonical order, in blocks of participants."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from opinion_map.maths.blocks import BlockOfVotes, over_each
from opinion_map.maths.threads import over_blocks
from opinion_map.maths.votes import Votes

BLOCK_PEOPLE = 1 << 14
"""Participants in a block: where it ends is a function of their number alone."""
PIECE = 1 << 20


@dataclass(frozen=True, eq=False)
class Block:
    """The votes of some neighbouring participants, row by row, five bytes a vote or fewer.

    Attributes
    ----------
    start : int
        Index of its first participant.
    offsets : ndarray of int32, shape (n_rows + 1,)
        Where each participant's votes begin.
    columns : ndarray of uint16 or int32, shape (n_votes,)
        Statement index, increasing within a row.
    values : ndarray of int8, shape (n_votes,)
        -1, 0 or 1.
    """

    start: int
    offsets: NDArray[np.int32]
    columns: NDArray[np.integer]
    values: NDArray[np.int8]

    @property
    def rows(self) -> slice:
        return slice(self.start, self.start + len(self.offsets) - 1)


def entries_of(
    block: BlockOfVotes, rows: NDArray[np.integer]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Where the votes of some rows of a block are, and how many each row has."""
    low = block.offsets[rows]
    length = block.offsets[rows + 1] - low
    ends = np.cumsum(length, dtype=np.int32)
    entries = np.repeat(low - (ends - length), length)
    entries += np.arange(len(entries), dtype=np.int32)
    return entries, length


@dataclass(frozen=True, eq=False)
class VoteMatrix:
    """Who said what: the last vote of each participant on each live statement.

    Attributes
    ----------
    participants : ndarray of int64, shape (N,)
        Ids in increasing order; everyone who voted at all, on live statements or not.
    statements : ndarray of int64, shape (C,)
        Ids in increasing order; statements without votes are columns of nothing.
    blocks : sequence of Block
        The rows, in order; their votes may be elsewhere (`blocks`).
    votes_per_participant : ndarray of int64, shape (N,)
    agrees, disagrees, seen : ndarray of int64, shape (C,)
        `seen` counts passes too.
    excluded : ndarray of int64, shape (X,)
        Ids of statements with votes that the map leaves out.
    """

    participants: NDArray[np.int64]
    statements: NDArray[np.int64]
    blocks: Sequence[BlockOfVotes]
    votes_per_participant: NDArray[np.int64]
    agrees: NDArray[np.int64]
    disagrees: NDArray[np.int64]
    seen: NDArray[np.int64]
    excluded: NDArray[np.int64]

    @cached_property
    def sha256(self) -> str:
        """Of the ids and votes in canonical order (see `fingerprint`)."""
        return fingerprint(
            self.participants, self.statements, self.blocks, n_excluded=self.n_excluded
        )

    @cached_property
    def seed(self) -> int:
        """A number for random draws, a function of the votes on each statement."""
        counts = [self.statements, self.agrees, self.disagrees, self.seen]
        digest = hashlib.sha256(np.stack(counts).astype("<i8").tobytes())
        return int.from_bytes(digest.digest()[:8], "big")

    @property
    def n_excluded(self) -> int:
        return len(self.excluded)

    @property
    def n_votes(self) -> int:
        return int(self.seen.sum())

    @property
    def n_voted(self) -> int:
        """Live statements with a vote; one without does not exist for the maths."""
        return int(np.count_nonzero(self.seen))

    @property
    def means(self) -> NDArray[np.float64]:
        """Mean vote of each statement over those who saw it, 0 where nobody did; shape (C,)."""
        return (self.agrees - self.disagrees) / np.maximum(self.seen, 1)


def build(votes: Votes, *, statements: Iterable[int] | None = None) -> VoteMatrix:
    """Sort votes into canonical order, keep the last of each pair, drop excluded statements.

    Parameters
    ----------
    votes : Votes
    statements : iterable of int, optional
        Live statements to list even where nobody has voted on them yet.

    Returns
    -------
    VoteMatrix
        The same for the same last votes, in whatever order the other rows came.
    """
    people, who = indexed(votes.participants)
    voted, what = indexed(votes.statements)
    excluded = np.array(sorted(votes.excluded), dtype=np.int64)
    named = [] if statements is None else [int(one) for one in statements]
    listed = np.setdiff1d(np.array(named, dtype=np.int64), excluded)
    live = np.union1d(np.setdiff1d(voted, excluded), listed)
    column = columns_of(voted, live)
    known = column >= 0
    everything_live = bool(known.all()) and np.array_equal(column, np.arange(len(voted)))
    tables = None if everything_live else column
    blocks = tuple(_blocks(who, what, votes.choices, tables, len(people), len(live)))
    return from_blocks(people, live, blocks, excluded=voted[~known])


def columns_of(ids: NDArray[np.int64], live: NDArray[np.int64]) -> NDArray[np.int32]:
    """Index of each id among the live statements, -1 for those that are not."""
    if len(live) == 0:
        return np.full(len(ids), -1, dtype=np.int32)
    position = np.minimum(np.searchsorted(live, ids), len(live) - 1).astype(np.int32)
    return np.where(live[position] == ids, position, -1).astype(np.int32)


def from_blocks(
    people: NDArray[np.int64],
    statements: NDArray[np.int64],
    blocks: Sequence[BlockOfVotes],
    *,
    excluded: NDArray[np.int64],
) -> VoteMatrix:
    """The matrix of blocks that are already in order, with its counts."""
    size = len(statements)
    counts = np.zeros(3 * size, dtype=np.int64)
    for part in over_each(partial(_column_counts, size=size), blocks):
        counts = counts + part
    disagrees, passes, agrees = counts.reshape(3, size)
    per_row = [np.diff(block.offsets) for block in blocks]
    return VoteMatrix(
        participants=people,
        statements=statements,
        blocks=blocks,
        votes_per_participant=np.concatenate([np.zeros(0, np.int64), *per_row]).astype(np.int64),
        agrees=agrees,
        disagrees=disagrees,
        seen=agrees + disagrees + passes,
        excluded=excluded,
    )


def fingerprint(
    people: NDArray[np.int64],
    statements: NDArray[np.int64],
    blocks: Iterable[BlockOfVotes],
    *,
    n_excluded: int,
) -> str:
    """SHA-256 of what the map is a function of.

    The hashed bytes, little-endian: the numbers of participants, of live statements, of their
    votes and of statements left out; the participants' ids and the live statements' ids in
    increasing order (int64 each); each participant's number of votes (int32); then participant by
    participant the statement indices (uint16; uint32 from 65,536 statements on), and after all
    of them the votes (int8).
    """
    blocks = list(blocks)
    total = sum(int(block.offsets[-1]) for block in blocks)
    sizes = [len(people), len(statements), total, n_excluded]
    digest = hashlib.sha256(np.array(sizes, "<i8").tobytes())
    digest.update(np.ascontiguousarray(people, dtype="<i8").data)
    digest.update(np.ascontiguousarray(statements, dtype="<i8").data)
    wide = "<u4" if len(statements) > 0xFFFF else "<u2"
    for block in blocks:
        digest.update(np.ascontiguousarray(np.diff(block.offsets), dtype="<i4").data)
    for block in blocks:
        digest.update(np.ascontiguousarray(block.columns, dtype=wide).data)
    for block in blocks:
        digest.update(np.ascontiguousarray(block.values).data)
    return digest.hexdigest()


def indexed(ids: NDArray[np.integer]) -> tuple[NDArray[np.int64], NDArray[np.integer]]:
    """The distinct ids in increasing order, and for each entry its index among them."""
    if len(ids) == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int32)
    low, high = int(ids.min()), int(ids.max())
    if low < 0 or high > 4 * len(ids) + 1024:
        distinct, index = np.unique(ids, return_inverse=True)
        return distinct.astype(np.int64), index
    present = np.zeros(high + 1, dtype=bool)
    for part in _parts(len(ids)):
        present[ids[part]] = True
    distinct = np.flatnonzero(present)
    if len(distinct) == high + 1:
        return distinct, ids
    return distinct, (np.cumsum(present, dtype=np.int32) - 1)[ids]


def _parts(length: int) -> Iterator[slice]:
    """Pieces of a long array: numpy widens an index before it uses it, so not all at once."""
    return (slice(low, low + PIECE) for low in range(0, length, PIECE))


def _column_counts(block: BlockOfVotes, size: int) -> NDArray[np.int64]:
    key = block.columns.astype(np.int64)
    key += (block.values.astype(np.int64) + 1) * size
    return np.bincount(key, minlength=3 * size)


def _rows_before(who: NDArray[np.integer], people: int) -> NDArray[np.int64]:
    """How many rows belong to participants before each one; shape (people + 1,)."""
    counts = np.zeros(people, dtype=np.int64)
    for part in _parts(len(who)):
        counts += np.bincount(who[part], minlength=people)
    return np.concatenate([[0], np.cumsum(counts)])


def block_bounds(people: int) -> list[tuple[int, int]]:
    """Ranges of participants, one for each block."""
    return [
        (low, min(low + BLOCK_PEOPLE, people)) for low in range(0, max(people, 0), BLOCK_PEOPLE)
    ]


def _blocks(
    who: NDArray[np.integer],
    what: NDArray[np.integer],
    choices: NDArray[np.integer],
    column: NDArray[np.int32] | None,
    people: int,
    size: int,
) -> Iterator[Block]:
    bounds = block_bounds(people)
    ordered = len(bounds) > 1 and bool((who[1:] >= who[:-1]).all())
    before = _rows_before(who, people) if ordered else np.zeros(0, np.int64)

    def rows_of(low: int, high: int) -> slice | NDArray[np.int64]:
        if len(bounds) == 1:
            return slice(None)
        if ordered:
            return slice(int(before[low]), int(before[high]))
        return np.flatnonzero((who >= low) & (who < high))

    def one(bound: tuple[int, int]) -> Block:
        rows = rows_of(*bound)
        columns = what[rows] if column is None else column[what[rows]]
        return sorted_block(bound, who[rows], columns, choices[rows], size)

    return iter(list(over_blocks(one, bounds)))


def sorted_block(
    bound: tuple[int, int],
    who: NDArray[np.integer],
    columns: NDArray[np.integer],
    choices: NDArray[np.integer],
    size: int,
) -> Block:
    """Sort one block's rows by participant and statement; of equal pairs the last row stays."""
    low, high = bound
    narrow = np.uint16 if size <= 0xFFFF else np.int32
    key = (who.astype(np.int64) - low) * max(size, 1) + columns
    if len(key) and int(columns.min()) < 0:
        live = columns >= 0
        key, choices = key[live], choices[live]
    if len(key) > 1 and not (key[1:] > key[:-1]).all():
        bits = len(key).bit_length()
        packed = np.sort((key << bits) | np.arange(len(key)))
        key = packed >> bits
        last = np.append(key[1:] != key[:-1], True)
        key, choices = key[last], choices[packed[last] & ((1 << bits) - 1)]
    row, column = np.divmod(key, max(size, 1))
    offsets = np.zeros(high - low + 1, dtype=np.int32)
    np.cumsum(np.bincount(row, minlength=high - low), out=offsets[1:])
    return Block(low, offsets, column.astype(narrow), choices.astype(np.int8))
