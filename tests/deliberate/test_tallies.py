"""The public counts: fresh, but never the difference of one person's vote."""

import pytest

from deliberate import tallies, votes
from deliberate.models import Choice, Conversation, PublishedTally
from opinion_map import worker
from tests import factories
from tests.publishing import publish

pytestmark = pytest.mark.django_db


def counts() -> tuple[int, int]:
    tally = PublishedTally.objects.first() or PublishedTally()
    return tally.votes, tally.participants


def test_tally_of_an_open_conversation_moves_with_each_vote() -> None:
    statement = factories.statement(conversation=factories.conversation(data_policy="open"))

    factories.vote(statement=statement)
    publish()

    assert counts() == (1, 1)


def test_tally_of_an_aggregate_conversation_moves_in_steps_of_five_people() -> None:
    statement = factories.statement()
    seen = []

    for _ in range(11):
        factories.vote(statement=statement)
        publish()
        seen.append(counts()[1])

    assert seen == [0] * 9 + [10, 10]


def test_tally_counts_people_not_changes_towards_the_step() -> None:
    statement = factories.statement()
    voter = factories.participant(conversation=statement.conversation)

    for turn in range(9):
        choice = [Choice.AGREE, Choice.DISAGREE][turn % 2]
        factories.vote(statement=statement, participant=voter, choice=choice)
        publish()

    assert counts() == (0, 0)


def test_tally_of_a_closed_conversation_never_shows_the_last_few_alone() -> None:
    statement = factories.statement()
    for _ in range(10):
        factories.vote(statement=statement)
    publish()
    for _ in range(4):
        factories.vote(statement=statement)
    Conversation.objects.update(state="closed")

    publish()

    assert counts() == (10, 10)
    assert worker.draw_stale() == 0


def test_tally_of_a_closed_conversation_has_the_last_five() -> None:
    statement = factories.statement()
    for _ in range(10):
        factories.vote(statement=statement)
    publish()
    for _ in range(5):
        factories.vote(statement=statement)
    Conversation.objects.update(state="closed")

    publish()

    assert counts() == (15, 15)


def test_tally_does_not_move_for_votes_that_were_taken_back() -> None:
    statement = factories.statement()
    for _ in range(10):
        factories.vote(statement=statement)
    publish()
    for _ in range(4):
        voter = factories.participant(conversation=statement.conversation)
        factories.vote(statement=statement, participant=voter)
        votes.take_back(participant=voter, statement_number=statement.number)
    factories.vote(statement=statement)

    publish()

    assert counts() == (10, 10)


def test_tally_without_news_is_not_published_again() -> None:
    statement = factories.statement(conversation=factories.conversation(data_policy="open"))
    factories.vote(statement=statement)
    publish()

    again = tallies.publish(statement.conversation_id)

    assert again is None
