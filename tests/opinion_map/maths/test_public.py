"""The map of an aggregate conversation shows counts and shapes of ten people or more."""

import json
from dataclasses import replace

import numpy as np
import pytest

from opinion_map.maths import (
    Parameters,
    compute,
    displayed,
    public_document,
    to_document,
    to_json,
)
from opinion_map.maths.visible import publishable
from tests.opinion_map.maths.conversations import planted, two_blocs

MADE = planted(300, 30, 20, seed=1, separation=1.5)
MAP = compute(MADE.votes)


def numbers(value):
    if isinstance(value, dict):
        return [one for item in value.values() for one in numbers(item)]
    if isinstance(value, list):
        return [one for item in value for one in numbers(item)]
    return [value] if isinstance(value, float) else []


def test_public_map_has_no_participants_and_no_model():
    document = public_document(MAP)

    assert document["participants"] == []
    assert "model" not in document
    assert {*to_document(MAP)} - {*document} == {"model"}
    assert json.loads(to_json(document)) == document


def test_hulls_are_convex_coarse_and_hold_most_of_their_group():
    for number, group in enumerate(public_document(MAP)["groups"]):
        hull = np.array(group["hull"])
        edges = np.roll(hull, -1, axis=0) - hull
        turns = edges[:, 0] * np.roll(edges[:, 1], -1) - edges[:, 1] * np.roll(edges[:, 0], -1)
        members = MAP.positions[MAP.grouping.labels == number]
        sides = edges[:, 0, None] * (members[:, 1] - hull[:, 1, None]) - edges[:, 1, None] * (
            members[:, 0] - hull[:, 0, None]
        )

        assert len(hull) >= 6
        assert turns.min() > -0.2
        assert np.mean((sides > -0.2).all(axis=0)) > 0.5
        np.testing.assert_allclose(hull * 10, np.rint(hull * 10), atol=1e-6)


def test_no_ones_place_is_in_the_public_map():
    known = {round(float(one), 4) for one in MAP.positions.ravel()}
    hulls = numbers([group["hull"] for group in public_document(MAP)["groups"]])

    assert not known & {round(one, 4) for one in hulls}


def test_small_group_shows_nothing_of_itself():
    map_ = compute(two_blocs(30, 6, 8))

    document = public_document(map_)

    # The larger one's size would be that of the smaller one, taken from all people.
    assert [group["size"] for group in document["groups"]] == [None, None]
    assert document["groups"][0]["hull"] is not None
    assert document["groups"][1]["hull"] is None
    assert document["groups"][1]["representative"] == []
    assert document["counts"]["grouped"] is None
    assert all(statement["groups"] == {} for statement in document["statements"])
    assert all(statement["consensus"] is None for statement in document["statements"])


@pytest.mark.parametrize(
    ("seen", "total", "shown"),
    [
        ([20, 15], 35, [0, 1]),
        ([20, 15], 40, [0]),
        ([20, 9], 29, []),
        ([20, 9], 40, [0]),
        ([20, 15, 4], 39, [0]),
        ([12, 12, 12], 36, [0, 1, 2]),
        ([5, 5], 10, []),
    ],
)
def test_counts_that_subtraction_would_give_away_are_hidden(seen, total, shown):
    assert publishable(np.array(seen, dtype=float), total, 10) == shown


def test_statement_that_few_saw_keeps_only_its_id_and_priority():
    votes = planted(60, 40, 3, seed=2).votes
    map_ = compute(votes, parameters=Parameters(groups=2))

    document = public_document(map_)

    few = [one for at, one in enumerate(document["statements"]) if map_.seen[at] < 10]
    assert few
    for statement in few:
        values = {key: value for key, value in statement.items() if key not in ("id", "priority")}
        assert not any(values.values())


def test_map_that_waits_publishes_only_the_groups_that_are_shown():
    before = to_document(compute(MADE.votes, parameters=Parameters(groups=3)))
    map_ = compute(MADE.votes, previous={**before, "votes_sha256": "x"})
    waiting = replace(map_, held=compute(MADE.votes, parameters=Parameters(groups=3)))

    document = public_document(waiting)

    assert "held" not in document["display"]
    assert document["participants"] == []
    assert len(document["groups"]) == 3


def test_display_turns_the_hulls_too():
    before = to_document(MAP)
    mirrored = {
        **before,
        "participants": [{**one, "x": -one["x"]} for one in before["participants"]],
    }

    document = public_document(compute(MADE.votes, previous=mirrored))

    plain, shown = document["groups"][0], displayed(document)["groups"][0]
    assert [[-x, y] for x, y in plain["hull"]] == [
        pytest.approx(point, abs=1e-4) for point in shown["hull"]
    ]
