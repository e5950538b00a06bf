"""Which statement a participant sees next, and how far through the conversation they are."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django.db.models import FilteredRelation, Q
from django.utils import timezone

from deliberate.models import Choice, Conversation, Participant, Statement

# SystemRandom: nobody can foretell or steer what others are shown.
DRAW = random.SystemRandom()
# People vote in small sittings: after so many votes they are asked whether it is enough.
SITTING: Final = 10
# Who has not voted for so long begins another sitting.
REST: Final = timedelta(minutes=30)


class _Row(NamedTuple):
    id: int
    number: int
    priority: float
    created_at: datetime
    state: str
    author_id: int | None
    choice: int | None = None
    cast_at: datetime | None = None

    @property
    def is_accepted(self) -> bool:
        return self.state == Statement.State.ACCEPTED


@dataclass(frozen=True)
class Showing:
    """The statement to show, and how far through the conversation the participant is."""

    statement: Statement | None
    voted: int
    total: int
    # Votes in this sitting
    sitting: int = 0

    @property
    def remaining(self) -> int:
        """Statements the participant has not voted on."""
        return self.total - self.voted

    @property
    def is_pause(self) -> bool:
        """Whether this is the moment to ask: enough for today, or some more?"""
        return self.statement is not None and self.sitting > 0 and self.sitting % SITTING == 0

    @property
    def in_sitting(self) -> int:
        """How far the sitting is, of SITTING."""
        return SITTING if self.is_pause else self.sitting % SITTING


class Standing:
    """A conversation's accepted statements beside one participant's votes, read in one query."""

    def __init__(self, *, conversation: Conversation, participant: Participant | None) -> None:
        self.everything = _rows(conversation, participant)
        self.rows = [row for row in self.everything if row.is_accepted]
        self.unseen = [row for row in self.rows if row.choice is None]
        times = [row.cast_at for row in self.rows if row.cast_at is not None]
        self.sitting = sitting(times, now=timezone.now())
        self._participant_id = participant.pk if participant else None

    def newest(self, count: int) -> list[int]:
        """The ids of the latest accepted statements, the newest first."""
        return _latest(self.rows, count)

    def own(self, count: int) -> list[int]:
        """The ids of the latest statements that the participant wrote, in every state."""
        own = self._participant_id
        return _latest([row for row in self.everything if own and row.author_id == own], count)

    def id_of(self, number: int | None) -> int | None:
        """The id of the accepted statement of that number."""
        return next((row.id for row in self.rows if row.number == number), None)

    def choice_on(self, number: int | None) -> Choice | None:
        """What the participant has voted on the statement of that number."""
        for row in self.rows:
            if row.number == number and row.choice is not None:
                return Choice(row.choice)
        return None

    def draw(self, *, skip: int | None = None, draw: random.Random = DRAW) -> int | None:
        """The id of a statement not voted on, by the priorities that the map published.

        `skip` is the number of a statement that should come later, if there is another one.
        """
        choices = [row for row in self.unseen if row.number != skip] or self.unseen
        if not choices:
            return None
        (drawn,) = draw.choices(choices, [row.priority for row in choices])
        return drawn.id

    def showing(self, statement: Statement | None) -> Showing:
        """That statement, with how far the participant is."""
        return Showing(
            statement=statement,
            voted=len(self.rows) - len(self.unseen),
            total=len(self.rows),
            sitting=self.sitting,
        )


def next_for(
    *,
    conversation: Conversation,
    participant: Participant | None,
    skip: int | None = None,
    draw: random.Random = DRAW,
) -> Showing:
    """Draw the next statement for a participant, or for a reader who has not voted yet."""
    standing = Standing(conversation=conversation, participant=participant)
    drawn = standing.draw(skip=skip, draw=draw)
    found = Statement.objects.prefetch_related("texts").filter(pk=drawn).first() if drawn else None
    return standing.showing(found)


def several_for(
    *,
    conversation: Conversation,
    participant: Participant | None,
    most: int,
    draw: random.Random = DRAW,
) -> tuple[list[Statement], Showing]:
    """The next statements as one draw after another would bring them, for a phone to keep."""
    standing = Standing(conversation=conversation, participant=participant)
    # Of exponential clocks that run at the priorities, each is the first to ring as often as a
    # draw by priority would choose it; the order of ringing is a draw without replacement.
    order = sorted(standing.unseen, key=lambda row: draw.expovariate(row.priority))[:most]
    found = Statement.objects.prefetch_related("texts").in_bulk([row.id for row in order])
    drawn = [found[row.id] for row in order if row.id in found]
    return drawn, standing.showing(drawn[0] if drawn else None)


def sitting(times: list[datetime], *, now: datetime) -> int:
    """How many of the votes belong to the sitting that goes on now: no long rest between them."""
    latest = now
    for count, cast_at in enumerate(sorted(times, reverse=True)):
        if latest - cast_at > REST:
            return count
        latest = cast_at
    return len(times)


def _rows(conversation: Conversation, participant: Participant | None) -> list[_Row]:
    facts = ("id", "number", "priority", "created_at", "state", "author_id")
    statements = Statement.objects.filter(conversation=conversation)
    if participant is None:
        return [_Row(*row) for row in statements.accepted().values_list(*facts)]
    beside = FilteredRelation("votes", condition=Q(votes__participant=participant))
    return [
        _Row(*row)
        for row in statements.filter(Q(state=Statement.State.ACCEPTED) | Q(author=participant))
        .annotate(mine=beside)
        .values_list(*facts, "mine__choice", "mine__cast_at")
    ]


def _latest(rows: list[_Row], count: int) -> list[int]:
    latest = sorted(rows, key=lambda row: (row.created_at, row.number), reverse=True)
    return [row.id for row in latest[:count]]
