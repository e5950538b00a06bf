"""Votes kept between drawings: at every moment what a full read would bring."""

import logging
from datetime import UTC, datetime

import numpy as np
import pytest
from django.utils import timezone

from deliberate import participants, votes
from deliberate.models import Choice, Conversation, Statement, Vote, VoteChange
from opinion_map import live_votes, maths, vote_reader
from tests import factories
from tests.opinion_map import blocs

pytestmark = pytest.mark.django_db


Rows = set[tuple[int, int, int]]


def stored(conversation: Conversation) -> Rows:
    columns = vote_reader.columns(conversation)
    return set(zip(*(one.tolist() for one in columns), strict=True))


def known(reading: live_votes.Reading) -> Rows:
    """The rows behind a reading; every statement is accepted unless a test says otherwise."""
    matrix, aside = reading.warm.matrix, reading.warm.aside
    rows = set(
        zip(
            aside.participants.tolist(),
            aside.statements.tolist(),
            aside.choices.tolist(),
            strict=True,
        )
    )
    for block in matrix.blocks:
        who = np.repeat(matrix.participants[block.rows], np.diff(block.offsets))
        what = matrix.statements[block.columns]
        rows |= set(zip(who.tolist(), what.tolist(), block.values.tolist(), strict=True))
    return rows


def test_kept_votes_follow_new_votes_and_changes_of_mind() -> None:
    conversation = blocs.conversation(people=20)
    kept = live_votes.LiveVotes()
    kept.read(conversation)
    voter = blocs.anyone(conversation)
    new = factories.statement(conversation=conversation)

    for number, choice in ((0, Choice.DISAGREE), (0, Choice.PASS), (new.number, Choice.AGREE)):
        votes.cast_one(participant=voter, statement_number=number, choice=choice)

    assert known(kept.read(conversation)) == stored(conversation)


def test_kept_votes_are_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    conversation = blocs.conversation(people=20)
    kept = live_votes.LiveVotes()
    kept.read(conversation)

    def fail(_conversation: Conversation) -> None:
        raise AssertionError("everything was read again")

    monkeypatch.setattr(vote_reader, "columns", fail)

    assert kept.read(conversation).warm.n_votes == 240


def test_closing_reads_everything_again(monkeypatch: pytest.MonkeyPatch) -> None:
    conversation = blocs.conversation(people=20)
    kept = live_votes.LiveVotes()
    kept.read(conversation)
    conversation.state = Conversation.State.CLOSED
    reads: list[int] = []
    read = vote_reader.columns

    def counted(asked: Conversation) -> vote_reader.Columns:
        reads.append(asked.pk)
        return read(asked)

    monkeypatch.setattr(vote_reader, "columns", counted)
    kept.read(conversation)

    assert reads == [conversation.pk]


def test_import_beyond_the_overlap_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if an import's ids had been given long before, and committed only now."""
    monkeypatch.setattr(live_votes, "OVERLAP", 0)
    conversation = blocs.conversation(people=20)
    kept = live_votes.LiveVotes()
    kept.read(conversation)
    people = participants.load(conversation=conversation, person_keys=[b"late"])
    statement = blocs.first(conversation)
    day = datetime(2015, 6, 30, tzinfo=UTC)
    votes.load(conversation_id=conversation.pk, changes=[(people[b"late"], statement.pk, 1, day)])
    inner = kept._kept[conversation.pk, conversation.created_at]
    kept._kept[conversation.pk, conversation.created_at] = live_votes.replace(
        inner, newest_change=10**9
    )

    assert known(kept.read(conversation)) == stored(conversation)


def test_kept_votes_that_are_wrong_are_said_at_the_next_full_read(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(live_votes, "OVERLAP", 0)
    conversation = blocs.conversation(people=20)
    kept = live_votes.LiveVotes()
    kept.read(conversation)
    Vote.objects.filter(statement=blocs.first(conversation)).update(choice=-1)
    monkeypatch.setattr(live_votes, "FULL_READ_EVERY_SECONDS", 0.0)

    with caplog.at_level(logging.ERROR):
        found = kept.read(conversation)

    assert "were not the stored ones" in caplog.text
    assert known(found) == stored(conversation)


def test_worker_keeps_only_so_many_conversations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_votes, "KEPT", 2)
    kept = live_votes.LiveVotes()

    for _ in range(4):
        kept.read(factories.conversation())

    assert len(kept._kept) == 2


def test_worker_keeps_only_so_much_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_votes, "KEPT_BYTES", -1)
    kept = live_votes.LiveVotes()
    newest = factories.conversation()

    for conversation in (factories.conversation(), newest):
        kept.read(conversation)

    assert list(kept._kept) == [(newest.pk, newest.created_at)]


def test_overlap_covers_changes_that_were_under_way() -> None:
    conversation = blocs.conversation(people=20)
    kept = live_votes.LiveVotes()
    kept.read(conversation)
    inner = kept._kept[conversation.pk, conversation.created_at]
    votes.cast_one(
        participant=blocs.anyone(conversation), statement_number=0, choice=Choice.DISAGREE
    )
    # As if that change had got its id before the read and committed after it.
    kept._kept[conversation.pk, conversation.created_at] = live_votes.replace(
        inner, newest_change=inner.newest_change + 9
    )

    assert known(kept.read(conversation)) == stored(conversation)


def test_vote_taken_back_is_not_kept() -> None:
    conversation = blocs.conversation(people=20)
    kept = live_votes.LiveVotes()
    kept.read(conversation)
    voter, statement = blocs.anyone(conversation), blocs.first(conversation)
    Vote.objects.filter(participant=voter, statement=statement).delete()
    VoteChange.objects.create(
        participant=voter, statement=statement, choice=None, cast_at=timezone.now()
    )

    found = kept.read(conversation)

    assert found.warm.n_votes == 239
    assert known(found) == stored(conversation)


def test_statement_left_out_and_back_keeps_its_votes() -> None:
    conversation = blocs.conversation(people=20)
    kept = live_votes.LiveVotes()
    first = known(kept.read(conversation))
    statement = blocs.first(conversation)
    Statement.objects.filter(pk=statement.pk).update(is_metadata=True)

    without = kept.read(conversation)
    Statement.objects.filter(pk=statement.pk).update(is_metadata=False)
    back = kept.read(conversation)

    assert statement.number not in without.warm.matrix.statements
    assert known(without) == first
    assert statement.number in back.warm.matrix.statements
    assert known(back) == first


def test_map_of_kept_votes_is_that_of_a_full_read() -> None:
    conversation = blocs.conversation(people=40)
    kept = live_votes.LiveVotes()
    kept.read(conversation).map(previous=None, parameters=maths.Parameters())
    votes.cast_one(
        participant=blocs.anyone(conversation), statement_number=0, choice=Choice.DISAGREE
    )

    warm = kept.read(conversation).map(previous=None, parameters=maths.Parameters())

    cold = maths.compute(vote_reader.read(conversation))
    assert maths.to_json(maths.to_document(warm)) == maths.to_json(maths.to_document(cold))


def test_full_read_says_when_the_kept_map_was_another(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    conversation = blocs.conversation(people=40)
    kept = live_votes.LiveVotes()
    kept.read(conversation).map(previous=None, parameters=maths.Parameters())
    # As if a group's votes had been counted wrong: the votes themselves agree.
    inner = kept._kept[conversation.pk, conversation.created_at].warm
    for tally in inner._tallies.values():
        tally.counts[1, 0] += 1
    monkeypatch.setattr(live_votes, "FULL_READ_EVERY_SECONDS", 0.0)

    with caplog.at_level(logging.ERROR):
        kept.read(conversation).map(previous=None, parameters=maths.Parameters())

    assert "was another one" in caplog.text
    assert "groups" in caplog.text


def test_full_read_that_agrees_is_silent(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    conversation = blocs.conversation(people=40)
    kept = live_votes.LiveVotes()
    kept.read(conversation).map(previous=None, parameters=maths.Parameters())
    monkeypatch.setattr(live_votes, "FULL_READ_EVERY_SECONDS", 0.0)

    with caplog.at_level(logging.ERROR):
        reading = kept.read(conversation)
        reading.map(previous=None, parameters=maths.Parameters())

    assert reading.kept is not None
    assert caplog.text == ""
