"""Polis exports are read as they are, and what is wrong with them is said with its line."""

import gzip

import pytest

from opinion_map.polis_files import BadFile, read_comments, read_votes

VOTES = "timestamp,datetime,comment-id,voter-id,vote\n"


def written(tmp_path, text, name="votes.csv"):
    path = tmp_path / name
    data = text if isinstance(text, bytes) else text.encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


@pytest.mark.parametrize("name", ["votes.csv", "votes.csv.gz"])
def test_votes_come_in_order_of_time(tmp_path, name):
    path = written(tmp_path, VOTES + "30,x,5,1,1\n10,x,5,1,-1\n20,x,6,2,0\n", name)

    rows = read_votes(path)

    assert rows.participants.tolist() == [1, 2, 1]
    assert rows.statements.tolist() == [5, 6, 5]
    assert rows.choices.tolist() == [-1, 0, 1]
    assert rows.timestamps.tolist() == [10, 20, 30]


def test_votes_of_one_moment_keep_the_order_of_the_file(tmp_path):
    path = written(tmp_path, VOTES + "10,x,5,1,-1\n10,x,5,1,1\n")

    assert read_votes(path).choices.tolist() == [-1, 1]


def test_votes_without_times_and_with_a_byte_order_mark_are_read(tmp_path):
    path = written(tmp_path, "\ufeffvoter-id,comment-id,vote\r\n7,3,1\r\n\r\n8,3,0\r\n")

    rows = read_votes(path)

    assert rows.participants.tolist() == [7, 8]
    assert rows.timestamps.tolist() == []


def test_empty_conversation_is_read(tmp_path):
    assert len(read_votes(written(tmp_path, VOTES)).votes()) == 0


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (VOTES + "1,x,5,1,1\n1,x,5,one,1\n", 3, "voter-id must be a whole number, not 'one'"),
        (VOTES + "1,x,5,1,2\n", 2, "a vote is -1, 0 or 1, not '2'"),
        (VOTES + "1,x,5,1,\n", 2, "vote must be a whole number, not ''"),
        (VOTES + "1,x,5\n", 2, "3 cells, but the header names 5 columns"),
        (VOTES + f"1,x,5,{10**30},1\n", 2, f"voter-id '{10**30}' is too large"),
        ("comment-id,vote\n1,1\n", 1, "no column named voter-id"),
        ("", 1, "no column named comment-id, voter-id, vote"),
        (VOTES.encode() + b"1,\xff,5,1,1\n", 2, "this is not UTF-8 text"),
        (VOTES + '1,x,5,1,1\n1,"x"x,5,1,1\n', 3, """',' expected after '"'"""),
    ],
)
def test_bad_votes_are_refused_with_file_line_and_reason(tmp_path, text, line, reason):
    path = written(tmp_path, text)

    with pytest.raises(BadFile) as refused:
        read_votes(path)

    assert (refused.value.path, refused.value.line) == (str(path), line)
    assert refused.value.reason == reason


def test_missing_and_damaged_files_are_refused(tmp_path):
    whole = gzip.compress((VOTES + "1,x,5,1,1\n" * 5000).encode())
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(whole[:60])

    with pytest.raises(BadFile, match="no such file"):
        read_votes(tmp_path / "none.csv")
    with pytest.raises(BadFile, match="damaged or cut short"):
        read_votes(cut)
    with pytest.raises(BadFile, match="directory"):
        read_votes(tmp_path)


def test_progress_is_told(tmp_path):
    told = []

    read_votes(written(tmp_path, VOTES + "1,x,5,1,1\n" * 3), progress=lambda *one: told.append(one))

    assert told
    assert all(0 <= done <= size for done, size in told)


def test_comments_are_read_with_their_moderation(tmp_path):
    path = written(
        tmp_path,
        "timestamp,comment-id,author-id,moderated,is-meta,is-seed,comment-body\n"
        '1,2,0,1,false,true,"Yes, more\nwater"\n2,3,,-1,false,false,No\n3,4,1,0,true,false,Age?\n',
        "comments.csv",
    )

    first, second, third = read_comments(path)

    assert (first.id, first.excluded) == (2, False)
    assert (second.id, second.excluded) == (3, True)
    assert (third.moderated, third.is_meta, third.excluded) == (0, True, True)


@pytest.mark.parametrize(
    ("row", "reason"),
    [("1,7", "moderated is -1, 0 or 1"), ("x,1", "comment-id must be"), ("1,1\n1,1", "twice")],
)
def test_bad_comments_are_refused(tmp_path, row, reason):
    path = written(tmp_path, f"comment-id,moderated\n{row}\n", "comments.csv")

    with pytest.raises(BadFile, match=reason):
        read_comments(path)
