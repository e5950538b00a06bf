"""The states of a petition and what leads from one to the next: a table that knows no Django."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where a petition stands; whether a council has it is another axis (CouncilReview)."""

    DRAFT = "draft"
    COLLECTING = "collecting"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class Action(StrEnum):
    """What can be done to a petition."""

    SAVE = "save"
    OPEN = "open"
    WITHDRAW = "withdraw"
    REACH = "reach"
    CLOSE = "close"
    ANSWER = "answer"


class Actor(StrEnum):
    """As what somebody acts; never who."""

    CREATOR = "creator"
    COUNCIL = "council"
    SYSTEM = "system"


TRANSITIONS: Final[Mapping[tuple[State, Action], State]] = {
    (State.DRAFT, Action.SAVE): State.DRAFT,
    (State.DRAFT, Action.OPEN): State.COLLECTING,
    (State.DRAFT, Action.WITHDRAW): State.WITHDRAWN,
    (State.COLLECTING, Action.WITHDRAW): State.WITHDRAWN,
    # People go on signing after the threshold, until the deadline or the council's answer.
    (State.COLLECTING, Action.REACH): State.COLLECTING,
    (State.COLLECTING, Action.CLOSE): State.CLOSED,
    (State.COLLECTING, Action.ANSWER): State.CLOSED,
    (State.CLOSED, Action.ANSWER): State.CLOSED,
}
