"""A page that was told nothing of some news asks for the snapshot at the next heartbeat."""

from tests.faults.client import View


def snapshot(version: int, votes: int) -> dict[str, object]:
    told = {"version": version, "votes": votes, "participants": 1, "votes_version": votes}
    return {**told, "open": True}


def test_news_that_were_lost_before_others_are_missed_until_the_next_snapshot() -> None:
    view = View()
    view.take(snapshot(4, votes=11))

    # The counts of version 5 went while Redis was away; the map of version 6 came.
    view.hear("map.updated", {"votes_version": 24, "version": 6})
    was_behind = view.is_behind(6)
    view.take(snapshot(6, votes=24))

    assert was_behind
    assert (view.votes, view.is_behind(6)) == (24, False)


def test_news_in_another_order_are_not_missed() -> None:
    view = View()
    view.take(snapshot(4, votes=11))

    view.hear("map.updated", {"votes_version": 24, "version": 6})
    view.hear("tally", {"votes": 24, "participants": 1, "votes_version": 24, "version": 5})

    assert (view.votes, view.is_behind(6)) == (24, False)
