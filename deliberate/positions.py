"""Where a participant stands on the opinion map, asked from below the room that draws it.

Imports point down, so the map's room hands its projector in when the site starts.
"""

from collections.abc import Callable
from typing import Protocol

from deliberate.models import Conversation, Participant


class Projector(Protocol):
    """Projects one participant's own votes onto the conversation's newest map."""

    def __call__(
        self, conversation: Conversation, participant: Participant
    ) -> tuple[float, float] | None: ...


def _no_map(conversation: Conversation, participant: Participant) -> tuple[float, float] | None:
    return None


_projector: list[Projector] = [_no_map]


def provide(projector: Projector) -> Callable[[], None]:
    """Use this projector from now on; calling what is returned puts the former one back."""
    former = _projector[0]
    _projector[0] = projector

    def restore() -> None:
        _projector[0] = former

    return restore


def of(conversation: Conversation, participant: Participant) -> tuple[float, float] | None:
    """The participant's place on the newest map, or None where there is no map yet."""
    return _projector[0](conversation, participant)
