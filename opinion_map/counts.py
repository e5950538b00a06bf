"""Published counts of a statement, by everyone and by group, as shares of who voted on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Cell:
    """How some people voted on one statement; counts are None where too few did."""

    letter: str
    agree: int | None = None
    disagree: int | None = None
    passed: int | None = None
    agree_percent: int | None = None
    disagree_percent: int | None = None
    passed_percent: int | None = None

    @property
    def seen(self) -> int:
        """How many people voted; 0 where that is not published."""
        return (self.agree or 0) + (self.disagree or 0) + (self.passed or 0)

    @property
    def counts(self) -> str:
        """The three counts as they stand in the table."""
        return f"{self.agree} · {self.disagree} · {self.passed}"

    @property
    def agree_path(self) -> str:
        """The part of a bar, 100 wide, that agrees: from its start."""
        return f"M0 0h{self.agree_percent}v1H0"

    @property
    def disagree_path(self) -> str:
        """The part of the bar that disagrees: at its end."""
        return f"M100 0h-{self.disagree_percent}v1h{self.disagree_percent}"

    @property
    def leaning(self) -> str:
        """What more than half of them chose, or nothing."""
        shares = {"agree": self.agree, "disagree": self.disagree, "pass": self.passed}
        for choice, count in shares.items():
            if count is not None and 2 * count > self.seen:
                return choice
        return ""


def cell(letter: str, counts: Mapping[str, Any] | None) -> Cell:
    """The cell of published counts; of None the empty one."""
    if counts is None or counts["agree"] is None:
        return Cell(letter)
    agree, disagree, passed = counts["agree"], counts["disagree"], counts["pass"]
    total = agree + disagree + passed

    def percent(count: int) -> int:
        return round(100 * count / total) if total else 0

    return Cell(letter, agree, disagree, passed, percent(agree), percent(disagree), percent(passed))


def everyone(statement: Mapping[str, Any]) -> Cell:
    """The cell of all who voted on a statement of a document."""
    return cell("", statement)


def seen(statement: Mapping[str, Any]) -> int:
    """How many people voted on a statement; 0 where that is not published."""
    if statement["agree"] is None:
        return 0
    return int(statement["agree"] + statement["disagree"] + statement["pass"])
