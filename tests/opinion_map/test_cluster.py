"""Two worker processes draw the map of one process: the same bytes."""

import socket

import numpy as np
import pyarrow
import pytest
from dask import delayed
from pyarrow import parquet

from opinion_map import cluster
from opinion_map.__main__ import main
from opinion_map.maths import Parameters, Votes, compute, to_document, to_json
from tests.opinion_map.maths.conversations import frozen, planted

VOTES = planted(700, 40, 12, seed=4).votes
WIDE = planted(400, 300, 20, seed=5, separation=1.5).votes


@pytest.fixture(scope="module")
def client():
    with cluster.local(2) as client:
        yield client


@pytest.fixture
def _small_blocks(monkeypatch):
    monkeypatch.setattr("opinion_map.maths.vote_matrix.BLOCK_PEOPLE", 64)


def parts_of(votes, pieces):
    return [
        delayed(Votes(votes.participants[rows], votes.statements[rows], votes.choices[rows]))
        for rows in pieces
    ]


def in_order(votes, pieces):
    return np.array_split(np.argsort(votes.participants, kind="stable"), pieces)


def as_cast(votes, pieces):
    return np.array_split(np.arange(len(votes)), pieces)


@pytest.mark.usefixtures("_small_blocks")
@pytest.mark.parametrize("split", [in_order, as_cast])
@pytest.mark.parametrize("votes", [VOTES, WIDE], ids=["Gram matrix", "block power steps"])
def test_two_processes_give_the_bytes_of_one(client, votes, split):
    again = frozen(votes.participants[:50], votes.statements[:50], -votes.choices[:50])
    parts = [*parts_of(votes, split(votes, 5)), delayed(again)]
    everything = frozen(
        *(
            np.concatenate([getattr(votes, name), getattr(again, name)])
            for name in ("participants", "statements", "choices")
        ),
        excluded=[3],
    )
    parameters = Parameters(bootstrap=2)

    map_ = cluster.compute(
        parts, client=client, excluded=[3], statements=[500], parameters=parameters
    )

    alone = compute(everything, statements=[500], parameters=parameters)
    assert to_json(to_document(map_)) == to_json(to_document(alone))


@pytest.mark.usefixtures("_small_blocks")
def test_votes_stay_with_both_workers(client, monkeypatch):
    monkeypatch.setattr(cluster, "TASK_BLOCKS", 1)
    matrix = cluster.spread(parts_of(VOTES, in_order(VOTES, 5)), client=client)

    holders = {one for group in client.who_has().values() for one in group}

    assert len(matrix.blocks) == 11
    assert len(holders) == 2


def test_nobodys_votes_give_an_empty_map(client):
    nothing = frozen([], [], [])

    map_ = cluster.compute([delayed(nothing)], client=client)

    assert to_json(to_document(map_)) == to_json(to_document(compute(nothing)))


@pytest.fixture
def files(tmp_path):
    for number, rows in enumerate(in_order(VOTES, 3)):
        columns = {
            "participant": VOTES.participants[rows],
            "statement": VOTES.statements[rows],
            "choice": VOTES.choices[rows],
        }
        parquet.write_table(pyarrow.table(columns), tmp_path / f"{number}.parquet")
    return tmp_path


def drawn(files, name, *words):
    out = files / name
    command = ["compute", str(files), "--json", str(out), "--bootstrap", "0", *words]
    assert main(command) == 0
    return out.read_bytes()


def test_command_spreads_parquet_over_a_running_cluster(client, files):
    address = client.scheduler_info()["address"]

    assert drawn(files, "spread.json", "--cluster", address) == drawn(files, "alone.json")


def test_command_starts_its_own_processes(files):
    assert drawn(files, "spread.json", "--processes", "2") == drawn(files, "alone.json")


def test_a_cluster_that_does_not_answer_is_said(files, capsys, monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"

    code = main(["compute", str(files), "--json", str(files / "o.json"), "--cluster", address])

    assert code == 2
    assert address in capsys.readouterr().err


def test_vote_that_a_worker_refuses_is_said(client, files, capsys):
    columns = {"participant": [1], "statement": [1], "choice": [9]}
    parquet.write_table(pyarrow.table(columns), files / "3.parquet")
    address = client.scheduler_info()["address"]

    code = main(["compute", str(files), "--json", str(files / "o.json"), "--cluster", address])

    assert code == 2
    assert "3.parquet: a vote is -1, 0 or 1, not 9" in capsys.readouterr().err
