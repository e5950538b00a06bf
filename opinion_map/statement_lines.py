"""Lines that say one thing of one statement: what unites, divides, leaves unsure, is typical."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from deliberate import wording
from opinion_map.asked import NOTHING, Asked
from opinion_map.counts import seen

# Fewest people of whom it is said that they are unsure.
FEWEST_UNSURE = 10
# Shares from which a statement is said to unite or to leave people unsure, and the divisiveness
# from which it is said to divide.
UNITED, UNSURE, DIVIDED = 0.6, 0.3, 0.3

Document = dict[str, Any]
Texts = Mapping[int, wording.StatementWording]


@dataclass(frozen=True)
class Line:
    """One statement with the share of people behind what is said of it."""

    number: int
    text: str
    language: str
    choice: str
    choice_display: str
    percent: int
    seen: int | None
    # Asks the map's page to show how every group voted on it.
    query: str = ""


@dataclass(frozen=True)
class Writer:
    """Makes lines in the reader's language, with links that keep what the reader asked for."""

    texts: Texts
    asked: Asked = NOTHING

    def line(self, number: int, *, choice: str, count: int, of: int) -> Line:
        """The line of a statement that `count` of those people chose that way on."""
        here = self.texts[number]
        return Line(
            number=number,
            text=here.text_here,
            language=here.language_here,
            choice=choice,
            choice_display=choice_display(choice),
            percent=round(100 * count / of) if of else 0,
            seen=of,
            query=self.asked.url("choice", statement=number, group=None),
        )

    def counted(self, row: Mapping[str, Any], choice: str) -> Line:
        """The line of a document's statement by everyone's votes."""
        return self.line(row["id"], choice=choice, count=row[choice], of=seen(row))


def choice_display(choice: str) -> str:
    """A choice in the reader's language."""
    return {"agree": _("agree"), "disagree": _("disagree"), "pass": _("pass")}[choice]


def typical(group: Mapping[str, Any], writer: Writer, *, most: int) -> list[Line]:
    """What sets a group apart, the most telling first."""
    return [
        writer.line(
            pick["statement"], choice=pick["choice"], count=pick["count"], of=pick["seen"] or 0
        )
        for pick in group["representative"][:most]
    ]


def unites(document: Document, writer: Writer, *, most: int) -> list[Line]:
    """Statements on which every group leans the same way, the strongest first."""
    found = []
    for row in document["statements"]:
        for key, choice in (("consensus", "agree"), ("consensus_against", "disagree")):
            value = row.get(key)
            if value is not None and value >= UNITED and seen(row):
                found.append((-value, row["id"], choice, row))
    found.sort(key=lambda one: one[:2])
    return [writer.counted(row, choice) for _value, _id, choice, row in found[:most]]


def divides(document: Document, writer: Writer, *, most: int) -> list[Line]:
    """Statements that the groups see most differently."""
    if len(document["groups"]) < 2:
        return []
    rows = [
        row
        for row in document["statements"]
        if (row.get("divisiveness") or 0) >= DIVIDED and seen(row)
    ]
    rows.sort(key=lambda row: (-row["divisiveness"], row["id"]))
    return [writer.counted(row, "agree") for row in rows[:most]]


def unsure(document: Document, writer: Writer, *, most: int) -> list[Line]:
    """Statements on which many people passed."""
    rows = [
        (row["pass"] / seen(row), row)
        for row in document["statements"]
        if row["pass"] is not None and seen(row) >= FEWEST_UNSURE
    ]
    rows = [pair for pair in rows if pair[0] >= UNSURE]
    rows.sort(key=lambda pair: (-pair[0], pair[1]["id"]))
    return [writer.counted(row, "pass") for _share, row in rows[:most]]
