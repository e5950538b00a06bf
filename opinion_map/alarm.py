"""Raises an alarm when the choice of the next statement does not work as published.

What is wrong stands in the public record: a line when it began, a line when it was over. So every
process knows it, and nobody can take back that it was so.
"""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from deliberate import orders
from deliberate.models import Conversation, Statement, Vote, VoteChange
from opinion_map import exposure, served
from opinion_map.counts import seen
from opinion_map.models import Drawing, OpinionMap
from opinion_map.publication import MINIMUM
from record import lines
from record.models import RecordLine

logger = logging.getLogger(__name__)

RAISED, OVER = "routing.alarm", "routing.well"
CAUSES: Final[Mapping[str, Promise]] = {
    "missing": _("The map has published no chances for some of its statements."),
    "stale": _("Statements are not chosen by the chances of the newest map."),
    "uniform": _("Every statement has the same chance."),
    "single": _("One statement, which has had its share of votes, is shown to nearly everybody."),
    "even": _(
        "The votes that come in show an even choice: it is more than a million million times"
        " likelier than a choice by the published chances."
    ),
}
# The latest changes of votes that are looked at, and how old the newest may be.
CHANGES: Final = 5000
FRESH: Final = timedelta(hours=1)


def step(*, count: Callable[[int], object] = lambda _alarms: None) -> None:
    """Look at every conversation that takes votes and has a map; `count` is told of the alarms.

    One that fails does not keep the others waiting.
    """
    known = _standing()
    alarms = 0
    for conversation in Conversation.objects.taking_votes().filter(drawing__votes_version__gt=0):
        subject = _subject(conversation)
        try:
            alarms += len(look(conversation, standing=known.get(subject, {})))
        except Exception:  # the other conversations, and this one's next turn, must go on
            alarms += len(known.get(subject, {}))
            logger.exception("The choice of statements of %s could not be checked.", conversation)
    count(alarms)


def of(conversation: Conversation) -> dict[str, datetime]:
    """What is wrong with a conversation's choice of statements, and since when: {cause: time}."""
    return _standing(_subject(conversation)).get(_subject(conversation), {})


def look(conversation: Conversation, *, standing: Collection[str]) -> set[str]:
    """Raise and call off what there is to; the causes that stand from now on."""
    found = _causes(conversation)
    began = {cause for cause, is_so in found.items() if is_so} - set(standing)
    ended = {cause for cause in standing if found.get(cause) is False}
    if not began and not ended:
        return set(standing)
    subject = _subject(conversation)
    with transaction.atomic():
        # Of several processes that look, one at a time writes; the others see its lines.
        Drawing.objects.select_for_update().filter(conversation=conversation).first()
        now = set(_standing(subject).get(subject, {}))
        for cause in sorted(began - now):
            lines.append(kind=RAISED, subject=subject, facts={"cause": cause})
            logger.error(
                "The choice of statements of %s does not work as published: %s.",
                conversation.slug,
                cause,
            )
        for cause in sorted(ended & now):
            lines.append(kind=OVER, subject=subject, facts={"cause": cause})
            logger.info("The choice of statements of %s is well again: %s.", conversation, cause)
    return (now | began) - ended


def _subject(conversation: Conversation) -> str:
    return reverse("opinion_map:report", args=[conversation.slug])


def _standing(subject: str | None = None) -> dict[str, dict[str, datetime]]:
    """By the record: {subject: {cause: since when}}."""
    rows = RecordLine.objects.filter(kind__in=[RAISED, OVER]).order_by("id")
    if subject is not None:
        rows = rows.filter(subject=subject)
    found: dict[str, dict[str, datetime]] = {}
    for kind, about, facts, at in rows.values_list("kind", "subject", "facts", "appended_at"):
        causes = found.setdefault(about, {})
        if kind == RAISED:
            causes.setdefault(facts["cause"], at)
        else:
            causes.pop(facts["cause"], None)
    return found


@dataclass(frozen=True)
class _Map:
    """What the newest map said, and what the statements' rows say."""

    pk: int
    priorities: Mapping[int, float]
    votes: Mapping[int, int]
    people: int


def _causes(conversation: Conversation) -> dict[str, bool | None]:
    """Which causes there are; None where it cannot be told now, so that what stood goes on."""
    newest = _newest(conversation)
    rows = list(
        Statement.objects.accepted()
        .filter(conversation=conversation)
        .values_list("number", "priority", "is_seed")
    )
    published = {number: priority for number, priority, _is_seed in rows}
    here = newest.priorities.keys() & published.keys() if newest else set()
    if newest is None or newest.people < MINIMUM or len(here) < exposure.FEWEST:
        return {}
    if sum(newest.votes.get(number, 0) > 0 for number in here) < exposure.FEWEST:
        # Of the others no counts are public, so that one is as good as another.
        return {}
    if newest.pk != _newest_key(conversation):
        # A map came out between the two reads.
        return {}
    missing = any(not 0 < published[number] <= 1 for number in here)
    stale = not missing and any(
        abs(published[number] - newest.priorities[number]) > 1e-9 for number in here
    )
    numbers = sorted(published)
    verdict = exposure.verdict(
        orders.shares([published[number] for number in numbers]).tolist(),
        votes=[newest.votes.get(number, 0) for number in numbers],
    )
    tiers = {number: int(conversation.seeds_first and not seed) for number, _p, seed in rows}
    evidence = _evidence(conversation, tiers)
    return {
        "missing": missing,
        "stale": stale,
        "uniform": verdict.code == "uniform",
        "single": verdict.code == "single",
        "even": None if evidence.verdict == "unknown" else evidence.verdict == "even",
    }


def _newest(conversation: Conversation) -> _Map | None:
    found = (
        OpinionMap.objects.filter(conversation=conversation)
        .order_by("-id")
        .values_list("pk", "public__statements", "public__counts__participants")
        .first()
    )
    if found is None:
        return None
    pk, statements, people = found
    return _Map(pk, _priorities(statements), _votes(statements), people)


def _newest_key(conversation: Conversation) -> int | None:
    maps = OpinionMap.objects.filter(conversation=conversation).order_by("-id")
    return maps.values_list("pk", flat=True).first()


def _evidence(conversation: Conversation, tiers: Mapping[int, int]) -> served.Evidence:
    """What the votes of late say about the choice."""
    latest = list(
        VoteChange.objects.filter(statement__conversation=conversation, participant__has_left=False)
        .order_by("-id")
        .values_list("id", "participant_id", "cast_at")[:CHANGES]
    )
    if not latest or latest[0][2] < timezone.now() - FRESH:
        return served.Evidence("unknown", 0.0, 0)
    firsts, voted = first_votes({row[1] for row in latest})
    times = {pk: cast_at for pk, _person, cast_at in latest}
    return served.judge(
        [
            served.Showing(*firsts[pk], times[pk])
            for pk, _person, _cast_at in latest
            if pk in firsts
        ],
        maps=_maps(conversation, since=latest[-1][2]),
        voted=voted,
        votes=_votes_now(conversation),
        tiers=tiers,
    )


def first_votes(people: set[int]) -> tuple[dict[int, tuple[int, int]], dict[int, set[int]]]:
    """First votes on what others wrote, {change: (person, statement)}, and all that each saw.

    A change of mind shows nothing new, and nobody chose for an author what they wrote.
    """
    firsts: dict[int, tuple[int, int]] = {}
    voted: dict[int, set[int]] = {}
    changes = VoteChange.objects.filter(participant_id__in=people).order_by("id")
    for pk, person, number, author in changes.values_list(
        "id", "participant_id", "statement__number", "statement__author_id"
    ):
        seen_ = voted.setdefault(person, set())
        if number not in seen_ and author != person:
            firsts[pk] = (person, number)
        seen_.add(number)
    return firsts, voted


def _votes_now(conversation: Conversation) -> dict[int, int]:
    votes = Vote.objects.filter(statement__conversation=conversation).order_by()
    return dict(votes.values_list("statement__number").annotate(Count("id")))


def _maps(conversation: Conversation, *, since: datetime) -> Iterator[served.Wanted]:
    """The kept maps, newest first, each read when it is asked for: documents are large."""
    maps = OpinionMap.objects.filter(conversation=conversation, drawn_at__gte=since)
    for pk, drawn_at in maps.order_by("-id").values_list("pk", "drawn_at"):
        found = OpinionMap.objects.filter(pk=pk).values_list("public__statements", flat=True)
        for statements in found:
            yield served.Wanted(drawn_at, _priorities(statements), _votes(statements))


def _priorities(statements: list[dict[str, Any]]) -> dict[int, float]:
    return {row["id"]: float(row["priority"]) for row in statements if row["priority"] > 0}


def _votes(statements: list[dict[str, Any]]) -> dict[int, int]:
    return {row["id"]: seen(row) for row in statements}
