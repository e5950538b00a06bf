"""No row of a public map moves unless enough people's votes move in each of its parts.

A row is a statement: how everyone voted on it, and each group that is shown; or the people: how
many there are, and how many in each group. Its parts can be added up and taken from each other, and
so can two publications of it. So a row moves as a whole or not at all: only when for every sum of
parts before and every sum of parts now, those who count differently in the one and in the other
are nobody or at least so many. What moves by fewer stays as it was published.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from opinion_map.maths.changes import Changes
from opinion_map.maths.continuity import LETTERS
from opinion_map.maths.result import OpinionMap
from opinion_map.maths.visible import (
    counted_people,
    counted_votes,
    shown_division,
    shown_groups,
    sized_groups,
)
from opinion_map.maths.vote_matrix import VoteMatrix

PEOPLE: Final = -1
"""The row of the people, among those of the statements."""
REST: Final = len(LETTERS)
"""The part of whoever is in no group that is shown."""
PARTS: Final = REST + 1
NONE: Final = 3 * PARTS
"""Not in the row; the others are 3 * part + choice + 1."""


@dataclass(frozen=True, eq=False)
class Entries:
    """Who counts in a row, and as what.

    Attributes
    ----------
    people : ndarray of int64, shape (n,)
        Ids of participants in increasing order.
    codes : ndarray of int8, shape (n,)
        3 * part + choice + 1.
    """

    people: NDArray[np.int64]
    codes: NDArray[np.int8]


def entries(
    map_: OpinionMap, matrix: VoteMatrix, aside: Changes, *, minimum: int
) -> dict[int, Entries]:
    """Of each row that would be published now, by the statement's id, who counts in it.

    Parameters
    ----------
    map_ : OpinionMap
        Of these votes.
    matrix : VoteMatrix
    aside : Changes
        The votes on statements that the map leaves out; their rows have one part.
    minimum : int
        Fewest people behind any number.
    """
    map_ = shown_division(map_)
    found = dict(_of_statements(map_, matrix, minimum))
    found.update(_of_statements_aside(aside, minimum))
    if counted_people(map_, minimum) >= minimum:
        found[PEOPLE] = _of_people(map_, minimum)
    return found


def may_follow(before: Entries, now: Entries, *, least: int) -> bool:
    """Whether a row may be published after it was published as before."""
    moves = _moves(before, now)
    if moves.sum() == np.trace(moves):
        return True
    # For each sum of parts before and each now: who counts alike in both, choice by choice.
    alike = sum(one @ moves @ one.T for one in _SUMS)
    apart = moves.sum() - alike
    return bool(((apart == 0) | (apart >= least)).all())


def _moves(before: Entries, now: Entries) -> NDArray[np.float64]:
    """How many people went from each code to each; shape (NONE + 1, NONE + 1)."""
    everyone = np.union1d(before.people, now.people)
    was, is_now = (_codes(one, everyone) for one in (before, now))
    size = NONE + 1
    return np.bincount(was * size + is_now, minlength=size * size).reshape(size, size).astype(float)


def _codes(entries_: Entries, everyone: NDArray[np.int64]) -> NDArray[np.int64]:
    codes = np.full(len(everyone), NONE, dtype=np.int64)
    codes[np.searchsorted(everyone, entries_.people)] = entries_.codes
    return codes


def _sums() -> NDArray[np.float64]:
    """Whether each code counts as each choice, or as nothing, in each sum of parts.

    Shape (4, 2 ** PARTS, NONE + 1).
    """
    sums = np.arange(1 << PARTS)[:, None]
    code = np.arange(NONE)
    inside = (sums >> (code // 3)) & 1 == 1
    counts = np.zeros((4, len(sums), NONE + 1))
    for choice in range(3):
        counts[choice, :, :NONE] = inside & (code % 3 == choice)
    counts[3] = 1 - counts[:3].sum(axis=0)
    return counts


_SUMS: Final = _sums()


def _of_statements(
    map_: OpinionMap, matrix: VoteMatrix, minimum: int
) -> Iterator[tuple[int, Entries]]:
    columns, rows, values = _by_statement(matrix)
    bounds = np.searchsorted(columns, np.arange(len(matrix.statements) + 1))
    for at, statement in enumerate(matrix.statements.tolist()):
        shown = shown_groups(map_, at, minimum)
        if shown is None:
            continue
        who, what = (one[bounds[at] : bounds[at + 1]] for one in (rows, values))
        labels = map_.grouping.labels[who]
        counts = np.ones(len(who), dtype=bool)
        if counted_votes(map_, at, minimum) < len(who):
            counts = labels >= 0
        codes = (3 * _parts(map_, shown)[labels] + what + 1).astype(np.int8)
        yield statement, Entries(matrix.participants[who[counts]], codes[counts])


def _by_statement(
    matrix: VoteMatrix,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Every vote's statement, participant and choice, statement by statement."""
    columns = [block.columns.astype(np.int64) for block in matrix.blocks]
    rows = [
        np.repeat(np.arange(len(block.offsets) - 1) + block.start, np.diff(block.offsets))
        for block in matrix.blocks
    ]
    values = [block.values.astype(np.int64) for block in matrix.blocks]
    none = np.zeros(0, np.int64)
    column, row, value = (np.concatenate([none, *parts]) for parts in (columns, rows, values))
    order = np.argsort(column, kind="stable")
    return column[order], row[order], value[order]


def _of_statements_aside(aside: Changes, minimum: int) -> Iterator[tuple[int, Entries]]:
    for statement in np.unique(aside.statements).tolist():
        here = np.flatnonzero(aside.statements == statement)
        if len(here) < minimum:
            continue
        here = here[np.argsort(aside.participants[here], kind="stable")]
        codes = 3 * REST + aside.choices[here].astype(np.int64) + 1
        yield statement, Entries(aside.participants[here].astype(np.int64), codes.astype(np.int8))


def _of_people(map_: OpinionMap, minimum: int) -> Entries:
    part = _parts(map_, np.flatnonzero(sized_groups(map_, minimum)).tolist())
    labels = map_.grouping.labels
    counts = np.ones(len(labels), dtype=bool)
    if counted_people(map_, minimum) < len(labels):
        counts = labels >= 0
    codes = (3 * part[labels] + 1).astype(np.int8)
    return Entries(map_.participants[counts], codes[counts])


def _parts(map_: OpinionMap, shown: list[int]) -> NDArray[np.int64]:
    """The part of each group; the last, for -1, is of those in no group."""
    parts = np.full(map_.grouping.count + 1, REST, dtype=np.int64)
    parts[shown] = shown
    return parts


@dataclass(frozen=True)
class Held:
    """What a public map does not have from its votes.

    Attributes
    ----------
    rows : mapping of statement id to dict
        Rows as they stand in a document, with the groups of this map.
    people : dict or None
        `participants`, and `sizes` by the group's id.
    few : sequence of int
        Statements that the map leaves out since few have voted on them; they are listed.
    """

    rows: Mapping[int, dict[str, object]]
    people: Mapping[str, object] | None = None
    few: Sequence[int] = ()


NOTHING: Final = Held({})
