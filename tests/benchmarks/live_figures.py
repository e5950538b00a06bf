"""What the live room's benchmark says: percentiles, what was stored, figures and their bars."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

COUNTED, REFUSED, UNKNOWN = "counted", "refused", "unknown"


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that at least this share of them does not exceed (nearest rank)."""
    ranked = sorted(values)
    if not ranked:
        raise ValueError("nothing was measured")
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)]


# Whether every acknowledged vote is there, and nothing else


@dataclass
class Cast:
    """One vote as its client sent it, and what became of it."""

    person: int
    number: int
    choice: int
    intended: float
    answered: float = 0.0
    end: str = UNKNOWN


def wrongs(
    casts: Iterable[Cast], stored: Mapping[str, Any], before: Mapping[str, Any]
) -> list[str]:
    """What the database holds that was not acknowledged, or does not hold that was.

    `casts` are in the order of their answers for each person and statement. A vote without an
    answer may be there or not. People of an earlier run keep what they had.
    """
    sent: dict[tuple[int, int], list[Cast]] = defaultdict(list)
    for cast in casts:
        sent[cast.person, cast.number].append(cast)
    votes = {(person, number): choice for person, number, choice in stored["votes"] if person >= 0}
    history = _history(stored)
    earlier = _history(before)
    found = []
    for pair in sorted(sent.keys() | votes.keys() | history.keys()):
        was = earlier.get(pair, [])
        is_ = history.get(pair, [])
        allowed = _allowed(was, sent.get(pair, []))
        if is_ not in allowed:
            found.append(f"person, statement {pair}: stored {is_}, acknowledged {allowed[0]}")
        elif votes.get(pair) != (is_[-1] if is_ else None):
            found.append(f"person, statement {pair}: vote {votes.get(pair)}, history {is_}")
    for rows in ("votes", "changes"):
        others = [sum(row[0] < 0 for row in kept[rows]) for kept in (before, stored)]
        if others[0] != others[1]:
            found.append(f"{rows} of people who did nothing: {others[0]} before, {others[1]} after")
    return found


def _allowed(was: Sequence[int], casts: Sequence[Cast]) -> list[list[int]]:
    answered = [cast.choice for cast in casts if cast.end == COUNTED]
    unknown = [cast.choice for cast in casts if cast.end == UNKNOWN]
    return [_effective([*was, *answered, *unknown[:count]]) for count in range(len(unknown) + 1)]


def _effective(choices: Iterable[int]) -> list[int]:
    """A history without the votes that changed nothing."""
    kept: list[int] = []
    for choice in choices:
        if not kept or kept[-1] != choice:
            kept.append(choice)
    return kept


def _history(stored: Mapping[str, Any]) -> dict[tuple[int, int], list[int]]:
    kept: dict[tuple[int, int], list[int]] = defaultdict(list)
    for person, number, choice in stored["changes"]:
        if person >= 0:
            kept[person, number].append(choice)
    return dict(kept)


# Figures


class Better(StrEnum):
    """Which side of its bar a figure has to be on."""

    HIGH = "≥"
    LOW = "≤"


@dataclass(frozen=True)
class Bar:
    """What a figure is compared with."""

    figure: str
    better: Better
    bar: float
    stretch: float | None = None
    unit: str = ""

    def word(self, value: float) -> str:
        if not self._holds(value, self.bar):
            return "MISSED"
        if self.stretch is None:
            return "met"
        return "met, stretch too" if self._holds(value, self.stretch) else "met"

    def _holds(self, value: float, bar: float) -> bool:
        return value >= bar if self.better is Better.HIGH else value <= bar


SHARE_OF_ECHO = Bar("votes/s by socket / bare echo", Better.HIGH, 0.7, 0.85)
TIMES_ORM = Bar("votes/s by socket / update_or_create", Better.HIGH, 7, 9, "×")
# Nothing is promised of it but that batches are worth their while.
TIMES_ORM_SIDE_BY_SIDE = Bar("  the same, its queries side by side", Better.HIGH, 1, None, "×")
BY_FORM = Bar("votes/s by form / empty view", Better.HIGH, 0.7, 0.9)
BY_API = Bar("votes/s by API / empty view", Better.HIGH, 0.7, 0.9)
P99 = Bar("p99 at half the maximum rate", Better.LOW, 150, 60, " ms")
ONE_UPDATE = Bar("one update to 1,000 sockets / group_send", Better.LOW, 0.3, 0.15)
BURST = Bar("500 updates, 1,000 sockets, 2 processes", Better.LOW, 3, 1, " s")
RECONNECT = Bar("1,500 signed-in sockets come back", Better.LOW, 20, 10, " s")
NEW_BY_SOCKET = Bar("200 first votes in 2 s, sockets: p99", Better.LOW, 2, 1, " s")
NEW_BY_FORM = Bar("200 first votes in 2 s, form: p99", Better.LOW, 2, 1, " s")
NEW_FROM_PAGE_TO_FORM = Bar("200 who open the page, form: p99", Better.LOW, 2, 1, " s")
NEW_FROM_PAGE_TO_SOCKET = Bar("200 who open the page, socket: p99", Better.LOW, 2, 1, " s")
MEMORY = Bar("memory per idle signed-in socket", Better.LOW, 60, 40, " KiB")
FLOOD_MEMORY = Bar("memory under attack", Better.LOW, 50, None, " MB")
NAIVE_MEMORY = Bar("  control: a server without bounds", Better.HIGH, 50, None, " MB")


@dataclass
class Figure:
    """One line of the table."""

    bar: Bar
    # Where it was measured: the database, the server.
    place: str
    value: float = math.nan
    measured: str = ""
    against: str = ""
    notes: list[str] = field(default_factory=list)
    failure: str = ""

    @property
    def word(self) -> str:
        return f"FAILED: {self.failure}" if self.failure else self.bar.word(self.value)

    @property
    def is_met(self) -> bool:
        return not self.failure and self.word != "MISSED"

    def row(self) -> list[str]:
        bar = self.bar
        value = "" if self.failure else f"{self.value:.3g}{bar.unit}"
        stretch = "" if bar.stretch is None else f"{bar.better} {bar.stretch:g}{bar.unit}"
        wanted = f"{bar.better} {bar.bar:g}{bar.unit}"
        return [
            bar.figure,
            self.place,
            self.measured,
            self.against,
            value,
            wanted,
            stretch,
            self.word,
        ]

    def as_json(self) -> dict[str, Any]:
        kept = asdict(self) | {"result": self.word, "met": self.is_met}
        kept["value"] = None if math.isnan(self.value) else self.value
        return kept


HEAD = ["figure", "where", "measured", "floor or peer", "value", "bar", "stretch", ""]


def table(figures: Sequence[Figure]) -> str:
    """A table in Markdown whose columns also stand below each other in a terminal."""
    rows = [HEAD, *(figure.row() for figure in figures)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEAD))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
