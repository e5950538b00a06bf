"""Parquet files: the same map as from a CSV, in pieces and whole; bad files refused by name."""

import json

import numpy as np
import pyarrow
import pytest
from pyarrow import parquet

from opinion_map import parquet_files
from opinion_map.__main__ import main
from opinion_map.polis_files import BadFile
from tests.opinion_map.maths.conversations import planted

VOTES = planted(300, 25, 12, seed=1, separation=1.5).votes
ORDER = np.argsort(VOTES.participants, kind="stable")


def table(rows=ORDER, **more):
    return pyarrow.table(
        {
            "participant": VOTES.participants[rows],
            "statement": VOTES.statements[rows],
            "choice": VOTES.choices[rows],
            **more,
        }
    )


@pytest.fixture
def small(monkeypatch):
    """Parts and blocks so small that every border is crossed."""
    monkeypatch.setattr(parquet_files, "PART_ROWS", 200)
    for module in ("vote_matrix", "chunks"):
        monkeypatch.setattr(f"opinion_map.maths.{module}.BLOCK_PEOPLE", 64)


@pytest.fixture
def csv(tmp_path):
    rows = zip(VOTES.statements, VOTES.participants, VOTES.choices, strict=True)
    lines = "".join(f"{s},{p},{c}\n" for s, p, c in rows)
    (tmp_path / "votes.csv").write_text(f"comment-id,voter-id,vote\n{lines}")
    return tmp_path / "votes.csv"


def drawn(path, *more):
    out = path.parent / "out.json"
    words = ["compute", str(path), "--json", str(out), "--bootstrap", "0", *more]
    assert main(words) == 0
    return out.read_bytes()


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("order", [ORDER, ORDER[::-1]], ids=["in order", "not in order"])
def test_parquet_gives_the_bytes_of_the_csv(tmp_path, csv, order):
    parquet.write_table(table(order), tmp_path / "votes.parquet", row_group_size=70)

    assert drawn(tmp_path / "votes.parquet") == drawn(csv)


@pytest.mark.usefixtures("small")
def test_folder_of_files_is_one_conversation(tmp_path, csv):
    folder = tmp_path / "votes"
    folder.mkdir()
    for number, rows in enumerate(np.array_split(ORDER, 5)):
        parquet.write_table(table(rows), folder / f"{number}.parquet", row_group_size=100)

    assert drawn(folder) == drawn(csv)


@pytest.mark.usefixtures("small")
def test_votes_in_a_scratch_file_give_the_same_bytes(tmp_path, csv, monkeypatch):
    monkeypatch.setattr("opinion_map.vote_files.KEPT_ROWS", 0)
    parquet.write_table(table(), tmp_path / "votes.parquet", row_group_size=70)

    assert drawn(tmp_path / "votes.parquet") == drawn(csv)
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        "out.json",
        "votes.csv",
        "votes.parquet",
    ]


@pytest.mark.usefixtures("small")
def test_rejected_statements_are_left_out(tmp_path, csv):
    (tmp_path / "comments.csv").write_text("comment-id,moderated\n3,-1\n4,1\n99,1\n")
    parquet.write_table(table(), tmp_path / "votes.parquet", row_group_size=70)
    words = ("--statements", str(tmp_path / "comments.csv"))

    document = drawn(tmp_path / "votes.parquet", *words)

    assert document == drawn(csv, *words)
    ids = [one["id"] for one in json.loads(document)["statements"]]
    assert 3 not in ids
    assert 99 in ids


@pytest.mark.usefixtures("small")
def test_timestamps_say_which_vote_is_the_last(tmp_path):
    twice = np.repeat(ORDER, 2)
    late = np.tile([1, 0], len(ORDER))
    older = np.where(late == 0, -VOTES.choices[twice], VOTES.choices[twice]).astype(np.int8)
    stamped = table(twice, timestamp=late.astype(np.int64))
    stamped = stamped.set_column(2, "choice", pyarrow.array(older))
    parquet.write_table(stamped, tmp_path / "twice.parquet", row_group_size=33)
    parquet.write_table(table(), tmp_path / "once.parquet")

    assert drawn(tmp_path / "twice.parquet") == drawn(tmp_path / "once.parquet")


def test_verify_reads_parquet(tmp_path, capsys):
    parquet.write_table(table(), tmp_path / "votes.parquet")
    drawn(tmp_path / "votes.parquet")

    code = main(["verify", str(tmp_path / "out.json"), str(tmp_path / "votes.parquet")])

    assert code == 0
    assert capsys.readouterr().out.startswith("equal")


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"choice": [9, 1]}, "a vote is -1, 0 or 1, not 9"),
        ({"choice": [None, 1]}, "choice is missing in 1 rows"),
        ({"statement": ["a", "b"]}, "statement must be whole numbers, not string"),
        ({"participant": None}, "no column named participant or voter-id"),
    ],
)
def test_bad_parquet_is_refused(tmp_path, capsys, changed, complaint):
    columns = {"participant": [1, 2], "statement": [1, 1], "choice": [1, 1]} | changed
    given = pyarrow.table({name: one for name, one in columns.items() if one is not None})
    parquet.write_table(given, tmp_path / "votes.parquet")

    code = main(["compute", str(tmp_path / "votes.parquet"), "--json", str(tmp_path / "o.json")])

    assert code == 2
    assert complaint in capsys.readouterr().err


def test_what_is_no_parquet_is_refused(tmp_path):
    (tmp_path / "votes.parquet").write_text("comment-id,voter-id,vote\n")

    with pytest.raises(BadFile, match="not readable as Parquet"):
        parquet_files.parts(tmp_path / "votes.parquet")
    with pytest.raises(BadFile, match="no such file"):
        parquet_files.parts(tmp_path / "none.parquet")
    (tmp_path / "votes.parquet").unlink()
    with pytest.raises(BadFile, match="no Parquet file"):
        parquet_files.parts(tmp_path)


def test_a_csv_cannot_be_spread(csv, capsys):
    words = ["compute", str(csv), "--json", str(csv.parent / "o.json"), "--processes", "2"]

    assert main(words) == 2
    assert "only Parquet files" in capsys.readouterr().err
