"""What may not change the map, and what may only mirror it."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from opinion_map.maths import Parameters, compute, to_document, to_json
from opinion_map.maths.matching import adjusted_rand
from tests.opinion_map.maths.conversations import frozen, planted, votes_of

CONVERSATION = planted(120, 20, 9, seed=3)


def distances(map_):
    return np.linalg.norm(map_.positions[:, None] - map_.positions[None], axis=2)


def relabelled(votes, *, people=None, statements=None, excluded=()):
    who = votes.participants if people is None else people[votes.participants]
    what = votes.statements if statements is None else statements[votes.statements]
    return frozen(who, what, votes.choices, excluded=excluded)


@pytest.mark.parametrize("seed", range(5))
def test_order_of_rows_changes_no_byte(seed):
    votes = CONVERSATION.votes
    order = np.random.default_rng(seed).permutation(len(votes))
    mixed = frozen(votes.participants[order], votes.statements[order], votes.choices[order])

    first, second = (
        to_json(to_document(compute(one, parameters=Parameters(bootstrap=2))))
        for one in (votes, mixed)
    )

    assert first == second


def test_last_vote_of_a_pair_counts():
    first = frozen([0, 1, 0, 1], [5, 5, 5, 5], [1, 1, -1, 0])
    second = frozen([0, 1], [5, 5], [-1, 0])

    assert to_json(to_document(compute(first))) == to_json(to_document(compute(second)))


def test_names_of_participants_do_not_matter():
    names = np.random.default_rng(4).permutation(120)
    before = compute(CONVERSATION.votes)

    after = compute(relabelled(CONVERSATION.votes, people=names))

    np.testing.assert_allclose(after.positions[names], before.positions, atol=1e-12)
    assert np.array_equal(after.grouping.labels[names], before.grouping.labels)


def test_names_of_statements_do_not_matter():
    names = np.random.default_rng(5).permutation(20)
    before = compute(CONVERSATION.votes)

    after = compute(relabelled(CONVERSATION.votes, statements=names))

    np.testing.assert_allclose(distances(after), distances(before), atol=1e-12)
    np.testing.assert_allclose(after.consensus[names], before.consensus, rtol=1e-12)
    assert adjusted_rand(after.grouping.labels, before.grouping.labels) == 1


def test_flipping_every_vote_mirrors_the_map():
    votes = CONVERSATION.votes
    before = compute(votes)

    after = compute(frozen(votes.participants, votes.statements, -votes.choices))

    np.testing.assert_allclose(after.positions, -before.positions, atol=1e-12)
    np.testing.assert_allclose(after.consensus, before.consensus_against, rtol=1e-12)


def test_rewording_one_statement_moves_nobody():
    votes = CONVERSATION.votes
    flipped = np.where(votes.statements == 7, -votes.choices, votes.choices)

    after = compute(frozen(votes.participants, votes.statements, flipped))

    np.testing.assert_allclose(distances(after), distances(compute(votes)), atol=1e-12)


def test_participant_who_saw_nothing_moves_no_one():
    votes = CONVERSATION.votes
    before = compute(frozen(votes.participants, votes.statements, votes.choices, excluded=[19]))
    who = np.append(votes.participants, 500)
    what, choices = np.append(votes.statements, 19), np.append(votes.choices, 1)

    after = compute(frozen(who, what, choices, excluded=[19]))

    np.testing.assert_allclose(after.positions[:-1], before.positions, atol=1e-12)
    assert after.positions[-1].tolist() == [0, 0]
    assert after.grouping.labels[-1] == -1


def test_everybody_twice_is_the_same_map():
    votes = CONVERSATION.votes
    twice = frozen(
        np.concatenate([votes.participants, votes.participants + 120]),
        np.tile(votes.statements, 2),
        np.tile(votes.choices, 2),
    )

    before, after = compute(votes), compute(twice)

    np.testing.assert_allclose(after.positions[:120], before.positions, atol=1e-12)
    np.testing.assert_allclose(after.positions[120:], before.positions, atol=1e-12)


def test_unseen_statement_is_listed_and_moves_nobody():
    before = compute(CONVERSATION.votes)

    after = compute(CONVERSATION.votes, statements=[*range(20), 77])

    np.testing.assert_allclose(after.positions, before.positions, atol=1e-12)
    assert after.statements.tolist() == [*range(20), 77]
    assert after.seen[-1] == 0
    assert after.priorities[-1] == after.priorities.max()


def test_unanimous_statement_has_no_loading():
    votes = CONVERSATION.votes
    more = frozen(
        np.concatenate([votes.participants, np.arange(120)]),
        np.concatenate([votes.statements, np.full(120, 20)]),
        np.concatenate([votes.choices, np.ones(120)]),
    )

    map_ = compute(more)

    assert np.abs(map_.components.loadings[:, 20]).max() < 1e-12


def test_excluded_statement_keeps_counting_as_seen_by_all():
    """As in Polis: zeroed for everybody, so in C and in everyone's number of votes."""
    votes = CONVERSATION.votes
    without = votes.statements != 0
    bare = compute(
        frozen(*(one[without] for one in (votes.participants, votes.statements, votes.choices)))
    )

    map_ = compute(frozen(votes.participants, votes.statements, votes.choices, excluded=[0]))

    ids = np.isin(map_.participants, bare.participants)
    n = bare.votes_per_participant
    scale = np.sqrt(20 / (n + 1)) / np.sqrt(19 / n)
    np.testing.assert_allclose(map_.positions[ids], bare.positions * scale[:, None], atol=1e-12)


SCRIPT = """
import sys
import opinion_map.maths.vote_matrix
from opinion_map.maths import Parameters, compute, to_document, to_json
from tests.opinion_map.maths.conversations import planted
opinion_map.maths.vote_matrix.BLOCK_PEOPLE = 40
map_ = compute(planted(120, 20, 9, seed=3).votes, parameters=Parameters(bootstrap=2))
sys.stdout.write(to_json(to_document(map_)))
"""


def elsewhere(**setting):
    environment = {**os.environ, "OPINION_MAP_THREADS": "2", "PYTHONHASHSEED": "0", **setting}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, check=True
    )
    return done.stdout


@pytest.fixture(scope="module")
def two_threads():
    return elsewhere()


@pytest.mark.parametrize(
    "setting",
    [
        {"PYTHONHASHSEED": "1", "OPENBLAS_NUM_THREADS": "2"},
        {"OPINION_MAP_THREADS": "1", "OMP_NUM_THREADS": "1"},
    ],
)
def test_threads_and_hash_seeds_change_no_byte(two_threads, setting):
    assert elsewhere(**setting) == two_threads


def test_blocks_do_not_show(monkeypatch):
    whole = to_json(to_document(compute(CONVERSATION.votes)))
    monkeypatch.setattr("opinion_map.maths.vote_matrix.BLOCK_PEOPLE", 30)

    assert to_json(to_document(compute(CONVERSATION.votes))) == whole


def test_uncached_blocks_give_the_same_map(monkeypatch):
    whole = to_json(to_document(compute(CONVERSATION.votes)))
    monkeypatch.setattr("opinion_map.maths.products.KEPT_VOTES", 0)

    assert to_json(to_document(compute(CONVERSATION.votes))) == whole


TABLES = arrays.arrays(
    np.int8,
    st.tuples(st.integers(1, 12), st.integers(1, 9)),
    elements=st.sampled_from([-1, 0, 1, 9]),
)


@settings(max_examples=60, deadline=None)
@given(TABLES, st.integers(0, 2**32))
def test_any_small_table_gives_a_sound_map(table, seed):
    votes = votes_of(np.where(table == 9, np.nan, table))
    order = np.random.default_rng(seed).permutation(len(votes))
    mixed = frozen(votes.participants[order], votes.statements[order], votes.choices[order])

    map_ = compute(votes)

    assert to_json(to_document(map_)) == to_json(to_document(compute(mixed)))
    assert np.isfinite(map_.positions).all()
    assert (map_.grouping.labels >= -1).all()
    assert map_.grouping.sizes.sum() == (map_.grouping.labels >= 0).sum()
    assert map_.priorities.sum() == pytest.approx(1) or len(map_.statements) == 0
    assert ((map_.variance_explained >= 0) & (map_.variance_explained <= 1 + 1e-9)).all()
    np.testing.assert_allclose(map_.membership.sum(axis=1), 1.0 if map_.grouping.count else 0.0)
