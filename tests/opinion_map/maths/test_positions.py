"""Honest positions, memberships, and one's own place from one's own votes."""

import json
import time

import numpy as np
import pytest

from opinion_map.maths import compute, place, project, to_document, to_json
from tests.opinion_map.maths.conversations import frozen, planted, votes_of

MADE = planted(400, 40, 20, seed=1, separation=1.5)
MAP = compute(MADE.votes)
MODEL = json.loads(to_json(to_document(MAP)))["model"]


def own(votes, participant):
    mine = votes.participants == participant
    return dict(zip(votes.statements[mine].tolist(), votes.choices[mine].tolist(), strict=True))


@pytest.mark.parametrize("participant", range(0, 400, 37))
def test_project_puts_everyone_where_the_map_does(participant):
    position = project(own(MADE.votes, participant), MODEL)

    np.testing.assert_allclose(position, MAP.positions[participant], atol=2e-6)


def test_project_knows_about_excluded_statements():
    votes = frozen(
        MADE.votes.participants, MADE.votes.statements, MADE.votes.choices, excluded=[1, 2]
    )
    map_ = compute(votes)

    position = project(own(votes, 5), to_document(map_)["model"])

    np.testing.assert_allclose(position, map_.positions[5], atol=2e-6)


def test_project_without_known_votes_is_nowhere():
    assert project({}, MODEL) is None
    assert project({999: 1}, MODEL) is None


def test_project_takes_well_under_a_millisecond():
    votes = own(MADE.votes, int(np.bincount(MADE.votes.participants).argmax()))
    project(votes, MODEL)

    started = time.perf_counter()
    for _ in range(200):
        project(votes, MODEL)

    assert (time.perf_counter() - started) / 200 < 0.5e-3


@pytest.mark.parametrize("participant", range(0, 400, 37))
def test_place_is_the_posterior_of_the_map(participant):
    found = place(own(MADE.votes, participant), MODEL)

    np.testing.assert_allclose(found["position"], MAP.posterior_positions[participant], atol=1e-5)
    chances = list(found["membership"].values())
    np.testing.assert_allclose(chances, MAP.membership[participant], atol=1e-4)
    xx, _, yy = MAP.posterior_covariances[participant]
    longer, shorter = found["ellipse"]["half_axes"]
    assert longer**2 + shorter**2 == pytest.approx(3.218876 * (xx + yy), rel=1e-3)


def test_place_without_votes_is_wide_and_names_the_groups_by_size():
    found = place({}, MODEL)

    shares = MAP.grouping.sizes / MAP.grouping.sizes.sum()
    np.testing.assert_allclose(list(found["membership"].values()), shares, atol=1e-5)
    assert (
        found["ellipse"]["half_axes"][0]
        > place(own(MADE.votes, 0), MODEL)["ellipse"]["half_axes"][0]
    )


def test_ellipse_covers_the_place_on_all_votes_four_times_in_five():
    """People who voted on everything, asked again from ten of their votes."""
    made = planted(400, 40, 40, seed=7, even=True)
    map_ = compute(made.votes)
    model = to_document(map_)["model"]
    rng = np.random.default_rng(1)
    inside = 0
    for participant in range(0, 400, 2):
        votes = own(made.votes, participant)
        few = {one: votes[one] for one in rng.permutation(40)[:10].tolist()}
        found = place(few, model)
        east, north = found["ellipse"]["direction"]
        away = map_.posterior_positions[participant] - found["position"]
        longer, shorter = found["ellipse"]["half_axes"]
        along, across = away @ [east, north], away @ [-north, east]
        inside += (along / longer) ** 2 + (across / shorter) ** 2 <= 1

    assert 0.75 <= inside / 200 <= 0.99


def test_few_votes_are_nearer_the_truth_in_the_posterior_than_on_the_picture():
    made = planted(600, 40, 40, seed=9, even=True)
    map_ = compute(made.votes)
    model = to_document(map_)["model"]
    rng = np.random.default_rng(1)
    picture, honest, truth = [], [], []
    for participant in range(0, 600, 2):
        votes = own(made.votes, participant)
        few = {one: votes[one] for one in rng.permutation(40)[:7].tolist()}
        picture.append(project(few, model)[0])
        honest.append(place(few, model)["position"][0])
        truth.append(map_.posterior_positions[participant, 0])

    assert np.corrcoef(honest, truth)[0, 1] > np.corrcoef(picture, truth)[0, 1] + 0.02


def test_membership_is_calibrated():
    chances = MAP.membership.max(axis=1)
    right = MAP.membership.argmax(axis=1) == MAP.grouping.labels
    grouped = MAP.grouping.labels >= 0

    assert right[grouped & (chances > 0.9)].mean() > 0.9
    assert chances[grouped].mean() == pytest.approx(right[grouped].mean(), abs=0.12)


def test_held_out_votes_are_foretold_where_there_is_structure():
    noise = compute(votes_of(np.random.default_rng(1).choice([-1.0, 0.0, 1.0], (300, 30))))

    assert MAP.held_out.explained > 0.15
    assert -0.05 < noise.held_out.explained < 0.02
    assert MAP.held_out.votes == pytest.approx(len(MADE.votes) / 10, rel=0.1)


def test_held_out_check_needs_some_votes():
    assert compute(votes_of([[1, 1, -1], [1, -1, -1]])).held_out is None
