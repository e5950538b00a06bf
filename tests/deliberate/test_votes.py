"""Votes: one door, one row a pair, a history that replays to it."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.utils import IntegrityError
from django.utils import timezone

from deliberate import errors, votes
from deliberate.models import Choice, Conversation, Statement, Vote, VoteChange
from tests import factories

pytestmark = pytest.mark.django_db


def replayed() -> dict[tuple[int, int], int]:
    """The history read from the start: what the votes must be now."""
    changes = VoteChange.objects.values_list("participant_id", "statement_id", "choice")
    return {(participant, statement): choice for participant, statement, choice in changes}


def current() -> dict[tuple[int, int], int]:
    rows = Vote.objects.values_list("participant_id", "statement_id", "choice")
    return {(participant, statement): choice for participant, statement, choice in rows}


@pytest.mark.parametrize("choice", list(Choice))
def test_vote_is_stored_with_its_choice(choice: Choice) -> None:
    statement = factories.statement()

    counted = factories.vote(statement=statement, choice=choice)

    assert counted.changed is True
    assert Vote.objects.get().choice == choice


def test_vote_repeated_changes_nothing() -> None:
    statement = factories.statement()
    voter = factories.participant(conversation=statement.conversation)
    factories.vote(statement=statement, participant=voter)
    version = Conversation.objects.get().votes_version

    again = [factories.vote(statement=statement, participant=voter) for _ in range(10)]

    assert [counted.changed for counted in again] == [False] * 10
    assert Vote.objects.count() == VoteChange.objects.count() == 1
    assert Conversation.objects.get().votes_version == version


def test_vote_change_of_mind_keeps_the_earlier_choice() -> None:
    statement = factories.statement()
    voter = factories.participant(conversation=statement.conversation)

    for choice in (Choice.AGREE, Choice.PASS, Choice.DISAGREE):
        factories.vote(statement=statement, participant=voter, choice=choice)

    assert Vote.objects.get().choice == Choice.DISAGREE
    assert list(VoteChange.objects.values_list("choice", flat=True)) == [1, 0, -1]


def test_votes_batch_answers_each_ballot_in_its_place() -> None:
    statement = factories.statement()
    rejected = factories.statement(
        conversation=statement.conversation,
        state=Statement.State.REJECTED,
        rejection_reason=Statement.Reason.ADVERT,
    )
    elsewhere = factories.statement(conversation=factories.conversation(state="closed"))
    voter = factories.participant(conversation=statement.conversation)
    outsider = factories.participant(conversation=elsewhere.conversation)

    answers = votes.cast(
        [
            votes.Ballot(voter, statement.number, Choice.AGREE),
            votes.Ballot(voter, rejected.number, Choice.AGREE),
            votes.Ballot(outsider, elsewhere.number, Choice.AGREE),
            votes.Ballot(voter, 999, Choice.AGREE),
        ]
    )

    assert isinstance(answers[0], votes.Counted)
    assert [type(answer) for answer in answers[1:]] == [
        errors.StatementUnavailable,
        errors.ConversationClosed,
        errors.StatementUnavailable,
    ]
    assert current() == {(voter.pk, statement.pk): 1}


def test_votes_batch_with_one_pair_twice_keeps_the_later() -> None:
    statement = factories.statement()
    voter = factories.participant(conversation=statement.conversation)

    votes.cast(
        [
            votes.Ballot(voter, statement.number, Choice.AGREE),
            votes.Ballot(voter, statement.number, Choice.DISAGREE),
        ]
    )

    assert current() == replayed() == {(voter.pk, statement.pk): -1}
    assert VoteChange.objects.count() == 2


def test_votes_batch_larger_than_one_insert_is_stored_whole() -> None:
    conversation = factories.conversation()
    made = [factories.statement(conversation=conversation) for _ in range(3)]
    voters = [factories.participant(conversation=conversation) for _ in range(400)]

    votes.cast([votes.Ballot(v, s.number, Choice.PASS) for v in voters for s in made])

    assert Vote.objects.count() == VoteChange.objects.count() == 1200


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "closed"},
        {"state": "draft"},
        {"opens_at": timezone.now() + timedelta(hours=1)},
        {"closes_at": timezone.now() - timedelta(seconds=1)},
    ],
)
def test_vote_outside_the_open_time_is_refused_and_not_stored(fields: dict[str, object]) -> None:
    statement = factories.statement()
    Conversation.objects.update(**fields)

    with pytest.raises(errors.ConversationClosed):
        factories.vote(statement=statement)

    assert not Vote.objects.exists()
    assert not VoteChange.objects.exists()


def test_vote_database_refuses_a_second_row_for_a_pair() -> None:
    counted = factories.vote(statement=factories.statement())
    first = Vote.objects.get()

    with pytest.raises(IntegrityError):
        Vote.objects.create(
            participant=counted.ballot.participant,
            statement=Statement.objects.get(),
            choice=0,
            cast_at=first.cast_at,
        )


def test_vote_database_refuses_an_unknown_choice() -> None:
    statement = factories.statement()
    voter = factories.participant(conversation=statement.conversation)

    with pytest.raises(IntegrityError):
        Vote.objects.create(
            participant=voter, statement=statement, choice=2, cast_at=timezone.now()
        )


def test_votes_load_twice_doubles_nothing() -> None:
    statement = factories.statement()
    voter = factories.participant(conversation=statement.conversation)
    day = datetime(2015, 6, 30, tzinfo=UTC)
    history = [
        (voter.pk, statement.pk, 1, day),
        (voter.pk, statement.pk, 1, day + timedelta(hours=1)),
        (voter.pk, statement.pk, -1, day + timedelta(hours=2)),
    ]

    first = votes.load(conversation_id=statement.conversation_id, changes=history)
    version = Conversation.objects.get().votes_version
    second = votes.load(conversation_id=statement.conversation_id, changes=history)

    assert (first, second) == (2, 0)
    assert Conversation.objects.get().votes_version == version
    assert current() == replayed() == {(voter.pk, statement.pk): -1}


def test_votes_load_leaves_a_newer_local_vote() -> None:
    statement = factories.statement()
    voter = factories.participant(conversation=statement.conversation)
    factories.vote(statement=statement, participant=voter, choice=Choice.DISAGREE)
    old = [(voter.pk, statement.pk, 1, datetime(2015, 6, 30, tzinfo=UTC))]

    votes.load(conversation_id=statement.conversation_id, changes=old)

    assert current() == {(voter.pk, statement.pk): -1}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_votes_race_for_one_pair_leaves_one_row_and_a_true_history() -> None:
    statement = factories.statement()
    voter = factories.participant(conversation=statement.conversation)
    start = threading.Barrier(16)

    def cast(choice: Choice) -> None:
        start.wait()
        factories.vote(statement=statement, participant=voter, choice=choice)
        connection.close()

    choices = [list(Choice)[turn % 3] for turn in range(16)]
    threads = [threading.Thread(target=cast, args=(choice,)) for choice in choices]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Vote.objects.count() == 1
    assert current() == replayed()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_votes_race_with_closing_counts_all_or_refuses() -> None:
    """A vote that was acknowledged was cast while the conversation was open."""
    statement = factories.statement()
    voters = [factories.participant(conversation=statement.conversation) for _ in range(24)]
    start = threading.Barrier(25)
    outcomes: list[bool] = []

    def cast(place: int) -> None:
        start.wait()
        try:
            factories.vote(statement=statement, participant=voters[place])
            outcomes.append(True)
        except errors.ConversationClosed:
            outcomes.append(False)
        connection.close()

    threads = [threading.Thread(target=cast, args=(place,)) for place in range(24)]
    for thread in threads:
        thread.start()
    start.wait()
    Conversation.objects.update(state="closed")
    at_closing = Vote.objects.count()
    for thread in threads:
        thread.join()

    assert len(outcomes) == 24
    assert Vote.objects.count() == sum(outcomes)
    # Nothing came in after the closing had committed.
    assert at_closing == sum(outcomes)
