"""What is wrong with a Polis export is said with its file and line, and nothing is imported."""

import gzip

import pytest
from django.core.management import CommandError

from deliberate.models import Conversation, Vote
from tests.deliberate.polis_export import COMMENTS, FILES, MATRIX, VOTES, run, write

pytestmark = pytest.mark.django_db


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
