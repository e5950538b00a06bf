"""A ballot with an id has one effect and one answer, however often and by whatever way it comes."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from deliberate import conversations, errors, receipts, votes
from deliberate.models import BallotReceipt, Choice, Participant, Statement, Vote, VoteChange
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def statement() -> Statement:
    return factories.statement()


@pytest.fixture
def voter(statement: Statement) -> Participant:
    return factories.participant(conversation=statement.conversation)


def ballot(
    voter: Participant, statement: Statement, choice: Choice = Choice.AGREE, *, ballot_id=None
) -> votes.Ballot:
    return votes.Ballot(voter, statement.number, choice, ballot_id or uuid4())


def history() -> list[int | None]:
    return list(VoteChange.objects.values_list("choice", flat=True))


def test_ballot_repeated_has_one_effect_and_one_answer(voter, statement) -> None:
    one = ballot(voter, statement)

    answers = [votes.cast([one])[0] for _ in range(10)]

    assert [type(answer) for answer in answers] == [votes.Counted] * 10
    assert [answer.is_repeated for answer in answers] == [False] + [True] * 9
    assert history() == [1]
    assert BallotReceipt.objects.count() == 1


def test_ballot_repeated_after_a_change_of_mind_overwrites_nothing(voter, statement) -> None:
    first = ballot(voter, statement, Choice.AGREE)
    votes.cast([first])
    votes.cast([ballot(voter, statement, Choice.DISAGREE)])

    (answer,) = votes.cast([first])

    assert isinstance(answer, votes.Counted)
    assert history() == [1, -1]
    assert Vote.objects.get().choice == Choice.DISAGREE


def test_ballot_that_changed_nothing_is_remembered_too(voter, statement) -> None:
    votes.cast([ballot(voter, statement, Choice.AGREE)])
    same_again = ballot(voter, statement, Choice.AGREE)
    votes.cast([same_again])
    votes.cast([ballot(voter, statement, Choice.DISAGREE)])

    votes.cast([same_again])

    assert history() == [1, -1]


def test_ballot_twice_in_one_batch_counts_once(voter, statement) -> None:
    one, other = ballot(voter, statement), ballot(voter, statement, Choice.PASS)

    answers = votes.cast([one, other, one])

    assert all(isinstance(answer, votes.Counted) for answer in answers)
    assert history() == [1, 0]


def test_ballot_with_a_used_id_and_another_choice_is_refused(voter, statement) -> None:
    one = ballot(voter, statement, Choice.AGREE)
    votes.cast([one])

    (answer,) = votes.cast([ballot(voter, statement, Choice.DISAGREE, ballot_id=one.id)])

    assert isinstance(answer, errors.BallotIdReused)
    assert history() == [1]


def test_ballot_ids_of_two_people_do_not_meet(voter, statement) -> None:
    other = factories.participant(conversation=statement.conversation)
    one = ballot(voter, statement, Choice.AGREE)

    votes.cast([one])
    (answer,) = votes.cast([ballot(other, statement, Choice.DISAGREE, ballot_id=one.id)])

    assert isinstance(answer, votes.Counted)
    assert Vote.objects.count() == 2


def test_ballot_counted_before_the_closing_is_answered_after_it(voter, statement) -> None:
    one = ballot(voter, statement)
    votes.cast([one])
    conversations.close(statement.conversation)

    answers = votes.cast([one, ballot(voter, statement, Choice.DISAGREE)])

    assert isinstance(answers[0], votes.Counted)
    assert isinstance(answers[1], errors.ConversationClosed)
    assert history() == [1]
    assert BallotReceipt.objects.count() == 1


def test_ballot_counted_before_a_rejection_is_answered_after_it(voter, statement) -> None:
    one = ballot(voter, statement)
    votes.cast([one])
    Statement.objects.update(
        state=Statement.State.REJECTED, rejection_reason=Statement.Reason.ADVERT
    )

    answers = votes.cast([one, ballot(voter, statement)])

    assert isinstance(answers[0], votes.Counted)
    assert isinstance(answers[1], errors.StatementUnavailable)


def test_ballot_that_was_refused_is_judged_anew(voter, statement) -> None:
    conversation = statement.conversation
    one = ballot(voter, statement)
    conversation.state = "closed"
    conversation.save()
    (refused,) = votes.cast([one])
    conversation.state = "open"
    conversation.save()

    (answer,) = votes.cast([one])

    assert isinstance(refused, errors.ConversationClosed)
    assert isinstance(answer, votes.Counted)
    assert history() == [1]


def test_ballots_larger_than_one_insert_are_all_remembered(statement) -> None:
    voters = [factories.participant(conversation=statement.conversation) for _ in range(1100)]
    batch = [ballot(one, statement) for one in voters]

    votes.cast(batch)
    votes.cast(batch)

    assert VoteChange.objects.count() == BallotReceipt.objects.count() == 1100


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_ballot_sent_by_sixteen_at_once_counts_once() -> None:
    statement = factories.statement()
    voter = factories.participant(conversation=statement.conversation)
    old = ballot(voter, statement, Choice.AGREE)
    newer = ballot(voter, statement, Choice.DISAGREE)
    start = threading.Barrier(16)
    answers: list[object] = []

    def cast(turn: int) -> None:
        start.wait()
        answers.extend(votes.cast([old, newer] if turn % 2 else [newer, old]))
        connection.close()

    threads = [threading.Thread(target=cast, args=(turn,)) for turn in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 32
    assert all(isinstance(answer, votes.Counted) for answer in answers)
    assert sorted(history()) == [-1, 1]
    assert BallotReceipt.objects.count() == 2


def test_receipts_are_forgotten_when_no_phone_sends_them_again(voter, statement) -> None:
    votes.cast([ballot(voter, statement)])
    old = BallotReceipt.objects.get()
    BallotReceipt.objects.update(counted_at=timezone.now() - receipts.KEPT_FOR - timedelta(hours=1))
    votes.cast([ballot(voter, statement, Choice.PASS)])

    forgotten = receipts.forget_old()

    assert forgotten == 1
    assert BallotReceipt.objects.get().pk != old.pk
    assert receipts.forget_old() == 0
