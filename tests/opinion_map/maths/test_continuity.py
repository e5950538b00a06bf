"""The next map follows on from the one before, and only its display does."""

import numpy as np
import pytest

from opinion_map.maths import Parameters, compute, displayed, to_document, to_json
from opinion_map.maths.continuity import Before, follow, procrustes, shown_count
from tests.opinion_map.maths.conversations import frozen, planted

MADE = planted(300, 40, 20, groups=3, seed=5, separation=1.5)
THREE = Parameters(groups=3)


def before(**changes):
    values = {"votes_sha256": "a", "positions": {}, "groups": {}, "count": 2, "waiting": (0, 0)}
    return Before(**{**values, **changes})


def mirrored(document):
    """The document as it would be had the axes come out the other way and the letters too."""
    names = {"A": "B", "B": "C", "C": "A", None: None}
    people = [
        {**one, "x": -one["y"], "y": one["x"], "group": names[one["group"]]}
        for one in document["participants"]
    ]
    groups = [{**one, "id": names[one["id"]]} for one in document["groups"]]
    return {**document, "participants": people, "groups": groups}


def test_canonical_map_does_not_know_the_one_before():
    plain = to_document(compute(MADE.votes, parameters=THREE))

    after = to_document(compute(MADE.votes, parameters=THREE, previous=mirrored(plain)))

    assert after.pop("display")
    assert to_json(after) == to_json(plain)


def test_display_turns_the_map_onto_the_one_before_and_keeps_the_letters():
    plain = to_document(compute(MADE.votes, parameters=THREE))
    old = mirrored(plain)

    shown = displayed(to_document(compute(MADE.votes, parameters=THREE, previous=old)))

    for was, now in zip(old["participants"], shown["participants"], strict=True):
        assert (now["x"], now["y"]) == pytest.approx((was["x"], was["y"]), abs=1e-4)
        assert now["group"] == was["group"]
    assert [one["id"] for one in shown["groups"]] == ["A", "B", "C"]
    assert {one["id"]: one["size"] for one in shown["groups"]} == {
        one["id"]: one["size"] for one in old["groups"]
    }


def test_a_few_more_votes_move_nobody_far():
    some = np.arange(len(MADE.votes)) % 50 != 0
    earlier = frozen(
        *(one[some] for one in (MADE.votes.participants, MADE.votes.statements, MADE.votes.choices))
    )
    old = to_document(compute(earlier, parameters=THREE))

    shown = displayed(to_document(compute(MADE.votes, parameters=THREE, previous=old)))

    was = {one["id"]: one for one in old["participants"]}
    moved = [
        np.hypot(one["x"] - was[one["id"]]["x"], one["y"] - was[one["id"]]["y"])
        for one in shown["participants"]
        if one["id"] in was
    ]
    same = [
        one["group"] == was[one["id"]]["group"] for one in shown["participants"] if one["group"]
    ]
    assert np.median(moved) < 0.3
    assert np.mean(same) > 0.9


def test_new_number_of_groups_waits_until_it_holds():
    state = before(count=2)
    shown = []
    for number in range(5):
        count, waiting = shown_count(
            state, count=3, silhouettes={2: 0.40, 3: 0.45}, votes_sha256=f"v{number}"
        )
        shown.append(count)
        state = before(count=count, waiting=waiting, votes_sha256=f"v{number}")

    assert shown == [2, 2, 2, 3, 3]


def test_clear_lead_and_no_groups_at_all_do_not_wait():
    silhouettes = {2: 0.40, 3: 0.55}

    assert shown_count(before(), count=3, silhouettes=silhouettes, votes_sha256="b")[0] == 3
    assert shown_count(before(), count=1, silhouettes=silhouettes, votes_sha256="b")[0] == 1


def test_same_votes_again_do_not_count_as_another_map():
    state = before(waiting=(3, 2))

    assert shown_count(state, count=3, silhouettes={2: 0.4, 3: 0.41}, votes_sha256="a") == (
        2,
        (3, 2),
    )


def test_held_groups_are_shown_while_the_map_waits():
    asked = compute(MADE.votes)
    other = 2 if asked.grouping.count == 3 else 3
    old = to_document(compute(MADE.votes, parameters=Parameters(groups=other)))
    scores = asked.grouping.silhouettes
    assert abs(scores[asked.grouping.count] - scores[other]) < 0.1

    document = to_document(compute(MADE.votes, previous={**old, "votes_sha256": "older"}))

    assert len(document["groups"]) == asked.grouping.count
    assert len(displayed(document)["groups"]) == other
    assert document["display"]["waiting"] == [asked.grouping.count, 1]
    again = to_document(compute(MADE.votes, previous=document))
    assert again["display"]["waiting"] == [asked.grouping.count, 1]


def followed(old, new, count):
    people = np.arange(len(old))
    letters = {one: "ABC"[group] for one, group in enumerate(old) if group >= 0}
    state = before(positions=dict.fromkeys(range(len(old)), (0.0, 0.0)), groups=letters)
    return follow(
        state,
        participants=people,
        positions=np.zeros((len(old), 2)),
        labels=np.array(new),
        count=count,
    )


def test_split_is_named():
    display = followed([0] * 6 + [1] * 4, [0] * 4 + [2] * 2 + [1] * 4, 3)

    assert display.letters == ("A", "B", "C")
    assert display.events == ({"kind": "split", "from": ["A"], "to": ["A", "C"]},)


def test_merge_is_named():
    display = followed([0] * 4 + [2] * 3 + [1] * 3, [0] * 7 + [1] * 3, 2)

    assert display.letters == ("A", "B")
    assert display.events == ({"kind": "merge", "from": ["A", "C"], "to": ["A"]},)


def test_groups_without_common_members_appear_and_vanish():
    display = followed([0, 0, -1, -1], [-1, -1, 0, 0], 1)

    assert {event["kind"] for event in display.events} == {"appear", "vanish"}


def test_procrustes_undoes_a_turn_and_a_reflection():
    points = np.random.default_rng(1).standard_normal((20, 2))
    turn = np.array([[0.0, 1.0], [1.0, 0.0]]) @ np.array([[0.6, -0.8], [0.8, 0.6]])

    np.testing.assert_allclose(points @ procrustes(points, points @ turn), points @ turn)
    assert procrustes(np.zeros((3, 2)), np.zeros((3, 2))).tolist() == [[1, 0], [0, 1]]
