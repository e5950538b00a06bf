"""A published map in words: what each group stands for, what unites, divides, leaves unsure."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deliberate import wording
from deliberate.models import Conversation
from opinion_map import publication

TYPICAL = 3
LISTED = 5
# Rows of the table on a first visit, so that the page fits a slow line; a link has the rest.
ROWS = 20
# Shares from which a statement is said to unite or to leave people unsure, and the divisiveness
# from which it is said to divide.
UNITED, UNSURE, DIVIDED = 0.6, 0.3, 0.3


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


@dataclass(frozen=True)
class Group:
    """A group of people who think alike."""

    letter: str
    size: int | None
    sentence: str
    stability: str
    statements: list[Line]


@dataclass(frozen=True)
class Cell:
    """How one group voted on one statement; counts are None where too few did."""

    letter: str
    agree: int | None
    disagree: int | None
    passed: int | None
    agree_percent: int | None
    disagree_percent: int | None
    passed_percent: int | None


@dataclass(frozen=True)
class Row:
    """One statement's line of the table: everyone, then each group."""

    number: int
    text: str
    language: str
    everyone: Cell
    groups: list[Cell]


@dataclass(frozen=True)
class Reading:
    """The whole map in words, for templates."""

    is_ready: bool
    sentence: str
    map_url: str
    svg_url: str
    json_url: str
    version: int = 0
    drawn_at: datetime | None = None
    reliable: bool = False
    participants: int = 0
    grouped: int | None = None
    groups: list[Group] = field(default_factory=list)
    unites: list[Line] = field(default_factory=list)
    divides: list[Line] = field(default_factory=list)
    unsure: list[Line] = field(default_factory=list)
    table: list[Row] = field(default_factory=list)
    # How many statements the table leaves out.
    rows_left: int = 0


Texts = dict[int, wording.StatementWording]


def of(conversation: Conversation, *, rows: int | None = 0) -> Reading:
    """The newest published map of a conversation in the reader's language.

    `rows` is how many statements its table has, those with most votes first; None for all.
    """
    nothing_yet = Reading(
        is_ready=False,
        sentence=too_early(),
        map_url=reverse("opinion_map:map", args=[conversation.slug]),
        svg_url=reverse("opinion_map:svg", args=[conversation.slug]),
        json_url=reverse("opinion_map:json", args=[conversation.slug]),
    )
    published = publication.newest(conversation)
    if published is None:
        return nothing_yet
    document = published.shown
    texts = _texts(conversation)
    voted = [row for row in document["statements"] if _seen(row)]
    voted.sort(key=lambda row: (-_seen(row), row["id"]))
    return replace(
        nothing_yet,
        is_ready=True,
        sentence=how_sure(document),
        version=published.votes_version,
        drawn_at=published.drawn_at,
        reliable=document["reliable"],
        participants=document["counts"]["participants"],
        grouped=document["counts"]["grouped"],
        groups=[_group(group, texts) for group in document["groups"]],
        unites=_unites(document, texts),
        divides=_divides(document, texts),
        unsure=_unsure(document, texts),
        table=_table(document, voted[:rows], texts),
        rows_left=0 if rows is None else max(0, len(voted) - rows),
    )


def too_early() -> str:
    """What is said before there is a map."""
    return ngettext(
        "The map appears when at least %(count)d person has voted.",
        "The map appears when at least %(count)d people have voted.",
        publication.MINIMUM,
    ) % {"count": publication.MINIMUM}


def how_sure(document: dict[str, Any]) -> str:
    """One sentence on whether the groups are to be believed."""
    groups = len(document["groups"])
    if groups < 2:
        return _("People do not fall into groups here, and that is a result.")
    if document["reliable"]:
        return ngettext(
            "People fall into %(count)d group, and this split is reliable.",
            "People fall into %(count)d groups, and this split is reliable.",
            groups,
        ) % {"count": groups}
    return ngettext(
        "People seem to fall into %(count)d group, but it is too early to be sure.",
        "People seem to fall into %(count)d groups, but it is too early to be sure.",
        groups,
    ) % {"count": groups}


def choice_display(choice: str) -> str:
    """A choice in the reader's language."""
    return {"agree": _("agree"), "disagree": _("disagree"), "pass": _("pass")}[choice]


def _texts(conversation: Conversation) -> Texts:
    rows = conversation.statements.prefetch_related("texts")
    return {row.number: wording.statement_here(row) for row in rows}


def _line(texts: Texts, number: int, *, choice: str, share: float, seen: int | None) -> Line:
    here = texts[number]
    return Line(
        number=number,
        text=here.text_here,
        language=here.language_here,
        choice=choice,
        choice_display=choice_display(choice),
        percent=round(100 * share),
        seen=seen,
    )


def _group(group: dict[str, Any], texts: Texts) -> Group:
    size = group["size"]
    if size is None:
        sentence = _("A small group; its votes are not shown.")
    else:
        sentence = ngettext("%(count)d person", "%(count)d people", size) % {"count": size}
    return Group(
        letter=group["id"],
        size=size,
        sentence=sentence,
        stability=_stability(group["stability"]),
        statements=[
            _line(
                texts,
                pick["statement"],
                choice=pick["choice"],
                share=pick["count"] / pick["seen"] if pick["seen"] else 0,
                seen=pick["seen"],
            )
            for pick in group["representative"][:TYPICAL]
        ],
    )


def _stability(share: float | None) -> str:
    if share is None:
        return ""
    if share >= 0.85:
        return _("a firm group")
    if share >= 0.6:
        return _("a fairly firm group")
    return _("a loose group: people at its edge could belong elsewhere")


def _unites(document: dict[str, Any], texts: Texts) -> list[Line]:
    """Statements on which every group leans the same way, the strongest first."""
    lines = []
    for row in document["statements"]:
        for key, choice in (("consensus", "agree"), ("consensus_against", "disagree")):
            value = row.get(key)
            if value is not None and value >= UNITED and (seen := _seen(row)):
                share = row[choice] / seen
                line = _line(texts, row["id"], choice=choice, share=share, seen=seen)
                lines.append((value, line))
    return [line for _value, line in sorted(lines, key=lambda pair: (-pair[0], pair[1].number))][
        :LISTED
    ]


def _divides(document: dict[str, Any], texts: Texts) -> list[Line]:
    """Statements that the groups see most differently."""
    if len(document["groups"]) < 2:
        return []
    rows = [
        row
        for row in document["statements"]
        if (row.get("divisiveness") or 0) >= DIVIDED and _seen(row)
    ]
    rows.sort(key=lambda row: (-row["divisiveness"], row["id"]))
    return [
        _line(texts, row["id"], choice="agree", share=row["agree"] / _seen(row), seen=_seen(row))
        for row in rows[:LISTED]
    ]


def _unsure(document: dict[str, Any], texts: Texts) -> list[Line]:
    """Statements on which many people passed."""
    rows = [
        (row["pass"] / _seen(row), row)
        for row in document["statements"]
        if row["pass"] is not None and _seen(row) >= publication.MINIMUM
    ]
    rows = [pair for pair in rows if pair[0] >= UNSURE]
    rows.sort(key=lambda pair: (-pair[0], pair[1]["id"]))
    return [
        _line(texts, row["id"], choice="pass", share=share, seen=_seen(row))
        for share, row in rows[:LISTED]
    ]


def _table(document: dict[str, Any], rows: list[dict[str, Any]], texts: Texts) -> list[Row]:
    letters = [group["id"] for group in document["groups"]]
    return [
        Row(
            number=row["id"],
            text=texts[row["id"]].text_here,
            language=texts[row["id"]].language_here,
            everyone=_cell("", row if row["agree"] is not None else None),
            groups=[_cell(letter, row["groups"].get(letter)) for letter in letters],
        )
        for row in rows
    ]


def _cell(letter: str, counts: dict[str, Any] | None) -> Cell:
    if counts is None:
        return Cell(letter, None, None, None, None, None, None)
    agree, disagree, passed = counts["agree"], counts["disagree"], counts["pass"]
    total = agree + disagree + passed

    def percent(count: int) -> int:
        return round(100 * count / total) if total else 0

    return Cell(letter, agree, disagree, passed, percent(agree), percent(disagree), percent(passed))


def _seen(row: dict[str, Any]) -> int:
    """How many people voted on a statement; 0 where that is not published."""
    if row["agree"] is None:
        return 0
    return int(row["agree"] + row["disagree"] + row["pass"])
