"""Every number of a map as a table: statements by groups, with the reader's own votes, sorted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from deliberate.models import Choice
from opinion_map.asked import Asked, NotThere
from opinion_map.counts import Cell, cell, everyone, seen
from opinion_map.statement_lines import Document, Writer

OWN = {Choice.AGREE: "agree", Choice.PASS: "pass", Choice.DISAGREE: "disagree"}


@dataclass(frozen=True)
class Column:
    """The head of a column: a link that sorts by it."""

    name: str
    words: str
    query: str
    # "ascending", "descending" or, where another column sorts, nothing.
    order: str


@dataclass(frozen=True)
class Row:
    """One statement's line of the table: everyone, then each group, then the reader."""

    number: int
    text: str
    language: str
    query: str
    is_chosen: bool
    cells: list[Cell]
    you: str
    you_display: str


@dataclass(frozen=True)
class Table:
    """The rows in the order that was asked for."""

    columns: list[Column]
    rows: list[Row]
    # How many statements are left out, and the link that has them.
    left: int
    every_query: str
    has_you: bool
    # Stands where counts are not published.
    too_few: str


def of(document: Document, writer: Writer, *, own: Mapping[int, int], most: int | None) -> Table:
    """The table of a document; `most` rows of it, or all for None.

    Raises
    ------
    NotThere
        The reader asked to sort by a column that there is not.
    """
    asked = writer.asked
    letters = [group["id"] for group in document["groups"]]
    # Everybody together is no group.
    letters = letters if len(letters) > 1 else []
    rows = [row for row in document["statements"] if seen(row)]
    rows = _sorted(rows, asked, letters, own)
    return Table(
        columns=_columns(asked, letters, has_you=bool(own)),
        rows=[_row(row, letters, writer, own) for row in rows[:most]],
        left=0 if most is None else max(0, len(rows) - most),
        every_query=asked.url("numbers", every=True),
        has_you=bool(own),
        too_few=_("too few"),
    )


def _sorted(
    rows: list[dict[str, Any]], asked: Asked, letters: list[str], own: Mapping[int, int]
) -> list[dict[str, Any]]:
    """Those with nothing to sort by come last, whatever the order."""

    def key(row: dict[str, Any]) -> float | None:
        if asked.sort == "votes":
            return seen(row)
        if asked.sort == "statement":
            return row["id"]
        if asked.sort == "everyone":
            return row["agree"] / seen(row)
        if asked.sort == "you":
            return own.get(row["id"])
        counts = row["groups"].get(asked.sort.upper())
        total = seen(counts) if counts else 0
        return counts["agree"] / total if total else None

    if asked.sort.upper() not in letters and asked.sort not in _PLAIN:
        raise NotThere(asked.sort)
    sign = 1 if asked.ascending else -1
    keyed = [(key(row), row) for row in rows]
    known = [(value, row) for value, row in keyed if value is not None]
    known.sort(key=lambda pair: (sign * pair[0], pair[1]["id"]))
    return [row for _value, row in known] + [row for value, row in keyed if value is None]


_PLAIN = ("votes", "statement", "everyone", "you")


def _columns(asked: Asked, letters: list[str], *, has_you: bool) -> list[Column]:
    names = [("statement", _("Statement")), ("everyone", _("Everyone"))]
    names += [(letter.lower(), _("Group %(letter)s") % {"letter": letter}) for letter in letters]
    if has_you:
        # Translators: the head of the column with the reader's own votes.
        names.append(("you", _("You")))
    return [_column(asked, name, words) for name, words in names]


def _column(asked: Asked, name: str, words: str) -> Column:
    """Numbers begin with the largest, the list of statements with the first."""
    sorts = asked.sort == name
    ascending = not asked.ascending if sorts else name == "statement"
    order = ("ascending" if asked.ascending else "descending") if sorts else ""
    return Column(name, words, asked.url("numbers", sort=name, ascending=ascending), order)


def _row(row: dict[str, Any], letters: list[str], writer: Writer, own: Mapping[int, int]) -> Row:
    here = writer.texts[row["id"]]
    choice = own.get(row["id"])
    return Row(
        number=row["id"],
        text=here.text_here,
        language=here.language_here,
        query=writer.asked.url("choice", statement=row["id"], group=None),
        is_chosen=writer.asked.statement == row["id"],
        cells=[everyone(row), *(cell(letter, row["groups"].get(letter)) for letter in letters)],
        you=OWN[Choice(choice)] if choice is not None else "",
        you_display=str(Choice(choice).label) if choice is not None else "",
    )
