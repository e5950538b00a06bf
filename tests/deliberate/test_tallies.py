"""The public counts: fresh, but never the difference of one person's vote."""

import pytest

from deliberate import tallies
from deliberate.models import Choice, Conversation, PublishedTally
from tests import factories

pytestmark = pytest.mark.django_db


def counts() -> tuple[int, int]:
    tally = PublishedTally.objects.get()
    return tally.votes, tally.participants


def test_tally_of_an_open_conversation_moves_with_each_vote() -> None:
    statement = factories.statement(conversation=factories.conversation(data_policy="open"))

    factories.vote(statement=statement)
    tallies.step()

    assert counts() == (1, 1)


def test_tally_of_an_aggregate_conversation_moves_in_steps_of_five_people() -> None:
    statement = factories.statement()
    seen = []

    for _ in range(11):
        factories.vote(statement=statement)
        tallies.step()
        seen.append(counts()[1])

    assert seen == [0, 0, 0, 0, 5, 5, 5, 5, 5, 10, 10]


def test_tally_counts_people_not_changes_towards_the_step() -> None:
    statement = factories.statement()
    voter = factories.participant(conversation=statement.conversation)

    for turn in range(9):
        choice = [Choice.AGREE, Choice.DISAGREE][turn % 2]
        factories.vote(statement=statement, participant=voter, choice=choice)
        tallies.step()

    assert counts() == (0, 0)


def test_tally_is_complete_when_the_conversation_has_closed() -> None:
    statement = factories.statement()
    factories.vote(statement=statement)
    Conversation.objects.update(state="closed")

    tallies.step()

    assert counts() == (1, 1)


def test_tally_without_news_is_not_published_again() -> None:
    statement = factories.statement(conversation=factories.conversation(data_policy="open"))
    factories.vote(statement=statement)
    tallies.step()

    again = tallies.publish(statement.conversation_id)

    assert again is None
