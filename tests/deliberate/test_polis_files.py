"""The files of a Polis export are read as they are."""

from deliberate import polis_files


def test_files_in_seconds_are_read_as_seconds(tmp_path):
    path = tmp_path / "votes.csv"
    path.write_text("timestamp,datetime,comment-id,voter-id,vote\n1500000010,x,0,0,1\n")

    (row,) = polis_files.votes(path)

    assert row.timestamp == 1500000010000
