"""Which statement a participant sees next, and how far through the conversation they are."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from django.db.models import Count, FilteredRelation, Q
from django.utils import timezone

from deliberate import conversation_keys, orders, participants
from deliberate.models import Choice, Conversation, Participant, Statement, Vote

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
    is_seed: bool
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
        return self.remaining > 0 and self.sitting > 0 and self.sitting % SITTING == 0

    @property
    def in_sitting(self) -> int:
        """How far the sitting is, of SITTING."""
        return SITTING if self.is_pause else self.sitting % SITTING


class Standing:
    """A conversation's accepted statements beside one participant's votes, read in one query.

    Before the first map, what comes next takes a second one: it goes by the votes on each.
    """

    def __init__(
        self,
        *,
        conversation: Conversation,
        participant: Participant | None,
        seed: bytes | None = None,
    ) -> None:
        """`seed` is what `seed_of` says of a reader who is no participant yet."""
        self.everything = _rows(conversation, participant)
        self.rows = [row for row in self.everything if row.is_accepted]
        self.unseen = [row for row in self.rows if row.choice is None]
        times = [row.cast_at for row in self.rows if row.cast_at is not None]
        self.sitting = sitting(times, now=timezone.now())
        self._conversation = conversation
        self._participant_id = participant.pk if participant else None
        self._seed = bytes(participant.key) if participant else seed or fresh_seed()

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

    def draw(self, *, skip: int | None = None) -> int | None:
        """The id of the statement that comes next for this person.

        `skip` is the number of one that was passed over: the search goes on behind it. One that
        was voted on needs no such care, and what has come in before it since then comes first.
        """
        unseen = {row.number: row.id for row in self.unseen}
        number = orders.next_in(
            self._order(),
            voted=frozenset(row.number for row in self.rows) - unseen.keys(),
            after=skip if skip in unseen else None,
        )
        return None if number is None else unseen[number]

    def ahead(self, most: int) -> list[int]:
        """The ids of the statements that come next, as one vote after another brings them."""
        unseen = {row.number: row.id for row in self.unseen}
        return [unseen[number] for number in self._order().tolist() if number in unseen][:most]

    def _order(self) -> orders.Numbers:
        has_map = orders.knows_map(row.priority for row in self.rows)
        votes = {} if has_map else votes_on_each(self._conversation)
        found = orders.candidates(
            [(row.number, row.priority, votes.get(row.id, 0), row.is_seed) for row in self.rows],
            has_map=has_map,
            seeds_first=self._conversation.seeds_first,
        )
        return orders.order(found, seed=self._seed)

    def showing(self, statement: Statement | None) -> Showing:
        """That statement, with how far the participant is."""
        return Showing(
            statement=statement,
            voted=len(self.rows) - len(self.unseen),
            total=len(self.rows),
            sitting=self.sitting,
        )


def seed_of(
    *, conversation: Conversation, user: object, session: Mapping[str, Any]
) -> bytes | None:
    """What a reader's order is made from: the key that is the participant's after a first vote.

    None for a reader without a session; each page then shows them another beginning.
    """
    key = participants.person_key(user=user, session=session)
    if key is None or conversation_keys.is_destroyed(conversation):
        return None
    return participants.pseudonym(conversation=conversation, person_key=key)


def fresh_seed() -> bytes:
    """The seed of an order that nobody asks for a second time."""
    return secrets.token_bytes(32)


def next_for(
    *,
    conversation: Conversation,
    participant: Participant | None,
    skip: int | None = None,
    seed: bytes | None = None,
) -> Showing:
    """The next statement for a participant, or for a reader who has not voted yet."""
    standing = Standing(conversation=conversation, participant=participant, seed=seed)
    drawn = standing.draw(skip=skip)
    found = Statement.objects.prefetch_related("texts").filter(pk=drawn).first() if drawn else None
    return standing.showing(found)


def several_for(
    *,
    conversation: Conversation,
    participant: Participant | None,
    most: int,
    seed: bytes | None = None,
) -> tuple[list[Statement], Showing]:
    """The next statements in the order of this person, for a phone to keep."""
    standing = Standing(conversation=conversation, participant=participant, seed=seed)
    ahead = standing.ahead(most)
    found = Statement.objects.prefetch_related("texts").in_bulk(ahead)
    drawn = [found[pk] for pk in ahead if pk in found]
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
    facts = ("id", "number", "priority", "created_at", "state", "author_id", "is_seed")
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


def votes_on_each(conversation: Conversation) -> dict[int, int]:
    """How many votes each statement has: {statement id: votes}; asked only before the first map."""
    votes = Vote.objects.filter(statement__conversation=conversation).order_by()
    return dict(votes.values_list("statement_id").annotate(Count("id")))


def _latest(rows: list[_Row], count: int) -> list[int]:
    latest = sorted(rows, key=lambda row: (row.created_at, row.number), reverse=True)
    return [row.id for row in latest[:count]]
