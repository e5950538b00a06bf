"""Polis exports become conversations, whole or not at all."""

import gzip
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from deliberate import letters, polis_files, polis_import, votes
from deliberate.models import Choice, Conversation, Statement, Vote, VoteChange

pytestmark = pytest.mark.django_db

COMMENTS = """\
timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,comment-body
1500000000000,x,0,0,0,0,1,"Wells first, then roads."
1500000001000,x,1,1,0,0,0,"=SUM(1)
in two lines"
1500000002000,x,2,0,0,0,-1,
"""
VOTES = """\
timestamp,datetime,comment-id,voter-id,vote
1500000010000,x,0,0,1
1500000011000,x,0,1,-1
1500000013000,x,0,1,1
1500000012000,x,0,1,-1
1500000010500,x,1,0,0
1500000014000,x,2,7,1
"""
MATRIX = """\
participant,xid,group-id,n-comments,n-votes,n-agree,n-disagree,0,1,2
0,,0,2,2,1,0,1,0,
1,,,1,1,1,0,1,,
7,,,0,1,1,0,,,1
"""
SUMMARY = 'topic,Wells\nurl,https://pol.is/2demo\nconversation-description,"Which, and\nwhy?"\n'
FILES = {"comments": COMMENTS, "votes": VOTES, "summary": SUMMARY}
CONVERSATIONS = {
    "15-per-hour-seattle": (54, 23, 339, 2872),
    "bg2050-volunteers": (371, 55, 126, 14283),
    "brexit-consensus": (50, 0, 204, 5303),
    "football-concussions": (298, 137, 1487, 14328),
    "london.youth.policing": (39, 3, 26, 638),
    "scoop-hivemind.affordable-housing": (165, 46, 381, 14995),
    "scoop-hivemind.freshwater": (80, 29, 117, 3972),
    "scoop-hivemind.taxes": (148, 57, 334, 17335),
    "scoop-hivemind.ubi": (71, 1, 234, 7153),
    "vtaiwan.uberx": (197, 78, 1921, 49443),
}


def write(folder: Path, **files: str) -> Path:
    for name, text in (FILES | files).items():
        (folder / f"{name.replace('_', '-')}.csv").write_text(text, encoding="utf-8")
    return folder


def run(folder: Path, **options: str) -> str:
    out = StringIO()
    call_command("import_polis", str(folder), **({"slug": "wells"} | options), stdout=out)
    return out.getvalue()


def choices(conversation: Conversation) -> dict[tuple[bytes, int], int]:
    rows = Vote.objects.filter(statement__conversation=conversation)
    return {
        (bytes(key), number): choice
        for key, number, choice in rows.values_list(
            "participant__key", "statement__number", "choice"
        )
    }


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


def changed(name: str, old: str, new: str) -> dict[str, str]:
    assert old in FILES[name]
    return {name: FILES[name].replace(old, new, 1)}


BAD = {
    "a vote that is none": (
        changed("votes", "0,1,-1\n", "0,1,x\n"),
        "votes.csv line 3: vote must be -1, 0 or 1, not 'x'",
    ),
    "a blank vote": (changed("votes", "0,1,-1\n", "0,1,\n"), "votes.csv line 3: vote must be"),
    "a vote out of range": (changed("votes", "0,1,-1\n", "0,1,2\n"), "votes.csv line 3: vote"),
    "an unknown statement": (
        changed("votes", "x,2,7,1", "x,77,7,1"),
        "votes.csv line 7: comments.csv has no statement 77",
    ),
    "a voter that is no number": (
        changed("votes", "x,2,7,1", "x,2,seven,1"),
        "votes.csv line 7: voter-id must be a whole number from 0 on, not 'seven'",
    ),
    "an Arabic-Indic digit": (changed("votes", "x,2,7,1", "x,2,٧,1"), "votes.csv line 7: voter-id"),
    "an underscore": (changed("votes", "x,2,7,1", "x,2,1_0,1"), "votes.csv line 7: voter-id"),
    "a negative number": (changed("votes", "x,2,7,1", "x,2,-7,1"), "votes.csv line 7: voter-id"),
    "a number too large": (
        changed("votes", "x,2,7,1", "x,2,2147483648,1"),
        "votes.csv line 7: voter-id",
    ),
    "a time that is none": (
        changed("votes", "1500000010500", "soon"),
        "votes.csv line 6: timestamp must be milliseconds since 1970, not 'soon'",
    ),
    "a time beyond all": (
        changed("votes", "1500000010500", "9" * 18),
        "votes.csv line 6: timestamp",
    ),
    "a cell too few": (
        changed("votes", "x,2,7,1", "x,2,7"),
        "votes.csv line 7: the row has 4 cells, the header has 5",
    ),
    "a column missing": (
        changed("votes", "voter-id", "voter"),
        "votes.csv line 1: the column 'voter-id' is missing",
    ),
    "a column twice": (
        changed("votes", "datetime", "vote"),
        "votes.csv line 1: the column 'vote' stands there twice",
    ),
    "an empty file": ({"votes": ""}, "votes.csv line 1: the column 'timestamp' is missing"),
    "an unknown moderation": (
        changed("comments", "0,0,1,", "0,0,ok,"),
        "comments.csv line 2: moderated must be -1, 0 or 1, not 'ok'",
    ),
    "a statement twice": (
        changed("comments", "x,2,0,0,0,-1,", "x,0,0,0,0,-1,"),
        "comments.csv line 5: comment-id 0 stands in line 2 already",
    ),
    "no text in an accepted statement": (
        changed("comments", "0,0,-1,", "0,0,1,"),
        "comments.csv line 5: a statement that is not rejected must have a text",
    ),
    "a text too long": (
        changed("comments", "Wells first", "w" * 1001),
        "comments.csv line 2: the text has",
    ),
    "a quote that never ends": (
        changed("comments", 'in two lines"', "in two lines"),
        "comments.csv line",
    ),
    "a summary with three cells": ({"summary": "topic,a,b\n"}, "summary.csv line 1: expected"),
}


@pytest.mark.parametrize("name", BAD)
def test_import_of_a_bad_row_names_file_and_line_and_stores_nothing(tmp_path, name):
    files, sentence = BAD[name]
    write(tmp_path, **files)

    with pytest.raises(CommandError) as refused:
        run(tmp_path)

    assert str(refused.value).startswith(sentence)
    assert str(refused.value).endswith("Nothing was imported.")
    assert not Conversation.objects.exists()


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("1,,,1,1,1,0,2,,", "participants-votes.csv line 3: the vote on statement 0 must be"),
        ("0,,,1,1,1,0,1,,", "participants-votes.csv line 3: participant 0 stands in line 2"),
        ("1,,,1,1,1,0,1,", "participants-votes.csv line 3: the row has 9 cells"),
    ],
)
def test_import_of_a_bad_matrix_names_file_and_line(tmp_path, line, sentence):
    write(tmp_path, participants_votes=MATRIX.replace("1,,,1,1,1,0,1,,", line))
    (tmp_path / "votes.csv").unlink()

    with pytest.raises(CommandError, match=sentence):
        run(tmp_path)


def test_import_of_bytes_that_are_not_utf8_names_the_line(tmp_path):
    write(tmp_path)
    (tmp_path / "comments.csv").write_bytes(COMMENTS.encode().replace(b"roads", b"r\xf6ds"))

    with pytest.raises(CommandError, match=r"comments.csv line 2: this is not UTF-8 text"):
        run(tmp_path)


def test_import_of_a_cut_off_gzip_says_that_it_cannot_be_read(tmp_path):
    write(tmp_path)
    (tmp_path / "votes.csv").unlink()
    (tmp_path / "votes.csv.gz").write_bytes(gzip.compress(VOTES.encode())[:-12])

    with pytest.raises(CommandError, match=r"votes.csv.gz: cannot be read"):
        run(tmp_path)


@pytest.mark.parametrize("missing", ["comments", "votes"])
def test_import_without_a_file_names_it(tmp_path, missing):
    write(tmp_path)
    (tmp_path / f"{missing}.csv").unlink()

    with pytest.raises(CommandError, match=rf"{missing}\.csv: there is none in"):
        run(tmp_path)


def test_import_without_a_folder_or_with_a_bad_slug_is_refused(tmp_path):
    with pytest.raises(CommandError, match="There is no folder"):
        run(tmp_path / "nowhere")
    with pytest.raises(CommandError, match="--slug"):
        run(write(tmp_path), slug="two words")


def test_import_into_another_conversation_is_refused_whole(tmp_path):
    run(write(tmp_path))
    write(
        tmp_path,
        comments=COMMENTS.replace("Wells first", "Roads first"),
        votes=VOTES + "1500000090000,x,0,8,1\n",
    )

    with pytest.raises(CommandError, match="has another statement 0 already"):
        run(tmp_path)

    assert Vote.objects.count() == 4


def test_files_in_seconds_are_read_as_seconds(tmp_path):
    path = tmp_path / "votes.csv"
    path.write_text("timestamp,datetime,comment-id,voter-id,vote\n1500000010,x,0,0,1\n")

    (row,) = polis_files.votes(path)

    assert row.timestamp == 1500000010000


@pytest.mark.parametrize(
    ("text", "expected", "language"),
    [
        ("Uber 應該納管，乘客要有保險", "", "zh-hant"),
        ("صاف پانی سب کا حق ہے", "", "ur"),
        ("صاف پاڻي", "sd", "sd"),
        ("Roads first", "", "en"),
        ("Teed enne", "et", "et"),
        ("Roads first", "zh-hant", "en"),
        ("17!", "ur", "ur"),
        ("17!", "", "en"),
    ],
)
def test_language_follows_the_letters_and_what_is_expected(text, expected, language):
    assert letters.language_of(text, expected=expected) == language


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_import_of_a_real_conversation_equals_polis_own_matrix(shared_data, name):
    statements, rejected, voters, current = CONVERSATIONS[name]
    folder = shared_data / name

    run(folder)
    version = Conversation.objects.get(slug="wells").votes_version
    run(folder)

    wells = Conversation.objects.get(slug="wells")
    assert wells.votes_version == version
    assert wells.statements.count() == statements
    assert wells.statements.filter(state=Statement.State.REJECTED).count() == rejected
    own = choices(wells)
    assert len({key for key, _number in own}) == voters
    assert len(own) == current
    path = polis_files.find(folder, "participants-votes")
    assert path is not None
    keys = {
        row.participant: polis_import.participants.pseudonym(
            conversation=wells, person_key=polis_import.person_key(row.participant)
        )
        for row in polis_files.participants_votes(path)
    }
    matrix = {
        (keys[row.participant], row.statement): row.choice
        for row in polis_files.participants_votes(path)
    }
    assert own == matrix
    assert wells.language == ("zh-hant" if name == "vtaiwan.uberx" else "en")
