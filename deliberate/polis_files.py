"""Reads the files of a Polis export, plain or gzip, and says in which file and line they err.

Pure: no Django, no numpy, nothing stored. Votes have the signs of the files and of this project:
agree +1, pass 0, disagree -1. (The JSON of Polis's API has the opposite signs and is not read.)
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from deliberate.csv_files import records

CHOICES = {"1": 1, "0": 0, "-1": -1}
TRUTHS = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False, "": False}
# The largest number that the database's integer columns hold.
LARGEST_ID = 2**31 - 1
# Some exports write seconds: 10^11 milliseconds are March 1973, before any vote.
SECONDS_BELOW = 10**11
LATEST = 253_402_300_799_999
# What a spreadsheet would run as a formula when a cell begins with it.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class PolisFileError(ValueError):
    """A file of the export is not what it should be: where, and what is wrong."""

    def __init__(self, *, file: str, problem: str, line: int | None = None) -> None:
        self.file, self.line, self.problem = file, line, problem
        place = file if line is None else f"{file} line {line}"
        super().__init__(f"{place}: {problem}")


class VoteRow(NamedTuple):
    """One vote: when (milliseconds, None where the file has no times), by whom, on what."""

    line: int
    timestamp: int | None
    participant: int
    statement: int
    choice: int


class StatementRow(NamedTuple):
    """One statement as it stands in comments.csv; `moderated` is -1 for rejected, else 0 or 1."""

    line: int
    timestamp: int
    number: int
    author: int | None
    moderated: int
    is_metadata: bool
    is_seed: bool
    text: str


def find(directory: Path, name: str) -> Path | None:
    """The file `name`.csv or `name`.csv.gz of an export, if there is one."""
    for path in (directory / f"{name}.csv", directory / f"{name}.csv.gz"):
        if path.is_file():
            return path
    return None


def guarded(text: str) -> str:
    """The text as a cell that no spreadsheet runs: an apostrophe stands before a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def unguarded(text: str) -> str:
    """The text of a cell that `guarded` wrote."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_STARTS) else text


def votes(path: Path) -> Iterator[VoteRow]:
    """Every vote event of votes.csv, in the order of the file (which is not that of time).

    Raises:
        PolisFileError: while iterating, at the first row that is wrong.
    """
    table = _Table(path, required=("timestamp", "comment-id", "voter-id", "vote"))
    when, what, who, vote = (
        table.place(name) for name in ("timestamp", "comment-id", "voter-id", "vote")
    )
    for line, cells in table.rows():
        choice = CHOICES.get(cells[vote])
        if choice is None:
            raise table.error(line, f"vote must be -1, 0 or 1, not {cells[vote]!r}")
        yield VoteRow(
            line,
            table.moment(line, cells[when]),
            table.number(line, "voter-id", cells[who]),
            table.number(line, "comment-id", cells[what]),
            choice,
        )


def statements(path: Path) -> Iterator[StatementRow]:
    """Every statement of comments.csv, in the order of the file.

    Raises:
        PolisFileError: while iterating, at the first row that is wrong or a number's second one.
    """
    table = _Table(path, required=("timestamp", "comment-id", "moderated", "comment-body"))
    lines: dict[int, int] = {}
    for line, cells in table.rows():
        cell = table.named(cells)
        number = table.number(line, "comment-id", cell["comment-id"])
        if number in lines:
            raise table.error(line, f"comment-id {number} stands in line {lines[number]} already")
        lines[number] = line
        if cell["moderated"] not in CHOICES:
            raise table.error(line, f"moderated must be -1, 0 or 1, not {cell['moderated']!r}")
        author = cell.get("author-id", "")
        yield StatementRow(
            line=line,
            timestamp=table.moment(line, cell["timestamp"]),
            number=number,
            author=table.number(line, "author-id", author) if author else None,
            moderated=CHOICES[cell["moderated"]],
            is_metadata=table.truth(line, "is-meta", cell.get("is-meta", "")),
            is_seed=table.truth(line, "is-seed", cell.get("is-seed", "")),
            text=cell["comment-body"],
        )


def participants_votes(path: Path) -> Iterator[VoteRow]:
    """The last votes of participants-votes.csv, a participant after the other, without times.

    Raises:
        PolisFileError: while iterating, at the first row that is wrong or a person's second one.
    """
    table = _Table(path, required=("participant",))
    who = table.place("participant")
    columns = [
        (place, table.number(1, "the statement's number", name))
        for place, name in enumerate(table.header)
        if name.isdigit()
    ]
    lines: dict[int, int] = {}
    for line, cells in table.rows():
        participant = table.number(line, "participant", cells[who])
        if participant in lines:
            raise table.error(
                line, f"participant {participant} stands in line {lines[participant]} already"
            )
        lines[participant] = line
        for place, statement in columns:
            cell = cells[place]
            if cell == "":
                continue
            if cell not in CHOICES:
                raise table.error(
                    line, f"the vote on statement {statement} must be -1, 0 or 1, not {cell!r}"
                )
            yield VoteRow(line, None, participant, statement, CHOICES[cell])


def summary(path: Path) -> dict[str, str]:
    """What summary.csv says of the conversation: a name and a value in each row, no header.

    Raises:
        PolisFileError: a row is not a name and a value.
    """
    facts: dict[str, str] = {}
    refuse = _refusal(path)
    for line, cells in records(path, refuse=refuse):
        if len(cells) != 2:
            raise refuse(line, f"expected a name and a value, not {cells!r}")
        facts[cells[0]] = cells[1]
    return facts


class _Table:
    """A file with a header, read row by row; makes the errors that name its places."""

    def __init__(self, path: Path, *, required: tuple[str, ...]) -> None:
        self.error = _refusal(path)
        self.records = records(path, refuse=self.error)
        _line, self.header = next(self.records, (1, []))
        for name in required:
            if name not in self.header:
                found = ", ".join(self.header[:12]) or "nothing"
                raise self.error(1, f"the column {name!r} is missing; found: {found}")
        for place, name in enumerate(self.header):
            if self.header.index(name) != place:
                raise self.error(1, f"the column {name!r} stands there twice")

    def place(self, name: str) -> int:
        return self.header.index(name)

    def named(self, cells: list[str]) -> dict[str, str]:
        return dict(zip(self.header, cells, strict=True))

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        width = len(self.header)
        for line, cells in self.records:
            if len(cells) != width:
                raise self.error(line, f"the row has {len(cells)} cells, the header has {width}")
            yield line, cells

    def number(self, line: int, name: str, cell: str) -> int:
        if not _is_number(cell, most=LARGEST_ID):
            raise self.error(line, f"{name} must be a whole number from 0 on, not {cell[:40]!r}")
        return int(cell)

    def moment(self, line: int, cell: str) -> int:
        if not _is_number(cell, most=LATEST):
            raise self.error(line, f"timestamp must be milliseconds since 1970, not {cell[:40]!r}")
        moment = int(cell)
        return moment * 1000 if moment < SECONDS_BELOW else moment

    def truth(self, line: int, name: str, cell: str) -> bool:
        known = TRUTHS.get(cell.lower())
        if known is None:
            raise self.error(line, f"{name} must be true or false, not {cell[:40]!r}")
        return known


def _is_number(cell: str, *, most: int) -> bool:
    # int() alone takes underscores, signs, spaces and the digits of every script.
    return cell.isascii() and cell.isdigit() and len(cell) < 20 and int(cell) <= most


def _refusal(path: Path) -> Callable[[int | None, str], PolisFileError]:
    return lambda line, problem: PolisFileError(file=path.name, line=line, problem=problem)
