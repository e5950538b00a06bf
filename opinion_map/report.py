"""A conversation's report: everything that is published of it, in words, for paper."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise

from deliberate.models import Conversation, PublishedTally, Statement
from opinion_map import (
    alarm,
    choice,
    exposure,
    participation,
    publication,
    reading,
    statement_lines,
)
from opinion_map.counts import Cell, cell, everyone
from opinion_map.models import OpinionMap
from opinion_map.own_place import NOBODY
from opinion_map.publication import PublishedMap
from opinion_map.statement_lines import Line, Writer

# A report says more than the page: it is read at a table.
TYPICAL, LISTED, DIVISIVE, LIKELIEST = 5, 10, 8, 10
# Votes received lately: since the newest map that is older than this.
LATELY = timedelta(days=1)
# Spans of the table of participation; the drawing has them all.
SPANS = 14


@dataclass(frozen=True)
class GroupPart:
    """One group of the report, each statement beside what everyone says."""

    group: reading.Group
    statements: list[choice.Beside]


@dataclass(frozen=True)
class Divisive:
    """A statement that divides, with every group's votes."""

    line: Line
    cells: list[Cell]
    # From 0 to 100.
    divisiveness: int


@dataclass(frozen=True)
class Likely:
    """A statement that is likely to be shown next."""

    number: int
    text: str
    language: str
    percent: float
    received_percent: float | None


@dataclass(frozen=True)
class Draw:
    """How the next statement is chosen, and what is wrong with that."""

    likeliest: list[Likely]
    # When the map was drawn that the chances are from.
    since: datetime
    # From when on votes are counted as received lately; None from the start.
    received_since: datetime | None
    alarms: list[tuple[Promise, datetime]]


@dataclass(frozen=True)
class Method:
    """What is needed to check the map."""

    votes_sha256: str
    code_version: str
    votes_version: int
    drawn_at: datetime
    commands: list[str]
    votes_are_public: bool


@dataclass(frozen=True)
class Report:
    """The whole report; without a map, only its overview and participation."""

    tally: PublishedTally
    spans: list[participation.Span]
    spans_left: int
    reading: reading.Reading
    groups: list[GroupPart]
    divisive: list[Divisive]
    exposure: exposure.Exposure | None
    draw: Draw | None
    method: Method | None
    statements: int
    votes: int


def of(conversation: Conversation, found: reading.Source | None) -> Report:
    """The report of a conversation as it is published now."""
    tally = PublishedTally.objects.filter(conversation=conversation).first() or PublishedTally()
    spans = participation.of(conversation)
    shown = [span for span in spans if span.votes]
    if found is None:
        return Report(
            tally=tally,
            spans=shown[-SPANS:],
            spans_left=max(0, len(shown) - SPANS),
            reading=reading.nothing_yet(conversation),
            groups=[],
            divisive=[],
            exposure=None,
            draw=None,
            method=None,
            statements=0,
            votes=0,
        )
    document, writer = found.shown, Writer(found.texts)
    words = reading.words(conversation, found, typical=TYPICAL, listed=LISTED)
    earlier = _earlier(conversation, found)
    spread = exposure.of(
        document,
        priorities=_priorities(conversation),
        earlier=earlier.document if earlier else None,
    )
    return Report(
        tally=tally,
        spans=shown[-SPANS:],
        spans_left=max(0, len(shown) - SPANS),
        reading=words,
        groups=[_group(group, found, writer) for group in words.groups],
        divisive=[_divisive(line, found) for line in divisive_lines(document, writer)],
        exposure=spread,
        draw=_draw(conversation, found, spread, earlier) if spread else None,
        method=_method(conversation, found),
        statements=len(document["statements"]),
        votes=document["counts"]["votes"],
    )


def divisive_lines(document: dict[str, Any], writer: Writer) -> list[Line]:
    """The statements that the groups see most differently."""
    return statement_lines.divides(document, writer, most=DIVISIVE)


def _group(group: reading.Group, found: reading.Source, writer: Writer) -> GroupPart:
    picked = choice.group(found.shown, group.letter, writer, NOBODY)
    return GroupPart(group, picked.statements[:TYPICAL])


def _divisive(line: Line, found: reading.Source) -> Divisive:
    row = next(row for row in found.shown["statements"] if row["id"] == line.number)
    letters = [group["id"] for group in reading.groups_of(found.shown)]
    return Divisive(
        line=line,
        cells=[everyone(row), *(cell(letter, row["groups"].get(letter)) for letter in letters)],
        divisiveness=round(100 * row["divisiveness"]),
    )


def _draw(
    conversation: Conversation,
    found: reading.Source,
    spread: exposure.Exposure,
    earlier: PublishedMap | None,
) -> Draw:
    # A statement that was accepted a moment ago may have no words here yet.
    chances = [one for one in spread.chances if one.number in found.texts]
    return Draw(
        likeliest=[_likely(one, found) for one in chances[:LIKELIEST]],
        since=found.published.drawn_at,
        received_since=earlier.drawn_at if earlier else None,
        alarms=[(alarm.CAUSES[cause], since) for cause, since in alarm.of(conversation).items()],
    )


def _likely(one: exposure.Chance, found: reading.Source) -> Likely:
    here = found.texts[one.number]
    return Likely(one.number, here.text_here, here.language_here, one.percent, one.received_percent)


def _priorities(conversation: Conversation) -> dict[int, float]:
    """What statements are drawn by at this moment."""
    accepted = Statement.objects.accepted().filter(conversation=conversation)
    return dict(accepted.values_list("number", "priority"))


def _earlier(conversation: Conversation, found: reading.Source) -> PublishedMap | None:
    """The published map that votes received lately are counted from; None: from the first vote.

    Only what two published maps say is compared, so it tells nothing that was not public.
    """
    before = OpinionMap.objects.filter(
        conversation=conversation, drawn_at__lte=found.published.drawn_at - LATELY
    )
    row = before.order_by("-id").values_list("pk", "votes_version", "drawn_at").first()
    if row is None:
        return None
    return publication.of(conversation, accepted=found.texts, known=publication.Version(*row))


def _method(conversation: Conversation, found: reading.Source) -> Method:
    """The commands take this conversation from its own public files, where it has them."""
    is_open = conversation.data_policy == Conversation.DataPolicy.OPEN
    votes, comments = (
        settings.SITE_URL + reverse("deliberate:export", args=[conversation.slug, name])
        for name in ("votes", "comments")
    )
    return Method(
        votes_sha256=found.published.document["votes_sha256"],
        code_version=found.published.code_version,
        votes_version=found.published.votes_version,
        drawn_at=found.published.drawn_at,
        commands=[
            f"curl -o votes.csv {votes}",
            f"curl -o comments.csv {comments}",
            "python -m opinion_map compute votes.csv --statements comments.csv --json map.json",
        ],
        votes_are_public=is_open,
    )
