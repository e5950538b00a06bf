"""What of people's votes may become public, and when: the one place that decides it.

Every number that leaves the site comes through here: the tally (socket, live.json, pages), the
counts of statements (CSV, API, my votes), the maps with all that is drawn from them, and the
courses over time. An `open` conversation publishes its rows anyway. In an `aggregate` one

- a number is of at least FEWEST people, and so is what is left when published numbers are taken
  from each other (`opinion_map.maths.visible`);
- nothing is looked at before at least STEP people think otherwise than at the last look, whatever
  they did in between: a vote that was cast and taken back is no change. Tallies, counts and maps
  are then published together, each row only if it moves by STEP people in each of its parts
  (`opinion_map.maths.steps`);
- closing is no exception. Where the votes of fewer than STEP people are left then, the last
  numbers stand without them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Final

from django.db.models import Max, QuerySet

from deliberate.models import Conversation, VoteChange

# Fewest people behind any published number, as the citizen is told before the first vote.
FEWEST: Final = 10
# People of whom at least so many differ between one publication and the next.
STEP: Final = 5
# People whose histories are compared at a time.
AT_ONCE: Final = 50


def rows_are_public(conversation: Conversation) -> bool:
    """Whether the conversation publishes its votes row by row, under pseudonyms."""
    return conversation.data_policy == Conversation.DataPolicy.OPEN


def may_show(conversation: Conversation, *, people: int) -> bool:
    """Whether a number that so many people are behind may be shown to everyone."""
    return rows_are_public(conversation) or people >= FEWEST


def may_move(conversation: Conversation, *, last_change: int) -> bool:
    """Whether what everyone sees may move on from the votes as they were at that change."""
    return rows_are_public(conversation) or (
        differing(conversation, last_change=last_change, enough=STEP) >= STEP
    )


def differing(conversation: Conversation, *, last_change: int, enough: int) -> int:
    """How many people think otherwise than at that change, counted up to `enough`."""
    touched = (
        VoteChange.objects.filter(statement__conversation=conversation, id__gt=last_change)
        .order_by("participant_id")
        .values_list("participant_id", flat=True)
        .distinct()
    )
    found = 0
    for people in _some_at_once(touched.iterator()):
        found += len(_changed(conversation, people, last_change=last_change))
        if found >= enough:
            return enough
    return found


def last_change_of(conversation: Conversation) -> int:
    """The id of the conversation's latest change of a vote, 0 before the first."""
    latest = VoteChange.objects.filter(statement__conversation=conversation).aggregate(
        latest=Max("id")
    )["latest"]
    return latest or 0


def undoing(
    conversation: Conversation, *, last_change: int
) -> Iterator[tuple[int, int, int | None]]:
    """What undoes the changes after that one: (participant, statement's number, choice then)."""
    pairs = dict.fromkeys(
        VoteChange.objects.filter(statement__conversation=conversation, id__gt=last_change)
        .order_by()
        .values_list("participant_id", "statement_id")
    )
    if not pairs:
        return
    numbers = dict(conversation.statements.values_list("id", "number"))
    for people in _some_at_once(sorted({person for person, _statement in pairs})):
        then: dict[tuple[int, int], int | None] = {}
        rows = _history(conversation, people).filter(id__lte=last_change)
        for _pk, person, statement, choice in rows.values_list(*HISTORY):
            then[person, statement] = choice
        for person, statement in pairs:
            if person in people:
                yield person, numbers[statement], then.get((person, statement))


def total(all_: int, *, shown: int) -> int:
    """A sum that may stand beside those of its parts that are shown.

    Where what is left out is little, taking these from it would tell it: then it is their sum.
    """
    return shown if 0 < all_ - shown < FEWEST else all_


@dataclass(frozen=True)
class Span:
    """One day or several, with what was done in them and by how many people."""

    first: date
    last: date
    acts: int
    people: int


def together(rows: Iterable[tuple[date, object, int]], *, fewest: int = FEWEST) -> list[Span]:
    """Days put together until `fewest` people are in each span; the unfinished rest is left out.

    `rows` are (day, person, acts), each pair of day and person once.
    """
    by_day: dict[date, Counter[object]] = {}
    for day, person, acts in rows:
        by_day.setdefault(day, Counter())[person] += acts
    spans = []
    open_since: date | None = None
    people: Counter[object] = Counter()
    for day in sorted(by_day):
        open_since = open_since or day
        people += by_day[day]
        if len(people) >= fewest:
            spans.append(Span(open_since, day, people.total(), len(people)))
            open_since, people = None, Counter()
    return spans


HISTORY: Final = ("pk", "participant_id", "statement_id", "choice")


def _changed(conversation: Conversation, people: Iterable[int], *, last_change: int) -> set[int]:
    """Those of the people whose standing votes are others now than at that change."""
    before: dict[tuple[int, int], int | None] = {}
    after: dict[tuple[int, int], int | None] = {}
    for pk, person, statement, choice in _history(conversation, people).values_list(*HISTORY):
        if pk <= last_change:
            before[person, statement] = choice
        after[person, statement] = choice
    return {pair[0] for pair, choice in after.items() if before.get(pair) != choice}


def _history(conversation: Conversation, people: Iterable[int]) -> "QuerySet[VoteChange]":
    return VoteChange.objects.filter(
        statement__conversation=conversation, participant__in=list(people)
    ).order_by("pk")


def _some_at_once(people: Iterable[int]) -> Iterator[list[int]]:
    rest = iter(people)
    while some := list(islice(rest, AT_ONCE)):
        yield some
