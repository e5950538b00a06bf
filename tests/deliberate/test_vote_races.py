"""Votes beside decisions, erasures and each other: none waits in a circle, no answer is untrue."""

import threading
import time
from collections.abc import Callable
from itertools import cycle

import pytest
from django.db.models import Max

from accounts.models import Role
from config import erasure
from deliberate import errors, participants, statements, translations, votes
from deliberate.models import Choice, Participant, Statement, Vote, VoteChange
from moderation import decisions, reports
from tests import factories
from tests.deliberate.stops import Thread, stopped

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

WORDS = {"reason": "insult", "explanation": "It calls people names."}


def reject(statement: Statement) -> None:
    statements.reject(statement_id=statement.pk, version=statement.version, **WORDS)


def decide(statement: Statement) -> None:
    decisions.decide(
        statement_id=statement.pk,
        action="reject",
        version=statement.version,
        moderator=factories.moderator(),
        **WORDS,
    )


def translate(statement: Statement) -> None:
    statements_translator = factories.official(Role.FACILITATOR)
    translations.keep_statement(
        statement_id=statement.pk,
        language="ur",
        text="ایک",
        by=statements_translator,
        seen=None,
    )


def part_of(statement: Statement, user) -> Participant:
    return participants.enter(conversation=statement.conversation, user=user, session={})


@pytest.mark.parametrize("act", [reject, decide, translate])
def test_vote_is_stored_while_its_statement_is_being_decided(
    act: Callable[[Statement], None],
) -> None:
    """The other way round PostgreSQL would end one of the two after a second."""
    statement = factories.statement()

    with stopped(lambda: act(statement)) as moderator:
        counted = Thread(lambda: factories.vote(statement=statement)).result()

    moderator.result()
    assert counted.changed


def test_votes_and_decisions_in_a_stream_never_wait_in_a_circle() -> None:
    statement = factories.statement()
    others = [factories.statement(conversation=statement.conversation) for _ in range(3)]
    ended = threading.Event()

    def vote() -> set[str]:
        codes: set[str] = set()
        while not ended.is_set():
            voters = [factories.participant(conversation=statement.conversation) for _ in range(4)]
            answers = votes.cast(
                [
                    votes.Ballot(voter, row.number, Choice.AGREE)
                    for voter in voters
                    for row in (statement, *others)
                ]
            )
            codes |= {getattr(answer, "code", "counted") for answer in answers}
        return codes

    voters = [Thread(vote) for _ in range(3)]
    until = time.monotonic() + 3
    try:
        for is_rejecting in cycle([True, False]):
            row = Statement.objects.get(pk=statement.pk)
            if is_rejecting:
                reject(row)
            else:
                statements.accept(statement_id=row.pk, version=row.version)
            if time.monotonic() > until:
                break
    finally:
        ended.set()

    for thread in voters:
        assert thread.result() <= {"counted", "statement_unavailable"}


@pytest.mark.parametrize("remove_words", [True, False])
def test_erasure_and_rejection_of_the_same_statement_take_turns(remove_words: bool) -> None:
    user = factories.user()
    conversation = factories.statement().conversation
    mine = statements.submit(
        conversation=conversation,
        participant=participants.enter(conversation=conversation, user=user, session={}),
        text="Something of mine.",
        language="en",
        account_id=user.pk,
    )

    with stopped(lambda: decide(mine)) as moderator:
        eraser = Thread(lambda: erasure.erase(user, remove_words=remove_words))
        time.sleep(0.3)

    moderator.result()
    assert eraser.result().conversations.statements == 1
    mine.refresh_from_db()
    assert (mine.state, mine.author) == ("rejected", None)


def test_erasure_of_a_reporter_and_the_decision_on_the_report_take_turns() -> None:
    user = factories.user()
    statement = factories.statement()
    own = factories.statement(conversation=statement.conversation)
    factories.vote(statement=own, participant=part_of(own, user))
    reports.file_report(
        statement_id=statement.pk,
        reporter_key=bytes(part_of(statement, user).key),
        reason="insult",
    )

    with stopped(lambda: erasure.erase(user, remove_words=False)) as eraser:
        moderator = Thread(lambda: decide(statement))
        time.sleep(0.3)

    moderator.result()
    assert eraser.result().conversations.votes_withdrawn == 1


def test_history_is_numbered_in_the_order_of_the_commits() -> None:
    """Whoever has read up to a number has missed nothing below it."""
    statement = factories.statement()

    with stopped(lambda: factories.vote(statement=statement, choice=Choice.DISAGREE)) as slow:
        factories.vote(statement=statement, choice=Choice.AGREE)
        seen = VoteChange.objects.aggregate(last=Max("id"))["last"]

    slow.result()
    later = VoteChange.objects.filter(id__gt=seen)
    assert [change.choice for change in later] == [Choice.DISAGREE]


def test_history_of_joined_and_loaded_votes_is_in_the_order_of_the_commits() -> None:
    statement = factories.statement()
    pairs = [factories.participant(conversation=statement.conversation) for _ in range(2)]
    factories.vote(statement=statement, participant=pairs[0])
    loaded = factories.participant(conversation=statement.conversation)
    when = VoteChange.objects.get().cast_at

    def join() -> None:
        votes.join(
            conversation_id=statement.conversation_id, from_id=pairs[0].pk, into_id=pairs[1].pk
        )

    def load() -> None:
        votes.load(
            conversation_id=statement.conversation_id,
            changes=[(loaded.pk, statement.pk, -1, when)],
        )

    for act in (join, load):
        with stopped(act) as slow:
            factories.vote(statement=statement)
            seen = VoteChange.objects.aggregate(last=Max("id"))["last"]
            before = VoteChange.objects.count()
        slow.result()
        assert VoteChange.objects.filter(id__gt=seen).count() == (
            VoteChange.objects.count() - before
        )
        assert VoteChange.objects.count() > before


def test_vote_that_comes_to_a_committed_rejection_is_not_counted_and_costs_nobody_theirs() -> None:
    statement = factories.statement()
    other = factories.statement(conversation=statement.conversation)
    voter = factories.participant(conversation=statement.conversation)

    def cast() -> list[object]:
        return list(
            votes.cast(
                [votes.Ballot(voter, row.number, Choice.AGREE) for row in (statement, other)]
            )
        )

    with stopped(cast) as late:
        # The decision's own update would stop at nothing: only the voter's session is asked to.
        reject(statement)

    refused, counted = late.result()
    assert isinstance(refused, errors.StatementUnavailable)
    assert isinstance(counted, votes.Counted)
    assert list(Vote.objects.values_list("statement", flat=True)) == [other.pk]
    assert VoteChange.objects.count() == 1


def test_vote_that_waits_for_an_erasure_is_not_counted() -> None:
    statement = factories.statement()
    second = factories.statement(conversation=statement.conversation)
    user = factories.user()
    voter = part_of(statement, user)
    factories.vote(statement=statement, participant=voter)

    with stopped(lambda: erasure.erase(user, remove_words=False)) as eraser:
        late = Thread(
            lambda: votes.cast(
                [
                    votes.Ballot(voter, second.number, Choice.AGREE),
                    votes.Ballot(
                        factories.participant(conversation=statement.conversation),
                        second.number,
                        Choice.AGREE,
                    ),
                ]
            )
        )
        time.sleep(0.3)

    eraser.result()
    gone, counted = late.result()
    assert isinstance(gone, errors.ParticipantGone)
    assert isinstance(counted, votes.Counted)
    assert not Vote.objects.filter(participant=voter).exists()


def test_erasure_takes_back_a_vote_that_was_on_its_way_before_it() -> None:
    statement = factories.statement()
    user = factories.user()
    voter = part_of(statement, user)

    with stopped(lambda: factories.vote(statement=statement, participant=voter)) as first:
        eraser = Thread(lambda: erasure.erase(user, remove_words=False))
        time.sleep(0.3)

    first.result()
    assert eraser.result().conversations.votes_withdrawn == 1
    assert not Vote.objects.exists()


def test_statement_that_waits_for_its_authors_erasure_is_not_stored() -> None:
    statement = factories.statement()
    user = factories.user()
    author = part_of(statement, user)
    factories.vote(statement=statement, participant=author)

    def submit() -> Statement:
        return statements.submit(
            conversation=statement.conversation,
            participant=author,
            text="My own words.",
            language="en",
        )

    with stopped(lambda: erasure.erase(user, remove_words=False)) as eraser:
        late = Thread(submit)
        time.sleep(0.3)

    eraser.result()
    with pytest.raises(errors.ParticipantGone):
        late.result()
    assert Statement.objects.count() == 1
