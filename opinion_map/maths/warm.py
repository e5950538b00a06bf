"""A conversation that is mapped again and again: what is kept, so that the next map costs little.

The map is that of a full recount, to the byte: whatever is kept is either whole numbers or the
votes themselves.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opinion_map.maths import group_votes
from opinion_map.maths.changes import TAKEN_BACK, Changes, is_among, joined, with_ids
from opinion_map.maths.group_votes import GroupVotes
from opinion_map.maths.merging import Difference, changed, fitted
from opinion_map.maths.parameters import Parameters
from opinion_map.maths.pipeline import DEFAULTS, Known, from_matrix
from opinion_map.maths.result import OpinionMap
from opinion_map.maths.squares import Squares
from opinion_map.maths.threads import LARGE, one_blas_thread
from opinion_map.maths.vote_matrix import VoteMatrix, build, columns_of, entries_of
from opinion_map.maths.votes import Votes

MOST_STATEMENTS = 2048
"""Up to so many the products of each two are kept: 12 bytes for each pair."""
FEW_MOVED = 8
"""One in so many people may change group; with more a new count is cheaper."""

Ids = NDArray[np.int64]
Labels = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Tally:
    """The votes of each group as they were counted last.

    Attributes
    ----------
    participants : ndarray of int64, shape (N,)
    labels : ndarray of int64, shape (N,)
        -1 outside all groups.
    statements : ndarray of int64, shape (C,)
    counts : ndarray of int64, shape (G + 1, 3 * C)
        Of nobody's group and of each group: disagrees, passes and agrees.
    """

    participants: Ids
    labels: Labels
    statements: Ids
    counts: NDArray[np.int64]


class Warm:
    """A conversation's votes, kept so that changes and the map after them are cheap.

    Attributes
    ----------
    matrix : VoteMatrix
        Of the statements that the map shows.
    aside : Changes
        The votes on statements that it leaves out, one of each pair, in order.
    """

    def __init__(self, votes: Votes, *, statements: Iterable[int] | None = None) -> None:
        self._listed = _ids(() if statements is None else statements)
        self._excluded = _ids(votes.excluded)
        self.matrix = build(votes, statements=self._listed.tolist())
        out = is_among(votes.statements, self._excluded)
        self.aside = Changes(
            votes.participants[out].astype(np.int64),
            votes.statements[out].astype(np.int64),
            votes.choices[out].astype(np.int8),
        ).last()
        self._squares: Squares | None = None
        self._tallies: dict[int, Tally] = {}

    @property
    def n_votes(self) -> int:
        """All votes, those on statements that the map leaves out too."""
        return self.matrix.n_votes + len(self.aside)

    @property
    def nbytes(self) -> int:
        """Memory of what is kept."""
        matrix, squares = self.matrix, self._squares
        blocks = sum(b.offsets.nbytes + b.columns.nbytes + b.values.nbytes for b in matrix.blocks)
        people = matrix.participants.nbytes + matrix.votes_per_participant.nbytes
        tallies = sum(
            one.labels.nbytes + one.participants.nbytes + one.counts.nbytes
            for one in self._tallies.values()
        )
        aside = 17 * len(self.aside)
        return blocks + people + tallies + aside + (squares.nbytes if squares else 0)

    def prepare(self) -> None:
        """Do once what makes later maps cheap; it takes as long as a few maps."""
        large = self.matrix.n_votes > LARGE
        if self._squares is None and large and len(self.matrix.statements) <= MOST_STATEMENTS:
            self._squares = Squares.of(self.matrix)

    def same_votes(self, other: "Warm") -> bool:
        """Whether both know the same votes."""
        return self.matrix.sha256 == other.matrix.sha256 and all(
            np.array_equal(getattr(self.aside, name), getattr(other.aside, name))
            for name in ("participants", "statements", "choices")
        )

    def map(
        self,
        *,
        previous: Mapping[str, Any] | None = None,
        parameters: Parameters = DEFAULTS,
    ) -> OpinionMap:
        """The map of these votes: what `compute` gives."""
        known = Known(square=self._square, count=self._counted)
        return from_matrix(self.matrix, previous=previous, parameters=parameters, known=known)

    def after(
        self,
        changes: Changes,
        *,
        excluded: Iterable[int] = (),
        statements: Iterable[int] | None = None,
    ) -> "Warm":
        """The votes after these changes; this one stays as it was.

        Parameters
        ----------
        changes : Changes
        excluded : iterable of int
            Statements that the map now leaves out.
        statements : iterable of int, optional
            Live statements to list even where nobody has voted on them yet.
        """
        later = object.__new__(Warm)
        later._listed = _ids(() if statements is None else statements)
        later._excluded = _ids(excluded)
        with one_blas_thread():
            inside, later.aside = self._divided(changes.last(), later._excluded)
            matrix, difference = changed(_widened(self.matrix, inside), inside)
            people = with_ids(
                matrix.participants[matrix.votes_per_participant > 0], later.aside.participants
            )
            listed = later._listed[~is_among(later._listed, later._excluded)]
            live = with_ids(matrix.statements[matrix.seen > 0], listed)
            later._squares = self._squares_after(matrix, difference, live)
            later._tallies = {
                count: _tally_after(tally, matrix, difference, people, live)
                for count, tally in self._tallies.items()
            }
            later.matrix = replace(
                fitted(matrix, people, live), excluded=np.unique(later.aside.statements)
            )
        return later

    def without_few(self, least: int) -> tuple["Warm", list[int]]:
        """The votes without statements of fewer voters, which are left aside; and which these are.

        Of those no map knows anything then, neither directly nor by what it moves.
        """
        few = self.matrix.statements[self.matrix.seen < least]
        if not len(few):
            return self, []
        none = joined([])
        left = self.after(
            none, excluded=with_ids(self._excluded, few).tolist(), statements=self._listed.tolist()
        )
        return left, few.tolist()

    def _divided(self, changes: Changes, excluded: Ids) -> tuple[Changes, Changes]:
        """What changes in the matrix, and what is left aside then.

        The votes on a statement that is now left out are taken back there and kept aside; those on
        one that is back come in again.
        """
        leaving = excluded[~is_among(excluded, self._excluded)]
        gone = _votes_on(self.matrix, leaving)
        taken = Changes(
            gone.participants, gone.statements, np.full(len(gone), TAKEN_BACK, dtype=np.int8)
        )
        aside = joined(
            [self.aside, gone, changes.of(is_among(changes.statements, excluded))]
        ).last()
        stays = is_among(aside.statements, excluded)
        back = aside.of(~stays)
        aside = aside.of(stays & (aside.choices != TAKEN_BACK))
        inside = changes.of(~is_among(changes.statements, excluded))
        if len(taken) or len(back):
            inside = joined([back, inside, taken]).last()
        return inside, aside

    def _squares_after(
        self, matrix: VoteMatrix, difference: Difference, live: Ids
    ) -> Squares | None:
        if self._squares is None or len(live) > MOST_STATEMENTS:
            return None
        wide = self._squares.fitted(self.matrix.statements, matrix.statements)
        return wide.after(matrix, difference).fitted(matrix.statements, live)

    def _square(self, means: NDArray[np.float64]) -> NDArray[np.float64] | None:
        return None if self._squares is None else self._squares.centred(means)

    def _counted(self, matrix: VoteMatrix, labels: Labels, groups: int) -> GroupVotes:
        """The votes of each group, from the last count and who has changed group since."""
        tally = self._tallies.get(groups)
        counts = None if tally is None else _moved(tally, matrix, labels)
        if counts is None:
            found = group_votes.count(matrix, np.where(labels < 0, groups, labels), groups + 1)
            every = np.stack([found.disagrees, found.passes, found.agrees], axis=1)
            counts = np.roll(every, 1, axis=0).reshape(groups + 1, -1).astype(np.int64)
        self._tallies[groups] = Tally(matrix.participants, labels, matrix.statements, counts)
        table = counts[1:].reshape(groups, 3, counts.shape[1] // 3).astype(np.float64)
        disagrees, passes, agrees = table.transpose(1, 0, 2)
        return GroupVotes(agrees, disagrees, agrees + disagrees + passes)


def differences(one: OpinionMap, other: OpinionMap) -> list[str]:
    """In what two maps differ, by name; nothing where they are the same to the last bit."""
    pairs = {
        "votes_sha256": (one.votes_sha256, other.votes_sha256),
        "participants": (one.participants, other.participants),
        "statements": (one.statements, other.statements),
        "loadings": (one.components.loadings, other.components.loadings),
        "variances": (one.components.variances, other.components.variances),
        "positions": (one.positions, other.positions),
        "structure": (one.structure.ratios, other.structure.ratios),
        "labels": (one.grouping.labels, other.grouping.labels),
        "centres": (one.grouping.centres, other.grouping.centres),
        "agrees of groups": (one.group_votes.agrees, other.group_votes.agrees),
        "disagrees of groups": (one.group_votes.disagrees, other.group_votes.disagrees),
        "seen by groups": (one.group_votes.seen, other.group_votes.seen),
        "priorities": (one.priorities, other.priorities),
        "model": (one.model.weights, other.model.weights),
        "shapes of groups": (one.group_shapes.means, other.group_shapes.means),
        "held_out": (one.held_out, other.held_out),
        "representative": (one.representative, other.representative),
    }
    return [name for name, (a, b) in pairs.items() if not np.array_equal(_plain(a), _plain(b))]


def _plain(value: object) -> NDArray[Any]:
    return value if isinstance(value, np.ndarray) else np.array(repr(value))


def _ids(some: Iterable[int]) -> Ids:
    return np.unique(np.array([int(one) for one in some], dtype=np.int64))


def _widened(matrix: VoteMatrix, changes: Changes) -> VoteMatrix:
    """With the participants and statements of the changes too."""
    return fitted(
        matrix,
        with_ids(matrix.participants, changes.participants),
        with_ids(matrix.statements, changes.statements),
    )


def _votes_on(matrix: VoteMatrix, statements: Ids) -> Changes:
    """All votes on some statements, in order."""
    chosen = columns_of(matrix.statements, statements) >= 0
    parts = []
    for block in matrix.blocks if len(statements) else ():
        at = np.flatnonzero(chosen[block.columns])
        row = np.searchsorted(block.offsets, at, side="right") - 1 + block.start
        parts.append(
            Changes(
                matrix.participants[row], matrix.statements[block.columns[at]], block.values[at]
            )
        )
    return joined(parts)


def _tally_after(
    tally: Tally, matrix: VoteMatrix, difference: Difference, people: Ids, live: Ids
) -> Tally:
    """The tally with the votes that changed, for the people and statements that are left."""
    wide = _among(tally, matrix.participants, matrix.statements)
    size = len(matrix.statements)
    cells, signs = difference.cells(size)
    was, now = difference.seen < 1, difference.seen > -1
    rows = np.concatenate([difference.rows[was], difference.rows[now]])
    cells = cells + (wide.labels[rows] + 1) * (3 * size)
    counts = wide.counts.ravel() + np.bincount(cells, signs, minlength=wide.counts.size).astype(
        np.int64
    )
    return _among(replace(wide, counts=counts.reshape(wide.counts.shape)), people, live)


def _among(tally: Tally, people: Ids, statements: Ids) -> Tally:
    """The same tally for other people and statements; those that go must have no votes."""
    labels, counts = tally.labels, tally.counts
    if not np.array_equal(people, tally.participants):
        place = columns_of(tally.participants, people)
        labels = np.full(len(people), -1, dtype=np.int64)
        labels[place[place >= 0]] = tally.labels[place >= 0]
    if not np.array_equal(statements, tally.statements):
        place = columns_of(tally.statements, statements)
        wider = np.zeros((len(counts), 3, len(statements)), dtype=np.int64)
        known = counts.reshape(len(counts), 3, -1)
        wider[:, :, place[place >= 0]] = known[:, :, place >= 0]
        counts = wider.reshape(len(counts), -1)
    return Tally(people, labels, statements, counts)


def _moved(tally: Tally, matrix: VoteMatrix, labels: Labels) -> NDArray[np.int64] | None:
    """The counts after some people have changed group; None when too many have."""
    moved = np.flatnonzero(tally.labels != labels)
    if len(moved) * FEW_MOVED > len(labels):
        return None
    size = len(matrix.statements)
    change = np.zeros(tally.counts.size, dtype=np.int64)
    for block in matrix.blocks:
        some = moved[(moved >= block.rows.start) & (moved < block.rows.stop)]
        at, length = entries_of(block, some - block.start)
        cell = block.columns[at] + (block.values[at].astype(np.int64) + 1) * size
        for of, sign in ((tally.labels, -1), (labels, 1)):
            whose = np.repeat((of[some] + 1) * (3 * size), length)
            change += sign * np.bincount(whose + cell, minlength=len(change))
    return tally.counts + change.reshape(tally.counts.shape)
