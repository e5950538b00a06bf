"""What clients did and what they were told: each operation from its invocation to its answer."""

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4


class Outcome(StrEnum):
    """What a client knows of an operation."""

    OK = "ok"
    # Refused with a reason: it has no effect.
    FAIL = "fail"
    # No answer: it may have happened, or may still happen.
    UNKNOWN = "unknown"


@dataclass
class Operation:
    """One ballot as its sender saw it; without a choice it takes a vote back."""

    client: str
    statement: int
    choice: int | None
    invoked: float
    id: UUID = field(default_factory=uuid4)
    outcome: Outcome = Outcome.UNKNOWN
    # When the first answer that settles it came.
    completed: float | None = None
    # Every settling answer: the same one each time, if ballots are counted once.
    answers: list[dict[str, Any]] = field(default_factory=list)
    code: str = ""
    # How often it was sent, and how often the answer was "try later".
    attempts: int = 0
    postponed: list[float] = field(default_factory=list)


class History:
    """The operations of all clients of a run, under one clock."""

    def __init__(self, operations: list[Operation] | None = None) -> None:
        self.operations: list[Operation] = operations or []
        # What was done to the servers, and when.
        self.faults: list[tuple[float, str]] = []

    def __iter__(self) -> Iterator[Operation]:
        return iter(self.operations)

    def invoke(self, *, client: str, statement: int, choice: int | None) -> Operation:
        """Begin an operation."""
        operation = Operation(client, statement, choice, invoked=time.monotonic())
        self.operations.append(operation)
        return operation

    def settle(
        self, operation: Operation, outcome: Outcome, *, answer: dict[str, Any], code: str = ""
    ) -> None:
        """Note an answer; the first one decides when the operation was over."""
        operation.answers.append(answer)
        if operation.completed is None:
            operation.outcome, operation.code = outcome, code
            operation.completed = time.monotonic()

    def fault(self, what: str) -> None:
        """Note what was done to the servers."""
        self.faults.append((time.monotonic(), what))

    def acknowledged(self, *, since: float = 0.0, until: float = float("inf")) -> list[Operation]:
        """The operations that were acknowledged in that time."""
        return [
            operation
            for operation in self.operations
            if operation.outcome == Outcome.OK and since <= (operation.completed or 0.0) < until
        ]

    def save(self, path: Path) -> None:
        """Write the history down, a line an operation."""
        lines = [{"fault": what, "at": at} for at, what in self.faults]
        lines += [{**asdict(operation), "id": str(operation.id)} for operation in self.operations]
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
