"""Which statement a participant sees next."""

import random
from dataclasses import dataclass

from deliberate.models import Conversation, Participant, Statement, Vote

# SystemRandom: nobody can foretell or steer what others are shown.
DRAW = random.SystemRandom()


@dataclass(frozen=True)
class Showing:
    """The statement to show, and how far through the conversation the participant is."""

    statement: Statement | None
    voted: int
    total: int

    @property
    def remaining(self) -> int:
        """Statements the participant has not voted on."""
        return self.total - self.voted


def next_for(
    *,
    conversation: Conversation,
    participant: Participant | None,
    skip: int | None = None,
    draw: random.Random = DRAW,
) -> Showing:
    """Draw among the statements not voted on, by the priorities that the map published.

    `skip` is the number of a statement that should come later, if there is another one.
    """
    accepted = Statement.objects.accepted().filter(conversation=conversation)
    everything = list(accepted.values_list("id", "number", "priority"))
    voted = (
        set(
            Vote.objects.filter(
                participant=participant, statement__state=Statement.State.ACCEPTED
            ).values_list("statement_id", flat=True)
        )
        if participant
        else set()
    )
    unseen = [row for row in everything if row[0] not in voted]
    choices = [row for row in unseen if row[1] != skip] or unseen
    statement = None
    if choices:
        ((drawn, _number, _priority),) = draw.choices(choices, [row[2] for row in choices])
        statement = Statement.objects.prefetch_related("texts").get(pk=drawn)
    return Showing(statement=statement, voted=len(everything) - len(unseen), total=len(everything))
