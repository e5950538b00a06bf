"""What is carried from one map to the next, rule by rule, on documents small enough to read."""

import numpy as np
import pytest

from opinion_map.maths.continuity import Before, displayed, follow, read, shown_count


def before(**changes):
    values = {"votes_sha256": "old", "positions": {}, "groups": {}, "count": 2, "waiting": (0, 0)}
    return Before(**{**values, **changes})


def asked(count, silhouettes, **changes):
    return shown_count(before(**changes), count=count, silhouettes=silhouettes, votes_sha256="new")


def person(number, x, y, group):
    return {"id": number, "x": x, "y": y, "group": group, "votes": 7}


DOCUMENT = {
    "votes_sha256": "old",
    "participants": [person(4, 1.0, 2.0, "A"), person(9, -3.0, 0.5, "B"), person(11, 0, 0, None)],
    "groups": [
        {"id": "A", "size": 30, "centre": [1.0, 2.0], "hull": [[0.0, 1.0], [2.0, 3.0]]},
        {"id": "B", "size": None, "centre": None, "hull": None},
    ],
    "statements": [{"id": 1, "groups": {"A": {"agree": 3}, "B": {"agree": 4}}}],
}


def test_number_that_was_shown_before_does_not_wait():
    assert asked(2, {2: 0.3, 3: 0.9}, waiting=(3, 3)) == (2, (0, 0))


def test_number_that_can_no_longer_be_drawn_is_not_held():
    assert asked(3, {3: 0.4}) == (3, (0, 0))


@pytest.mark.parametrize(
    ("lead", "shown"), [(0.25, (3, (0, 0))), (0.125, (3, (0, 0))), (0.0625, (2, (3, 1)))]
)
def test_lead_in_silhouette_decides_at_once(lead, shown):
    assert asked(3, {2: 0.5, 3: 0.5 + lead}) == shown


def test_waiting_counts_maps_that_ask_for_the_same_number():
    silhouettes = {2: 0.5, 3: 0.5, 4: 0.5}

    assert asked(3, silhouettes) == (2, (3, 1))
    assert asked(3, silhouettes, waiting=(3, 2)) == (2, (3, 3))
    assert asked(4, silhouettes, waiting=(3, 3)) == (2, (4, 1))
    assert asked(3, silhouettes, waiting=(3, 3)) == (3, (0, 0))


def test_reading_a_document_keeps_what_was_shown():
    found = read({**DOCUMENT, "display": {}})

    assert found.votes_sha256 == "old"
    assert found.positions == {4: (1.0, 2.0), 9: (-3.0, 0.5), 11: (0, 0)}
    assert found.groups == {4: "A", 9: "B"}
    assert (found.count, found.waiting) == (2, (0, 0))


def test_reading_a_document_that_was_turned_keeps_the_turn():
    display = {"letters": {"A": "B", "B": "C"}, "rotation": [[0, 1], [-1, 0]], "waiting": [3, 2]}

    found = read({**DOCUMENT, "display": display})

    assert found.positions[4] == (-2.0, 1.0)
    assert found.groups == {4: "B", 9: "C"}
    assert found.waiting == (3, 2)


def test_display_turns_and_letters_everything_that_is_shown():
    display = {"letters": {"A": "C", "B": "A"}, "rotation": [[0, 1], [-1, 0]]}

    shown = displayed({**DOCUMENT, "display": display})

    assert shown["participants"][0] == person(4, -2.0, 1.0, "C")
    assert shown["participants"][2]["group"] is None
    assert [one["id"] for one in shown["groups"]] == ["A", "C"]
    assert shown["groups"][0] == {"id": "A", "size": None, "centre": None, "hull": None}
    assert shown["groups"][1]["centre"] == [-2.0, 1.0]
    assert shown["groups"][1]["hull"] == [[-1.0, 0.0], [-3.0, 2.0]]
    assert shown["statements"] == [{"id": 1, "groups": {"C": {"agree": 3}, "A": {"agree": 4}}}]


def test_document_without_a_display_is_shown_as_it_is():
    assert displayed(DOCUMENT) == DOCUMENT


def followed(old, new, count, *, letters="ABCDE"):
    names = {one: letters[group] for one, group in enumerate(old) if group >= 0}
    state = before(positions=dict.fromkeys(range(len(old)), (1.0, 0.0)), groups=names)
    return follow(
        state,
        participants=np.arange(len(new)),
        positions=np.ones((len(new), 2)),
        labels=np.array(new),
        count=count,
    )


def test_group_keeps_the_letter_of_most_of_its_members():
    # Ten of A are now in group 1 and two in 0, five of B in 0: nobody is split or merged.
    display = followed([0] * 12 + [1] * 5, [1] * 10 + [0] * 2 + [0] * 5, 2)

    assert display.letters == ("B", "A")
    assert display.events == ()


def test_new_group_takes_a_letter_that_nobody_had():
    display = followed([0] * 5 + [2] * 5, [0] * 5 + [1] * 5 + [2] * 3, 3)

    assert display.letters == ("A", "C", "B")
    assert display.events == ({"kind": "appear", "from": [], "to": ["B"]},)


def test_letter_of_a_group_that_went_is_used_last():
    display = followed([0] * 4 + [1] * 4 + [-1] * 8, [-1] * 8 + [0] * 4 + [1] * 4, 2)

    assert display.letters == ("C", "D")
    assert [event["kind"] for event in display.events] == ["appear", "appear", "vanish", "vanish"]
    assert [event["from"] for event in display.events[2:]] == [["A"], ["B"]]


def test_group_of_which_exactly_half_came_from_another_is_no_split():
    display = followed([0] * 8 + [1] * 4, [0] * 4 + [1] * 4 + [1] * 4, 2)

    assert display.events == ()


def test_people_whom_the_map_before_did_not_know_turn_nothing():
    display = followed([], [0, 0, 1], 2)

    assert display.rotation.tolist() == [[1, 0], [0, 1]]
    assert display.letters == ("A", "B")
    assert {event["kind"] for event in display.events} <= {"appear"}
