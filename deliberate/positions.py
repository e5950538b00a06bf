"""Where a participant stands on the opinion map, asked from below the room that draws it.

Imports point down, so the map's room hands its projector in when the site starts.
"""

from collections.abc import Callable
from typing import Protocol

# What a map needs to know of one person's votes; it is the map's own matter what the numbers are.
Sums = tuple[float, float, int]
NO_VOTES: Sums = (0.0, 0.0, 0)


class Placing(Protocol):
    """How one map places people by their own votes; asks nothing of the database."""

    def with_vote(self, sums: Sums, number: int, choice: int) -> Sums:
        """The sums of somebody's votes after one more, on the statement of that number."""

    def place(self, sums: Sums) -> tuple[float, float] | None:
        """Where these votes are on the map as it is shown; None before the first that it knows."""


class Projector(Protocol):
    """Finds how the conversation's newest map places people; None where there is no map yet."""

    def __call__(self, conversation_id: int) -> Placing | None: ...


def _no_map(conversation_id: int) -> Placing | None:
    return None


_projector: list[Projector] = [_no_map]


def provide(projector: Projector) -> Callable[[], None]:
    """Use this projector from now on; calling what is returned puts the former one back."""
    former = _projector[0]
    _projector[0] = projector

    def restore() -> None:
        _projector[0] = former

    return restore


def placing(conversation_id: int) -> Placing | None:
    """How the newest map places people, or None where there is no map yet."""
    return _projector[0](conversation_id)
