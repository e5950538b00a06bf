"""Polis exports become conversations, whole and once, however often they are imported."""

import gzip
from datetime import UTC, datetime

import pytest

from deliberate import polis_import, votes
from deliberate.models import Choice, Conversation, Statement, Vote, VoteChange
from tests.deliberate.polis_export import COMMENTS, FILES, MATRIX, VOTES, run, write

pytestmark = pytest.mark.django_db


def test_import_draws_no_bar_where_nobody_watches(tmp_path, capsys):
    run(write(tmp_path))

    assert capsys.readouterr().err == ""


def test_import_draws_a_bar_on_a_terminal(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)

    run(write(tmp_path))

    assert "reading: 6.00 votes" in capsys.readouterr().err


def test_import_stores_the_conversation_with_its_rules_and_source(tmp_path):
    said = run(write(tmp_path))

    wells = Conversation.objects.get(slug="wells")
    assert wells.title == "Wells"
    assert wells.introduction == "Which, and\nwhy?"
    assert wells.state == Conversation.State.OPEN
    assert wells.data_policy == Conversation.DataPolicy.OPEN
    assert wells.participation == Conversation.Participation.ANYONE
    assert wells.language == "en"
    assert "https://pol.is/2demo" in wells.source
    assert "CC BY 4.0" in wells.source
    assert "The Computational Democracy Project" in wells.source
    assert wells.opens_at == datetime(2017, 7, 14, 2, 40, tzinfo=UTC)
    assert wells.next_statement_number == 3
    assert "3 statements and 3 participants" in said


def test_import_keeps_what_polis_rejected_as_rejected(tmp_path):
    run(write(tmp_path))

    rows = Statement.objects.order_by("number").values_list(
        "number", "text", "state", "rejection_reason"
    )
    assert list(rows) == [
        (0, "Wells first, then roads.", "accepted", ""),
        (1, "=SUM(1) in two lines", "accepted", ""),
        (2, polis_import.NO_TEXT, "rejected", "imported"),
    ]


def test_import_last_vote_stands_and_history_holds_the_effective_changes(tmp_path):
    run(write(tmp_path))

    changes = VoteChange.objects.filter(statement__number=0).order_by("id")
    assert [(row.choice, row.cast_at.second) for row in changes] == [(1, 10), (-1, 11), (1, 13)]
    assert sorted(Vote.objects.filter(statement__number=0).values_list("choice", flat=True)) == [
        1,
        1,
    ]
    assert Vote.objects.get(statement__number=1).choice == Choice.PASS
    assert Vote.objects.count() == 4


def test_import_of_two_votes_in_one_millisecond_takes_the_lower_line(tmp_path):
    rows = VOTES + "1500000010500,x,1,0,-1\n"

    run(write(tmp_path, votes=rows))
    run(tmp_path)

    assert Vote.objects.get(statement__number=1).choice == Choice.DISAGREE
    assert VoteChange.objects.filter(statement__number=1).count() == 1


def test_import_twice_doubles_nothing_and_leaves_the_version(tmp_path):
    run(write(tmp_path))
    before = Conversation.objects.values().get(slug="wells")
    history = list(VoteChange.objects.values())

    said = run(tmp_path)

    assert Conversation.objects.values().get(slug="wells") == before
    assert list(VoteChange.objects.values()) == history
    assert Statement.objects.count() == 3
    assert Vote.objects.count() == 4
    assert "0 statements and 0 votes were new" in said


def test_import_again_leaves_later_local_acts_alone(tmp_path):
    run(write(tmp_path))
    wells = Conversation.objects.get(slug="wells")
    Conversation.objects.filter(pk=wells.pk).update(title="Our wells")
    voter = Vote.objects.filter(statement__number=1).get().participant
    votes.cast_one(participant=voter, statement_number=1, choice=Choice.DISAGREE)
    version = Conversation.objects.get(pk=wells.pk).votes_version

    run(tmp_path)

    wells.refresh_from_db()
    assert wells.title == "Our wells"
    assert wells.votes_version == version
    assert Vote.objects.get(statement__number=1).choice == Choice.DISAGREE


def test_import_of_a_longer_export_adds_what_is_new(tmp_path):
    run(write(tmp_path))
    write(
        tmp_path,
        comments=COMMENTS + "1500000003000,x,3,9,0,0,1,Roads first.\n",
        votes=VOTES + "1500000020000,x,3,0,1\n1500000021000,x,0,0,-1\n",
    )

    said = run(tmp_path)

    assert "1 statements and 2 votes were new" in said
    assert Vote.objects.count() == 5
    assert Conversation.objects.get(slug="wells").next_statement_number == 4


def test_import_reads_gzip_and_a_byte_order_mark(tmp_path):
    for name, text in FILES.items():
        packed = gzip.compress(("\ufeff" + text).encode())
        (tmp_path / f"{name}.csv.gz").write_bytes(packed)

    run(tmp_path)

    assert Conversation.objects.get(slug="wells").title == "Wells"
    assert Vote.objects.count() == 4


@pytest.mark.parametrize("without_rows", [None, VOTES.splitlines()[0] + "\n"])
def test_import_takes_the_matrix_where_there_are_no_vote_rows(tmp_path, without_rows):
    write(tmp_path, participants_votes=MATRIX)
    if without_rows is None:
        (tmp_path / "votes.csv").unlink()
    else:
        (tmp_path / "votes.csv").write_text(without_rows)

    run(tmp_path)
    run(tmp_path)

    assert sorted(Vote.objects.values_list("statement__number", "choice")) == [
        (0, 1),
        (0, 1),
        (1, 0),
        (2, 1),
    ]
    assert VoteChange.objects.count() == 4


def test_import_ignores_the_matrix_where_there_are_vote_rows(tmp_path):
    run(write(tmp_path, participants_votes=MATRIX.replace("1,,,1,1,1,0,1,,", "1,,,1,1,1,0,-1,,")))

    assert Vote.objects.filter(choice=Choice.DISAGREE).count() == 0


def test_import_allows_statements_as_long_as_the_longest(tmp_path):
    long = COMMENTS.replace("Wells first, then roads.", "w" * 900)

    run(write(tmp_path, comments=long))

    assert Conversation.objects.get(slug="wells").statement_max_length == 900


def test_import_takes_options_before_the_files(tmp_path):
    run(write(tmp_path), title="Brunnen", language="de", source="From our archive.")

    wells = Conversation.objects.get(slug="wells")
    assert (wells.title, wells.language, wells.source) == ("Brunnen", "de", "From our archive.")
    assert Statement.objects.get(number=0).language == "de"
