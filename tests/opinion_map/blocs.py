"""A conversation whose people fall into two clear blocs, for tests of what is drawn from it."""

import random
from typing import Any

from deliberate import participants, votes
from deliberate.models import Choice, Conversation, Participant, Statement
from tests import factories


def conversation(*, people: int = 60, statements: int = 12, **fields: Any) -> Conversation:
    """Half of the people agree where the other half disagrees, with some noise."""
    draw = random.Random(7)
    made = factories.conversation(**fields)
    numbers = [factories.statement(conversation=made).number for _ in range(statements)]
    participants.load(
        conversation=made, person_keys=[b"person %d" % turn for turn in range(people)]
    )
    ballots = [
        votes.Ballot(voter, number, _choice(turn, number, draw))
        for turn, voter in enumerate(Participant.objects.filter(conversation=made))
        for number in numbers
    ]
    votes.cast(ballots)
    return Conversation.objects.get(pk=made.pk)


def _choice(turn: int, number: int, draw: random.Random) -> Choice:
    """The first statement unites everyone; on the others the blocs differ."""
    if number == 0:
        return Choice.AGREE
    if draw.random() < 0.1:
        return Choice.PASS
    return Choice.AGREE if (turn + number) % 2 else Choice.DISAGREE


def anyone(conversation: Conversation) -> Participant:
    """One of its people."""
    return Participant.objects.filter(conversation=conversation).order_by("id")[0]


def first(conversation: Conversation) -> Statement:
    """The statement that unites everyone."""
    return conversation.statements.get(number=0)
