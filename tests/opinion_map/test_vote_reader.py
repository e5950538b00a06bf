"""Votes as arrays: every vote of the conversation, nobody else's, on either database."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from deliberate import statements
from deliberate.models import Statement, Vote
from opinion_map import maths, snapshots, vote_reader
from opinion_map.maths.blocks import ScratchFile
from opinion_map.maths.pipeline import from_matrix
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


def test_pieces_come_participant_by_participant(monkeypatch: pytest.MonkeyPatch) -> None:
    conversation = blocs.conversation(people=40)
    factories.vote(statement=factories.statement())
    monkeypatch.setattr(vote_reader, "CHUNK_BYTES", 1)
    monkeypatch.setattr(vote_reader, "CHUNK_ROWS", 50)

    pieces = list(vote_reader.pieces(conversation))

    people = [one for piece in pieces for one in piece.participants.tolist()]
    assert len(pieces) > 1
    assert people == sorted(people)
    assert len(people) == 480


def test_matrix_from_pieces_gives_the_map_of_all_votes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    conversation = blocs.conversation(people=40)
    statement = Statement.objects.filter(conversation=conversation)[0]
    statements.reject(
        statement_id=statement.pk, version=statement.version, reason="advert", explanation=""
    )
    monkeypatch.setattr(vote_reader, "CHUNK_BYTES", 1)
    monkeypatch.setattr(vote_reader, "CHUNK_ROWS", 50)

    matrix = vote_reader.matrix(conversation, scratch=ScratchFile(tmp_path))

    whole = maths.compute(vote_reader.read(conversation))
    assert matrix.n_excluded == 1
    assert "".join(maths.json_pieces(from_matrix(matrix))) == maths.to_json(
        maths.to_document(whole)
    )


@pytest.mark.parametrize("policy", ["open", "aggregate"])
def test_draw_map_writes_what_the_worker_would(tmp_path: Path, policy: str) -> None:
    conversation = blocs.conversation(people=40, data_policy=policy)
    out = tmp_path / "map.json"

    call_command("draw_map", conversation.slug, str(out), stdout=StringIO())

    drawn = json.loads(out.read_text())
    assert drawn["votes_sha256"] == snapshots.draw(conversation).votes_sha256
    assert len(drawn["participants"]) == (40 if policy == "open" else 0)


def test_draw_map_says_what_is_wrong(tmp_path: Path) -> None:
    conversation = factories.conversation()

    with pytest.raises(CommandError, match="no conversation called nowhere"):
        call_command("draw_map", "nowhere", str(tmp_path / "map.json"))
    with pytest.raises(CommandError, match="No such file"):
        call_command("draw_map", conversation.slug, str(tmp_path / "no" / "map.json"))


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
