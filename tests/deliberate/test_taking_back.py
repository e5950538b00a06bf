"""A vote that is taken back: gone from the counts, kept in the history, never counted again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from deliberate import conversations, errors, export, statements, tallies, votes
from deliberate.models import Choice, Conversation, PublishedTally, Statement, Vote, VoteChange
from tests import factories
from tests.publishing import publish

pytestmark = pytest.mark.django_db


def history() -> list[int | None]:
    return list(VoteChange.objects.order_by("id").values_list("choice", flat=True))


def test_taking_back_removes_the_vote_and_keeps_that_it_was() -> None:
    statement = factories.statement()
    voter = factories.vote(statement=statement).ballot.participant

    taken = votes.take_back(participant=voter, statement_number=statement.number)

    assert taken.changed
    assert not Vote.objects.exists()
    assert history() == [1, None]


def test_taking_back_raises_the_version_once() -> None:
    statement = factories.statement()
    voter = factories.vote(statement=statement).ballot.participant
    before = Conversation.objects.get().votes_version

    for _ in range(2):
        votes.take_back(participant=voter, statement_number=statement.number)

    assert Conversation.objects.get().votes_version == before + 1
    assert history() == [1, None]


def test_taking_back_what_was_never_cast_changes_nothing() -> None:
    statement = factories.statement()
    other = factories.vote(statement=statement)
    reader = factories.participant(conversation=statement.conversation)

    taken = votes.take_back(participant=reader, statement_number=statement.number)

    assert not taken.changed
    assert Vote.objects.get().participant == other.ballot.participant


def test_taking_back_leaves_the_way_open_to_vote_again() -> None:
    statement = factories.statement()
    voter = factories.vote(statement=statement).ballot.participant

    votes.take_back(participant=voter, statement_number=statement.number)
    factories.vote(statement=statement, participant=voter, choice=Choice.DISAGREE)

    assert Vote.objects.get().choice == -1
    assert history() == [1, None, -1]


def test_taking_back_stands_in_a_batch_in_the_order_of_the_ballots() -> None:
    statement = factories.statement()
    voter = factories.participant(conversation=statement.conversation)

    answers = votes.cast(
        [
            votes.Ballot(voter, statement.number, Choice.AGREE),
            votes.Ballot(voter, statement.number, None),
            votes.Ballot(voter, statement.number, Choice.PASS),
            votes.Ballot(voter, statement.number, None),
        ]
    )

    assert not [answer for answer in answers if isinstance(answer, errors.DeliberateError)]
    assert not Vote.objects.exists()
    assert history() == [1, None, 0, None]


def test_taking_back_is_refused_when_the_conversation_is_closed() -> None:
    statement = factories.statement()
    voter = factories.vote(statement=statement).ballot.participant
    conversations.close(statement.conversation)

    with pytest.raises(errors.ConversationClosed):
        votes.take_back(participant=voter, statement_number=statement.number)

    assert Vote.objects.count() == 1


def test_taking_back_from_a_rejected_statement_is_possible_and_voting_is_not() -> None:
    statement = factories.statement()
    voter = factories.vote(statement=statement).ballot.participant
    statements.reject(statement_id=statement.pk, version=0, reason="advert", explanation="An ad.")

    with pytest.raises(errors.StatementUnavailable):
        factories.vote(statement=statement, participant=voter, choice=Choice.PASS)
    taken = votes.take_back(participant=voter, statement_number=statement.number)

    assert taken.changed


@pytest.mark.parametrize("number", [1, 77])
def test_taking_back_from_no_statement_is_refused(number: int) -> None:
    statement = factories.statement()
    voter = factories.participant(conversation=statement.conversation)

    with pytest.raises(errors.StatementUnavailable):
        votes.take_back(participant=voter, statement_number=number)


def test_import_does_not_bring_back_what_was_taken_back() -> None:
    statement = factories.statement()
    voter = factories.participant(conversation=statement.conversation)
    early, later = timezone.now() - timedelta(days=2), timezone.now() - timedelta(days=1)
    votes.load(
        conversation_id=statement.conversation_id, changes=[(voter.pk, statement.pk, 1, later)]
    )
    votes.take_back(participant=voter, statement_number=statement.number)

    again = votes.load(
        conversation_id=statement.conversation_id,
        changes=[(voter.pk, statement.pk, -1, early), (voter.pk, statement.pk, 1, later)],
    )

    assert again == 0
    assert not Vote.objects.exists()


def test_counts_move_by_a_vote_taken_back_only_in_steps_of_five_people() -> None:
    statement = factories.statement()
    voters = [factories.vote(statement=statement).ballot.participant for _ in range(20)]
    publish()

    for voter in voters[:4]:
        votes.take_back(participant=voter, statement_number=statement.number)
    held = publish()
    votes.take_back(participant=voters[4], statement_number=statement.number)
    publish()

    assert held == 0
    assert PublishedTally.objects.get().votes == 15


def test_export_leaves_out_what_was_taken_back() -> None:
    statement = factories.statement(conversation=factories.conversation(data_policy="open"))
    back, stays, again = (factories.vote(statement=statement).ballot.participant for _ in range(3))
    votes.take_back(participant=back, statement_number=statement.number)
    votes.take_back(participant=again, statement_number=statement.number)
    factories.vote(statement=statement, participant=again, choice=Choice.DISAGREE)
    conversation = Conversation.objects.get()

    rows = list(export.votes(conversation, url=""))[1:]
    counts = tallies.published_counts(conversation)

    assert stays.pk
    assert sorted(row[4] for row in rows) == [-1, 1]
    assert counts[statement.pk] == {Choice.AGREE: 1, Choice.DISAGREE: 1}
    assert dict(export.summary(conversation, url=""))["voters"] == 2


def test_history_replays_to_the_votes() -> None:
    conversation = factories.conversation()
    made = [factories.statement(conversation=conversation) for _ in range(3)]
    voter = factories.participant(conversation=conversation)
    for row, choice in zip(made, [Choice.AGREE, Choice.PASS, Choice.DISAGREE], strict=True):
        factories.vote(statement=row, participant=voter, choice=choice)
    votes.take_back(participant=voter, statement_number=made[1].number)

    replayed: dict[int, int] = {}
    for statement_id, choice in VoteChange.objects.order_by("id").values_list(
        "statement_id", "choice"
    ):
        if choice is None:
            del replayed[statement_id]
        else:
            replayed[statement_id] = choice

    assert replayed == votes.of_participant(voter)
    assert Statement.objects.count() == 3
