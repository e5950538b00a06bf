"""Which statement is shown next."""

import random
from collections import Counter

import pytest

from deliberate import showing, statements
from deliberate.models import Statement
from tests import factories

pytestmark = pytest.mark.django_db


def test_showing_counts_what_is_left() -> None:
    conversation = factories.conversation()
    made = [factories.statement(conversation=conversation) for _ in range(4)]
    voter = factories.participant(conversation=conversation)
    factories.vote(statement=made[0], participant=voter)

    shown = showing.next_for(conversation=conversation, participant=voter)

    assert (shown.voted, shown.remaining, shown.total) == (1, 3, 4)
    assert shown.statement in made[1:]


def test_showing_leaves_out_what_is_not_accepted() -> None:
    conversation = factories.conversation()
    factories.statement(conversation=conversation, state=Statement.State.PENDING)
    factories.statement(conversation=conversation, state="rejected", rejection_reason="advert")

    shown = showing.next_for(conversation=conversation, participant=None)

    assert (shown.statement, shown.total) == (None, 0)


def test_showing_skips_the_one_just_seen_unless_it_is_the_last() -> None:
    conversation = factories.conversation()
    first = factories.statement(conversation=conversation)
    second = factories.statement(conversation=conversation)
    voter = factories.participant(conversation=conversation)

    shown = showing.next_for(conversation=conversation, participant=voter, skip=first.number)
    factories.vote(statement=second, participant=voter)
    last = showing.next_for(conversation=conversation, participant=voter, skip=first.number)

    assert (shown.statement, last.statement) == (second, first)


def test_showing_follows_the_published_priorities() -> None:
    conversation = factories.conversation()
    made = [factories.statement(conversation=conversation) for _ in range(3)]
    weights = dict(zip([row.pk for row in made], [1.0, 2.0, 7.0], strict=True))
    statements.set_priorities(conversation_id=conversation.pk, priorities=weights)
    draw = random.Random(1)

    counts = Counter(
        showing.next_for(conversation=conversation, participant=None, draw=draw).statement.pk
        for _ in range(1000)
    )

    shares = [counts[row.pk] / 1000 for row in made]
    assert shares == pytest.approx([0.1, 0.2, 0.7], abs=0.05)
