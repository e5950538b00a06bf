"""What a reader picked on the map, a statement or a group, and how everybody voted there."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opinion_map.asked import NotThere
from opinion_map.counts import Cell, cell, everyone, seen
from opinion_map.own_place import Own
from opinion_map.statement_lines import Document, Line, Writer, typical
from opinion_map.table import OWN

# Statements that are listed of a group that was picked.
TYPICAL = 8


@dataclass(frozen=True)
class ChosenStatement:
    """A statement, with a bar for everyone and for each group."""

    number: int
    text: str
    language: str
    original: str
    original_language: str
    sentence: str
    bars: list[Cell]
    you: str
    # The share of each group that agrees, for the picture: "62 %".
    shares: dict[str, str]


@dataclass(frozen=True)
class Beside:
    """A statement that is typical of a group, with the group's bar and everyone's."""

    line: Line
    here: Cell
    everyone: Cell


@dataclass(frozen=True)
class ChosenGroup:
    """A group, with what sets it apart."""

    letter: str
    sentence: str
    statements: list[Beside]
    is_yours: bool


def statement(document: Document, number: int, writer: Writer, own: Own) -> ChosenStatement:
    """The statement of that number.

    Raises
    ------
    NotThere
        The map has no such statement.
    """
    row = _find(document["statements"], number)
    here = writer.texts.get(number)
    if row is None or here is None:
        raise NotThere(str(number))
    groups = [cell(group["id"], row["groups"].get(group["id"])) for group in document["groups"]]
    # Everybody together is no group.
    groups = groups if len(groups) > 1 else []
    choice = own.votes.get(number)
    return ChosenStatement(
        number=number,
        text=here.text_here,
        language=here.language_here,
        original=here.original_text if here.is_translation else "",
        original_language=here.original_language,
        sentence=_leanings(groups) if seen(row) else "",
        bars=[everyone(row), *groups],
        you="" if choice is None else OWN[choice],  # type: ignore[index]
        shares={
            one.letter: _("%(percent)d %%") % {"percent": one.agree_percent}
            for one in groups
            if one.agree_percent is not None
        },
    )


def group(document: Document, letter: str, writer: Writer, own: Own) -> ChosenGroup:
    """The group of that letter.

    Raises
    ------
    NotThere
        The map has no such group.
    """
    found = _find(document["groups"], letter)
    if found is None:
        raise NotThere(letter)
    statements = []
    for line in typical(found, writer, most=TYPICAL):
        row = _find(document["statements"], line.number)
        if row is not None:
            counts = cell(letter, row["groups"].get(letter))
            statements.append(Beside(line, counts, everyone(row)))
    return ChosenGroup(
        letter=letter,
        sentence=size_sentence(found, document),
        statements=statements,
        is_yours=own.group == letter,
    )


def size_sentence(found: dict[str, Any], document: Document) -> str:
    """How many people are in a group."""
    size, grouped = found["size"], document["counts"]["grouped"]
    if size is None and found.get("hull"):
        return _("How many they are is not shown: it would tell of a smaller group.")
    if size is None:
        return _("A small group; its votes are not shown.")
    if not grouped:
        return ngettext("%(count)d person", "%(count)d people", size) % {"count": size}
    return ngettext(
        "%(count)d person, %(percent)d %% of those in a group",
        "%(count)d people, %(percent)d %% of those in a group",
        size,
    ) % {"count": size, "percent": round(100 * size / grouped)}


def _leanings(groups: list[Cell]) -> str:
    """One sentence on whether the groups lean the same way."""
    known = [one for one in groups if one.seen]
    if len(known) < 2 or len(known) < len(groups):
        return ""
    leanings = {one.leaning for one in known}
    if leanings == {"agree"}:
        return _("Most people in every group agree.")
    if leanings == {"disagree"}:
        return _("Most people in every group disagree.")
    if {"agree", "disagree"} <= leanings:
        return _("The groups pull in opposite directions here.")
    return _("The groups do not lean the same way here.")


def _find(rows: list[dict[str, Any]], name: object) -> dict[str, Any] | None:
    return next((row for row in rows if row["id"] == name), None)
