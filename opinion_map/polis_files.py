"""Reading Polis exports into arrays: votes.csv and comments.csv, gzip or not.

Only what a map is made of is looked at, since millions of rows go by; the import into the database
reads the same files more strictly (deliberate/polis_files.py). The sign is that of the exports
(+1 agrees), which is ours; the JSON of Polis' API has the opposite one. Rows of `votes.csv` are
sorted by statement, not by time, so they are put in order of their timestamp; a later row replaces
an earlier one.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deliberate.csv_files import Progress, records
from opinion_map.maths.votes import Votes

LARGEST_ID = 2**62


class BadFile(ValueError):
    """A file that cannot be read as it should be: says which, where and why."""

    def __init__(self, path: Path | str, line: int | None, reason: str) -> None:
        self.path, self.line, self.reason = str(path), line, reason
        where = f"{path}:{line}" if line else f"{path}"
        super().__init__(f"{where}: {reason}")

    def __reduce__(self) -> tuple[type["BadFile"], tuple[str, int | None, str]]:
        """It may be raised in another process."""
        return BadFile, (self.path, self.line, self.reason)


@dataclass(frozen=True)
class Comment:
    """A statement as Polis exports it; `moderated` is 1 accepted, 0 not looked at, -1 rejected."""

    id: int
    moderated: int
    is_meta: bool

    @property
    def excluded(self) -> bool:
        """Whether the map leaves it out."""
        return self.moderated == -1 or self.is_meta


@dataclass(frozen=True, eq=False)
class VoteRows:
    """Votes as a file has them; `timestamps` (ms) is empty where there are none."""

    participants: NDArray[np.int64]
    statements: NDArray[np.int64]
    choices: NDArray[np.int8]
    timestamps: NDArray[np.int64]

    def votes(self, *, excluded: frozenset[int] = frozenset()) -> Votes:
        return Votes(self.participants, self.statements, self.choices, excluded=excluded)

    def where(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> "VoteRows":
        """Some of the rows, or all in another order."""
        stamps = self.timestamps[rows] if len(self.timestamps) else self.timestamps
        return VoteRows(self.participants[rows], self.statements[rows], self.choices[rows], stamps)

    def in_time(self) -> "VoteRows":
        """The rows in order of time, those of one moment as they stood."""
        if len(self.timestamps) == 0:
            return self
        return self.where(np.argsort(self.timestamps, kind="stable"))

    def followed_by(self, *others: "VoteRows") -> "VoteRows":
        """These rows and those of others behind them."""
        parts = (self, *others)
        return VoteRows(
            np.concatenate([one.participants for one in parts]),
            np.concatenate([one.statements for one in parts]),
            np.concatenate([one.choices for one in parts]),
            np.concatenate([one.timestamps for one in parts]),
        )


def read_votes(path: Path | str, *, progress: Progress | None = None) -> VoteRows:
    """The rows of a votes.csv (also .gz), earliest first.

    Raises
    ------
    BadFile
        Not a readable CSV, a column is missing, or a row is not a vote: with the line.
    """
    column, rows = table(path, ("comment-id", "voter-id", "vote"), progress=progress)
    timed = "timestamp" in column
    people, statements, choices, times = array("q"), array("q"), array("b"), array("q")
    at = column["voter-id"], column["comment-id"], column["vote"], column.get("timestamp", 0)
    for line, row in rows:
        try:
            people.append(int(row[at[0]]))
            statements.append(int(row[at[1]]))
            choice = int(row[at[2]])
            if timed:
                times.append(int(row[at[3]]))
        except (ValueError, IndexError, OverflowError) as error:
            raise BadFile(path, line, _complaint(row, column)) from error
        if not -1 <= choice <= 1:
            raise BadFile(path, line, f"a vote is -1, 0 or 1, not {row[at[2]]!r}")
        choices.append(choice)
    return VoteRows(
        _ints(people, np.int64),
        _ints(statements, np.int64),
        _ints(choices, np.int8),
        _ints(times, np.int64),
    ).in_time()


def read_comments(path: Path | str) -> list[Comment]:
    """The statements of a comments.csv (also .gz), in the order of the file.

    Raises
    ------
    BadFile
    """
    comments: list[Comment] = []
    seen: set[int] = set()
    column, rows = table(path, ("comment-id",))
    for line, row in rows:
        comment = _comment(path, line, row, column)
        if comment.id in seen:
            raise BadFile(path, line, f"comment-id {comment.id} is there twice")
        seen.add(comment.id)
        comments.append(comment)
    return comments


def _ints(values: "array[int]", dtype: type) -> NDArray[Any]:
    return np.frombuffer(values, dtype) if len(values) else np.zeros(0, dtype)


def _comment(path: Path | str, line: int, row: list[str], column: dict[str, int]) -> Comment:
    def cell(name: str) -> str:
        return row[column[name]].strip() if name in column and column[name] < len(row) else ""

    try:
        moderated = int(cell("moderated") or 0)
        if moderated not in (-1, 0, 1):
            raise ValueError
        return Comment(int(cell("comment-id")), moderated, cell("is-meta").lower() == "true")
    except ValueError as error:
        raise BadFile(path, line, _complaint(row, column)) from error


WHOLE = ("timestamp", "comment-id", "voter-id", "author-id", "vote", "moderated")


def _complaint(row: list[str], column: dict[str, int]) -> str:
    """Which cell of a refused row is wrong."""
    if len(row) < len(column):
        return f"{len(row)} cells, but the header names {len(column)} columns"
    for name in WHOLE:
        if name in column:
            try:
                if abs(int(row[column[name]])) > LARGEST_ID:
                    return f"{name} {row[column[name]]!r} is too large"
            except ValueError:
                return f"{name} must be a whole number, not {row[column[name]]!r}"
    return "moderated is -1, 0 or 1"


def table(
    path: Path | str, needed: tuple[str, ...], *, progress: Progress | None = None
) -> tuple[dict[str, int], Iterator[tuple[int, list[str]]]]:
    """Column numbers by name, and the rows below the header with their lines.

    Raises
    ------
    BadFile
        There is no such column; while iterating, where the file cannot be read.
    """
    rows = records(Path(path), refuse=partial(BadFile, path), progress=progress)
    _line, names = next(rows, (1, []))
    column = {name.strip(): at for at, name in enumerate(names)}
    if missing := [name for name in needed if name not in column]:
        raise BadFile(path, 1, f"no column named {', '.join(missing)}")
    return column, rows
