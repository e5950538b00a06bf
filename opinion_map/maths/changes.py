"""Votes cast, changed and taken back since some moment."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
TAKEN_BACK = 2
"""The choice of somebody who takes a vote back: the pair has none from then on."""


@dataclass(frozen=True, eq=False)
class Changes:
    """Votes cast, changed and taken back, in the order in which it happened.

    Parameters
    ----------
    participants, statements : ndarray of int, shape (n,)
    choices : ndarray of int, shape (n,)
        +1, 0, -1 or TAKEN_BACK.

    Raises
    ------
    ValueError
        The arrays are not of one length, or a choice is none of these.
    """

    participants: NDArray[np.integer]
    statements: NDArray[np.integer]
    choices: NDArray[np.integer]

    def __post_init__(self) -> None:
        for name, kind in (("participants", "i8"), ("statements", "i8"), ("choices", "i1")):
            object.__setattr__(self, name, np.asarray(getattr(self, name)).astype(kind, copy=False))
        if not len(self.participants) == len(self.statements) == len(self.choices):
            raise ValueError("changes need as many participants as statements and choices")
        if not np.isin(self.choices, (-1, 0, 1, TAKEN_BACK)).all():
            raise ValueError("a changed choice is -1, 0, 1 or TAKEN_BACK")

    def __len__(self) -> int:
        return len(self.choices)

    def of(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> "Changes":
        return Changes(self.participants[rows], self.statements[rows], self.choices[rows])

    def last(self) -> "Changes":
        """The last change of each pair, in order of participants and then statements."""
        ordered = self.of(np.lexsort((self.statements, self.participants)))
        ends = np.append(
            (np.diff(ordered.participants) != 0) | (np.diff(ordered.statements) != 0), True
        )
        return ordered.of(ends[: len(ordered)])


def with_ids(known: Ids, more: NDArray[np.integer]) -> Ids:
    """The known ids, in order and distinct, and the others among them."""
    fresh = more[~is_among(more, known)].astype(np.int64)
    if len(fresh) == 0:
        return known
    both = np.sort(np.concatenate([known, fresh]))
    return both[np.append(True, both[1:] != both[:-1])]


def is_among(ids: NDArray[np.integer], known: Ids) -> NDArray[np.bool_]:
    """Which ids are among known ones, which are in order."""
    if len(known) == 0:
        return np.zeros(len(ids), dtype=bool)
    found: NDArray[np.bool_] = known[np.minimum(np.searchsorted(known, ids), len(known) - 1)] == ids
    return found


def joined(parts: Iterable[Changes]) -> Changes:
    """All of them, one after the other."""
    some = list(parts)
    return Changes(
        np.concatenate([np.zeros(0, np.int64), *(one.participants for one in some)]),
        np.concatenate([np.zeros(0, np.int64), *(one.statements for one in some)]),
        np.concatenate([np.zeros(0, np.int8), *(one.choices for one in some)]),
    )
