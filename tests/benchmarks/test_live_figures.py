"""The benchmark's judgement: percentiles, bars, and whether the votes are there."""

import json

import pytest

from tests.benchmarks.live_figures import (
    COUNTED,
    REFUSED,
    UNKNOWN,
    Bar,
    Better,
    Cast,
    Figure,
    percentile,
    table,
    wrongs,
)

NOTHING = {"votes": [], "changes": []}


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([1], 0.99, 1), (range(1, 101), 0.99, 99), (range(1, 101), 0.5, 50), ([3, 1, 2], 1.0, 3)],
)
def test_percentile_is_a_value_that_was_measured(values, share, expected):
    assert percentile(values, share) == expected


def test_percentile_of_nothing_is_an_error():
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 0.99)


def cast(choice: int, end: str = COUNTED, number: int = 7) -> Cast:
    return Cast(person=0, number=number, choice=choice, intended=0.0, end=end)


def stored(*history: int, vote: int | None = None, number: int = 7) -> dict[str, object]:
    """One person's history as the database tells it; the vote is its last unless told."""
    last = history[-1] if vote is None else vote
    return {
        "votes": [[0, number, last]],
        "changes": [[0, number, choice] for choice in history],
    }


@pytest.mark.parametrize(
    ("casts", "history"),
    [
        ([cast(1)], [1]),
        ([cast(1), cast(-1)], [1, -1]),
        ([cast(1), cast(1)], [1]),
        ([cast(1), cast(0, REFUSED)], [1]),
        # Nobody was told, so both are right.
        ([cast(1), cast(-1, UNKNOWN)], [1]),
        ([cast(1), cast(-1, UNKNOWN)], [1, -1]),
    ],
)
def test_votes_as_acknowledged_are_right(casts, history):
    assert wrongs(casts, stored(*history), NOTHING) == []


@pytest.mark.parametrize(
    ("casts", "kept"),
    [
        pytest.param([cast(1)], NOTHING, id="lost"),
        pytest.param([cast(1)], stored(-1), id="another choice"),
        pytest.param([cast(1), cast(-1)], stored(-1, 1), id="another order"),
        pytest.param([cast(1)], stored(1, -1), id="one too many"),
        pytest.param([cast(1)], stored(1, vote=-1), id="vote and history differ"),
        pytest.param([cast(1, REFUSED)], stored(1), id="refused and stored"),
        pytest.param([], stored(1), id="nobody's"),
        pytest.param([cast(1)], stored(1, number=8), id="another statement"),
    ],
)
def test_votes_not_as_acknowledged_are_found(casts, kept):
    assert wrongs(casts, kept, NOTHING)


def test_votes_of_an_earlier_run_are_not_new():
    before = stored(1)

    assert wrongs([cast(-1)], stored(1, -1), before) == []
    assert wrongs([cast(-1)], stored(-1), before)


def test_votes_of_people_who_did_nothing_are_found():
    strangers = {"votes": [[-1, 3, 1]], "changes": [[-1, 3, 1]]}

    assert wrongs([], strangers, strangers) == []
    assert wrongs([], strangers, NOTHING)


HIGH = Bar("share", Better.HIGH, 0.7, 0.85)
LOW = Bar("wait", Better.LOW, 150, 60, " ms")


@pytest.mark.parametrize(
    ("bar", "value", "word"),
    [
        (HIGH, 0.69, "MISSED"),
        (HIGH, 0.7, "met"),
        (HIGH, 0.9, "met, stretch too"),
        (LOW, 151, "MISSED"),
        (LOW, 150, "met"),
        (LOW, 60, "met, stretch too"),
        (Bar("memory", Better.LOW, 50), 40, "met"),
    ],
)
def test_bar_is_met_on_its_own_side(bar, value, word):
    assert bar.word(value) == word


def test_figure_that_failed_is_not_met_and_says_why():
    figure = Figure(LOW, "SQLite", failure="AssertionError: 3 votes are lost")

    assert not figure.is_met
    assert "3 votes are lost" in table([figure])
    assert json.loads(json.dumps(figure.as_json()))["value"] is None


def test_table_has_a_line_for_each_figure():
    lines = table([Figure(LOW, "SQLite", 40.0, "40 ms"), Figure(HIGH, "SQLite", 0.2)]).splitlines()

    assert len(lines) == 4
    assert len({len(line) for line in lines}) == 1
    assert "met, stretch too" in lines[2]
    assert "MISSED" in lines[3]
