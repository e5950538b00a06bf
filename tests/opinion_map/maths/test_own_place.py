"""The ellipse of somebody's own place, and their chances, from a model small enough to work out."""

import numpy as np
import pytest

from opinion_map.maths import compute, place, project, to_document
from opinion_map.maths.posterior import ELLIPSE
from tests.opinion_map.maths.conversations import planted, two_blocs, votes_of


def model(*, weights, turn=((1.0, 0.0), (0.0, 1.0)), groups=()):
    """Statements 0, 1, ... with a mean vote of .25 and these weights; noise of one half."""
    return {
        "count": len(weights),
        "excluded": 0,
        "statements": {
            str(number): [0.25, 1.0, -2.0, 0.25, *pair] for number, pair in enumerate(weights)
        },
        "noise": 0.5,
        "shift": [1.5, -0.5],
        "turn": [list(row) for row in turn],
        "groups": list(groups),
    }


def covariance(weights, turn):
    """Of the posterior: the inverse of prior and evidence, turned onto the picture."""
    seen = np.array(weights)
    turn = np.array(turn)
    return turn @ np.linalg.inv(np.eye(2) + seen.T @ seen / 0.5) @ turn.T


WEIGHTS = [(0.9, 0.2), (0.3, -0.4), (0.1, 0.7)]


@pytest.mark.parametrize(
    "turn",
    [
        ((2.0, 0.3), (-0.4, 1.0)),
        ((0.5, -1.0), (1.5, 0.8)),
        ((1.0, 0.0), (0.0, 3.0)),
    ],
)
def test_outline_is_the_ellipse_that_holds_the_place_with_probability_four_fifths(turn):
    found = place({0: 1, 1: -1, 2: 0}, model(weights=WEIGHTS, turn=turn))

    outline = np.array(found["ellipse"]["outline"])
    away = outline - found["position"]
    spread = covariance(WEIGHTS, turn)
    distances = np.einsum("ia,ab,ib->i", away, np.linalg.inv(spread), away)
    assert len(outline) == 24
    np.testing.assert_allclose(distances, ELLIPSE, rtol=2e-3)
    turns = away[:, 0] * np.roll(away[:, 1], -1) - away[:, 1] * np.roll(away[:, 0], -1)
    assert turns.min() > 0
    area = turns.sum() / 2
    assert area == pytest.approx(np.pi * ELLIPSE * np.sqrt(np.linalg.det(spread)), rel=0.02)


@pytest.mark.parametrize("turn", [((2.0, 0.3), (-0.4, 1.0)), ((0.5, -1.0), (1.5, 0.8))])
def test_half_axes_lie_along_the_widest_spread_and_across_it(turn):
    ellipse = place({0: 1, 1: -1, 2: 0}, model(weights=WEIGHTS, turn=turn))["ellipse"]

    values, vectors = np.linalg.eigh(covariance(WEIGHTS, turn))
    assert ellipse["half_axes"] == pytest.approx(np.sqrt(ELLIPSE * values[::-1]), abs=1e-4)
    assert abs(vectors[:, 1] @ ellipse["direction"]) == pytest.approx(1, abs=1e-4)
    assert ellipse["outline"][0] == pytest.approx(
        np.array([1.5, -0.5])
        + np.array(turn)
        @ np.linalg.inv(np.eye(2) + np.array(WEIGHTS).T @ WEIGHTS / 0.5)
        @ (np.array(WEIGHTS).T @ [0.75, -1.25, -0.25] / 0.5)
        + ellipse["half_axes"][0] * np.array(ellipse["direction"]),
        abs=1e-3,
    )


@pytest.mark.parametrize(
    ("weights", "direction"),
    [([(0.0, 1.0)], [1, 0]), ([(1.0, 0.0)], [0, 1]), ([(0.0, 0.0)], [1, 0])],
)
def test_ellipse_without_a_slant_is_longest_where_nothing_is_known(weights, direction):
    ellipse = place({0: 1}, model(weights=weights))["ellipse"]

    shorter = ELLIPSE / (1 + 2 * np.sum(np.square(weights)))
    assert ellipse["direction"] == direction
    assert ellipse["half_axes"] == pytest.approx([ELLIPSE**0.5, shorter**0.5], abs=1e-4)


def test_place_without_groups_has_no_chances():
    assert place({0: 1}, model(weights=WEIGHTS))["membership"] == {}


def test_chances_follow_bayes_rule_however_much_was_voted():
    # Two groups a long way apart on the first axis, and five hundred votes for the first.
    groups = [
        {"id": name, "share": 0.5, "mean": [side, 0.0], "covariance": [0.1, 0.02, 0.2]}
        for name, side in (("A", 2.0), ("B", -2.0))
    ]
    many = model(weights=[(1.0, 0.3)] * 500, groups=groups)

    chances = place(dict.fromkeys(range(500), 1), many)["membership"]

    assert chances == {"A": pytest.approx(1), "B": pytest.approx(0, abs=1e-6)}


def test_chances_of_one_vote_are_those_of_its_likelihood():
    groups = [
        {"id": name, "share": share, "mean": mean, "covariance": [0.3, 0.1, 0.5]}
        for name, share, mean in (("A", 0.7, [1.0, 0.2]), ("B", 0.3, [-0.5, 0.8]))
    ]
    weights = np.array([0.9, -0.6])

    found = place({0: -1}, model(weights=[tuple(weights)], groups=groups))["membership"]

    spread = 0.5 + weights @ np.array([[0.3, 0.1], [0.1, 0.5]]) @ weights
    likelihood = [
        one["share"] * np.exp(-((-1 - 0.25 - weights @ one["mean"]) ** 2) / (2 * spread))
        for one in groups
    ]
    assert list(found.values()) == pytest.approx(np.array(likelihood) / sum(likelihood), abs=1e-6)


def test_position_on_the_picture_sums_the_loadings_of_what_was_voted():
    small = {**model(weights=WEIGHTS), "count": 8, "excluded": 1}

    # Two votes, each of which counts with the excluded statement: sqrt(8 / 3).
    expected = np.array([0.75 - 1.25, -1.5 + 2.5]) * np.sqrt(8 / 3)
    assert project({0: 1, 2: -1, 77: 1}, small) == pytest.approx(expected, abs=1e-6)


def test_model_knows_every_statement_that_somebody_voted_on():
    table = two_blocs(5, 4, 4).choices.reshape(9, 4).astype(float)
    rare = np.full((9, 2), np.nan)
    rare[0, 0] = 1.0

    found = to_document(compute(votes_of(np.hstack([table, rare]))))["model"]

    assert sorted(found["statements"]) == ["0", "1", "2", "3", "4"]
    assert found["count"] == 5


def test_few_votes_a_person_do_not_put_everybody_in_one_place():
    """The model once shrank itself away below about six votes a person."""
    made = planted(400, 60, 5, separation=1.5, seed=2, even=True)

    map_ = compute(made.votes)

    places, covariance = map_.places.posterior()
    assert places.std(axis=0).max() > 0.3, "in units in which people's spread is 1"
    assert covariance[:, 0].mean() < 0.9
    by_group = [map_.posterior_positions[made.groups == group].mean(axis=0) for group in (0, 1)]
    within = map_.posterior_positions[made.groups == 0].std(axis=0).max()
    assert np.linalg.norm(by_group[0] - by_group[1]) > within
