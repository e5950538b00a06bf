"""Votes as arrays: every vote of the conversation, nobody else's, on either database."""

import pytest

from deliberate.models import Vote
from opinion_map import vote_reader
from tests import factories
from tests.opinion_map import blocs

pytestmark = pytest.mark.django_db


def test_reader_brings_every_vote_of_the_conversation() -> None:
    conversation = blocs.conversation(people=40)
    factories.vote(statement=factories.statement())
    expected = set(
        Vote.objects.filter(statement__conversation=conversation).values_list(
            "participant_id", "statement__number", "choice"
        )
    )

    votes = vote_reader.read(conversation)

    rows = zip(
        votes.participants.tolist(), votes.statements.tolist(), votes.choices.tolist(), strict=True
    )
    assert set(rows) == expected
    assert len(votes) == len(expected) == 480


def test_reader_in_small_chunks_brings_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    conversation = blocs.conversation(people=40)
    whole = vote_reader.read(conversation)

    monkeypatch.setattr(vote_reader, "CHUNK_BYTES", 1)
    parts = vote_reader.read(conversation)

    assert parts.participants.tolist() == whole.participants.tolist()
    assert parts.choices.tolist() == whole.choices.tolist()


def test_reader_of_nobodys_votes_brings_empty_arrays() -> None:
    votes = vote_reader.read(factories.conversation())

    assert len(votes) == 0


def test_reader_names_what_the_map_leaves_out() -> None:
    conversation = factories.conversation()
    factories.statement(conversation=conversation)
    factories.statement(conversation=conversation, is_metadata=True)
    factories.statement(conversation=conversation, state="pending")
    factories.statement(conversation=conversation, state="rejected", rejection_reason="advert")

    assert vote_reader.read(conversation).excluded == {1, 2, 3}
