"""What a page shows follows the room's numbers, and it knows when one was missed."""

from tests.faults.client import View

TALLY = {"votes": 10, "participants": 2, "votes_version": 10}


def test_page_that_heard_of_every_number_is_not_behind() -> None:
    view = View(version=3)

    view.hear("tally", {**TALLY, "version": 4})

    assert not view.is_behind(4)
    assert view.is_behind(5)


def test_page_that_missed_a_number_is_behind_until_it_has_asked() -> None:
    view = View(version=3)
    view.hear("map.updated", {"votes_version": 10, "version": 5})
    was_behind = view.is_behind(5)

    view.take({**TALLY, "version": 5, "open": True})

    assert was_behind
    assert not view.is_behind(5)
    assert view.votes == 10
