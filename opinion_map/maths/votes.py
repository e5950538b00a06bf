"""The votes of one conversation as three arrays: what the maths reads, and nothing else."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

AGREE, PASS, DISAGREE = 1, 0, -1


@dataclass(frozen=True, eq=False)
class Votes:
    """Rows of votes in the order in which they were cast: a later row replaces an earlier one.

    Parameters
    ----------
    participants : ndarray of int, shape (n_votes,)
        Who voted; any integers.
    statements : ndarray of int, shape (n_votes,)
        On which statement; any integers.
    choices : ndarray of int8, shape (n_votes,)
        +1 agree, 0 pass, -1 disagree.
    excluded : iterable of int, default ()
        Statements that the map leaves out: rejected by moderation, or metadata.

    Raises
    ------
    ValueError
        The arrays are not one-dimensional integers of one length, or a choice is not -1, 0 or 1.
    """

    participants: NDArray[np.integer]
    statements: NDArray[np.integer]
    choices: NDArray[np.integer]
    excluded: Iterable[int] = field(default=())

    def __post_init__(self) -> None:
        for name in ("participants", "statements", "choices"):
            array = np.asarray(getattr(self, name))
            if array.size == 0:
                array = array.astype(np.int64)
            if array.ndim != 1 or array.dtype.kind not in "iu":
                raise ValueError(f"votes.{name} must be a one-dimensional array of integers")
            object.__setattr__(self, name, array)
        object.__setattr__(self, "excluded", frozenset(int(one) for one in self.excluded))
        if not len(self.participants) == len(self.statements) == len(self.choices):
            raise ValueError("votes need as many participants as statements and choices")
        if len(self.choices) and not -1 <= self.choices.min() <= self.choices.max() <= 1:
            raise ValueError("a choice is -1 (disagree), 0 (pass) or 1 (agree)")

    def __len__(self) -> int:
        return len(self.choices)
