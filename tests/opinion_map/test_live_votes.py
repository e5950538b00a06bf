"""Votes kept between drawings: at every moment what a full read would bring."""

import logging
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deliberate import participants, votes
from deliberate.models import Choice, Conversation, Vote
from opinion_map import live_votes, maths, vote_reader
from tests import factories
from tests.opinion_map import blocs

pytestmark = pytest.mark.django_db


def table(found: maths.Votes) -> set[tuple[int, int, int]]:
    return set(
        zip(
            found.participants.tolist(),
            found.statements.tolist(),
            found.choices.tolist(),
            strict=True,
        )
    )


def stored(conversation: Conversation) -> set[tuple[int, int, int]]:
    return table(vote_reader.read(conversation))


def test_kept_votes_follow_new_votes_and_changes_of_mind() -> None:
    conversation = blocs.conversation(people=20)
    kept = live_votes.LiveVotes()
    kept.read(conversation)
    voter = blocs.anyone(conversation)
    new = factories.statement(conversation=conversation)

    for number, choice in ((0, Choice.DISAGREE), (0, Choice.PASS), (new.number, Choice.AGREE)):
        votes.cast_one(participant=voter, statement_number=number, choice=choice)

    assert table(kept.read(conversation)) == stored(conversation)


def test_kept_votes_are_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    conversation = blocs.conversation(people=20)
    kept = live_votes.LiveVotes()
    kept.read(conversation)

    def fail(_conversation: Conversation) -> None:
        raise AssertionError("everything was read again")

    monkeypatch.setattr(vote_reader, "columns", fail)

    assert len(kept.read(conversation)) == 240


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
    inner = kept._kept[bytes(conversation.secret)]
    kept._kept[bytes(conversation.secret)] = live_votes.replace(inner, newest_change=10**9)

    assert table(kept.read(conversation)) == stored(conversation)


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
    assert table(found) == stored(conversation)


def test_worker_keeps_only_so_many_conversations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_votes, "KEPT", 2)
    kept = live_votes.LiveVotes()

    for _ in range(4):
        kept.read(factories.conversation())

    assert len(kept._kept) == 2


rows = st.lists(
    st.tuples(st.integers(1, 6), st.integers(0, 5), st.sampled_from([-1, 0, 1])), max_size=40
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=rows, later=rows)
def test_changes_applied_are_the_last_choice_of_each_pair(
    first: list[tuple[int, int, int]], later: list[tuple[int, int, int]]
) -> None:
    kept = live_votes.Kept(
        pairs=np.empty(0, np.int64), choices=np.empty(0, np.int8), newest_change=0, read_at=0.0
    )

    for part in (first, later):
        kept = kept.with_changes(np.array(part, dtype=np.int64).reshape(-1, 3))

    expected = {(who << 32) | what: choice for who, what, choice in first + later}
    assert kept.pairs.tolist() == sorted(expected)
    assert kept.choices.tolist() == [expected[pair] for pair in sorted(expected)]


def test_overlap_covers_changes_that_were_under_way() -> None:
    conversation = blocs.conversation(people=20)
    kept = live_votes.LiveVotes()
    kept.read(conversation)
    inner = kept._kept[bytes(conversation.secret)]
    votes.cast_one(
        participant=blocs.anyone(conversation), statement_number=0, choice=Choice.DISAGREE
    )
    # As if that change had got its id before the read and committed after it.
    kept._kept[bytes(conversation.secret)] = live_votes.replace(
        inner, newest_change=inner.newest_change + 9
    )

    assert table(kept.read(conversation)) == stored(conversation)
