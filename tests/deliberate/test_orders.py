"""The order in which one person is shown the statements: a draw that needs no memory."""

import hashlib
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliberate import orders
from opinion_map import maths

SEED = b"somebody's own key"


def seed(person: int) -> bytes:
    return hashlib.sha256(b"person %d" % person).digest()


def mapped(weights, *, seeds=(), seeds_first=False, numbers=None):
    numbers = range(len(weights)) if numbers is None else numbers
    rows = [
        (number, weight, 0, number in seeds)
        for number, weight in zip(numbers, weights, strict=True)
    ]
    return orders.candidates(rows, has_map=True, seeds_first=seeds_first)


def unmapped(votes):
    rows = [(number, 5.0625, count, False) for number, count in enumerate(votes)]
    return orders.candidates(rows, has_map=False, seeds_first=False)


def test_order_is_the_same_every_time_and_everywhere():
    here = mapped(np.arange(1, 41) / 820)

    # Written down: whoever changes the hash gives everybody another order in mid-sitting.
    assert orders.order(here, seed=SEED)[:8].tolist() == [30, 33, 8, 27, 37, 22, 17, 38]
    assert orders.uniforms(np.array([0, 1, 7]), seed=SEED) == pytest.approx(
        [0.6610152220509233, 0.0002161833452326012, 0.03953523908659867], rel=1e-12
    )


@given(st.lists(st.integers(0, 2**31 - 1), unique=True, max_size=60), st.binary(max_size=40))
def test_order_names_each_statement_once(numbers, person):
    here = mapped([1 / max(1, len(numbers))] * len(numbers), numbers=numbers)

    assert sorted(orders.order(here, seed=person).tolist()) == sorted(numbers)


def test_order_of_the_others_stays_when_a_statement_is_added():
    before = orders.order(mapped([0.2, 0.3, 0.1, 0.4]), seed=SEED)

    after = orders.order(mapped([0.2, 0.3, 0.1, 0.4, 0.4]), seed=SEED)

    # The floor moves a little with the number of statements; the numbers drawn do not.
    assert [number for number in after if number != 4] == before.tolist()


def test_order_does_not_ask_how_the_rows_came():
    rows = [(3, 0.5, 0, False), (1, 0.3, 0, True), (2, 0.2, 0, False)]

    one, other = (
        orders.order(orders.candidates(some, has_map=True, seeds_first=True), seed=SEED)
        for some in (rows, rows[::-1])
    )

    assert one.tolist() == other.tolist()


def test_own_numbers_are_even_and_know_nothing_of_each_other():
    people, numbers = 4000, np.arange(12)
    drawn = np.stack([orders.uniforms(numbers, seed=seed(person)) for person in range(people)])

    assert drawn.min() > 0
    assert drawn.max() < 1
    counts = np.histogram(drawn, bins=20, range=(0, 1))[0]
    # Chi-square with 19 degrees of freedom: above 43.8 once in a thousand.
    assert ((counts - drawn.size / 20) ** 2 / (drawn.size / 20)).sum() < 43.8
    neighbours = np.corrcoef(np.concatenate([drawn, np.roll(drawn, 1, axis=0)], axis=1).T)
    assert np.abs(neighbours - np.eye(24)).max() < 5 / people**0.5


def test_first_and_second_are_drawn_by_the_weights_without_replacement():
    weights = orders.shares([0.1, 0.2, 0.7])
    here, people = mapped([0.1, 0.2, 0.7]), 6000
    ways = np.zeros((3, 3))
    for person in range(people):
        first, second, _last = orders.order(here, seed=seed(person))
        ways[first, second] += 1

    for first in range(3):
        for second in {0, 1, 2} - {first}:
            chance = weights[first] * weights[second] / (1 - weights[first])
            assert ways[first, second] / people == pytest.approx(chance, abs=0.025)


def test_before_the_first_map_fewest_votes_come_first_and_ties_are_random():
    firsts = set()
    for person in range(60):
        found = orders.order(unmapped([3, 1, 0, 1, 0, 2]), seed=seed(person)).tolist()
        firsts.add(found[0])
        assert (set(found[:2]), set(found[2:4]), found[4:]) == ({2, 4}, {1, 3}, [5, 0])

    assert firsts == {2, 4}


@pytest.mark.parametrize("has_map", [True, False])
def test_seeds_come_first_where_the_conversation_says_so(has_map):
    rows = [(number, 0.9 if number == 5 else 0.02, 9 - number, number < 3) for number in range(6)]
    said = orders.candidates(rows, has_map=has_map, seeds_first=True)
    unsaid = orders.candidates(rows, has_map=has_map, seeds_first=False)

    starts = [orders.order(said, seed=seed(person)).tolist()[:3] for person in range(30)]
    other = [orders.order(unsaid, seed=seed(person)).tolist()[:3] for person in range(30)]

    assert all(set(start) == {0, 1, 2} for start in starts)
    assert sum(5 in start for start in other) > 20


@pytest.mark.parametrize(
    "wanted", [[1.0, 0, 0, 0], [0.997, 0.001, 0.001, 0.001], [np.nan, 0.5, 0.5, np.inf], [-1, 1]]
)
def test_every_statement_keeps_the_floor(wanted):
    found = orders.shares(wanted)

    assert found.sum() == pytest.approx(1)
    assert found.min() >= orders.FLOOR / len(wanted) * (1 - 1e-12)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ([0.5, 0.3, 0.2], [0.4583, 0.3083, 0.2333]),
        # A statement that no map has known counts as the one that is wanted most, not as 5 of 6.
        ([0.6, 0.4, 5.0625], [0.3646, 0.2708, 0.3646]),
        ([5.0625, 5.0625], [0.5, 0.5]),
        ([np.nan, np.nan], [0.5, 0.5]),
        ([0.0, -1.0], [0.5, 0.5]),
        ([], []),
    ],
)
def test_shares_of_known_priorities(wanted, expected):
    assert orders.shares(wanted) == pytest.approx(expected, abs=1e-4)


def test_shares_leave_what_they_are_given_as_it_is():
    wanted = np.array([0.7, np.nan, 5.0625])
    wanted.flags.writeable = False

    orders.shares(wanted)

    assert np.isnan(wanted[1])


def test_disagreement_costs_a_statement_nothing():
    rng = np.random.default_rng(3)
    people, statements = 40, 6
    choices = rng.choice([-1, 1], size=(people, statements), p=[0.3, 0.7])
    choices[:, 2] = -choices[:, 1]

    drawn = maths.compute(
        maths.Votes(
            np.repeat(np.arange(people), statements),
            np.tile(np.arange(statements), people),
            choices.ravel(),
        )
    )
    found = orders.shares(drawn.priorities)

    assert (choices[:, 1] == 1).mean() > 0.5 > (choices[:, 2] == 1).mean()
    assert found[2] == pytest.approx(found[1])


ORDER = np.array([4, 2, 9, 7])


@pytest.mark.parametrize(
    ("voted", "passed", "after", "expected"),
    [
        (set(), set(), None, 4),
        ({4}, set(), None, 2),
        (set(), {4, 2}, None, 9),
        ({4}, {2, 9, 7}, None, 2),
        ({4, 2, 9, 7}, set(), None, None),
        (set(), set(), 2, 9),
        ({7}, set(), 9, 4),
        ({4, 7}, set(), 9, 2),
        ({4, 2, 7}, set(), 9, 9),
        ({4}, {2, 9, 7}, 2, 9),
        (set(), set(), 1000, 4),
    ],
)
def test_next_is_the_first_that_was_neither_voted_on_nor_passed(voted, passed, after, expected):
    assert orders.next_in(ORDER, voted=voted, passed=passed, after=after) == expected


def test_nothing_comes_twice_before_the_rest_was_seen():
    here = orders.order(mapped([0.1] * 10), seed=SEED)
    shown: list[int] = []
    passed: set[int] = set()
    for turn in range(10):
        number = orders.next_in(here, voted=set(shown) - passed, passed=passed)
        shown.append(number)
        if turn % 2:
            passed.add(number)

    assert sorted(shown) == list(range(10))
    assert orders.next_in(here, voted=set(shown) - passed, passed=passed) in passed


def test_new_weights_move_an_order_no_further_than_they_must():
    weights = np.random.default_rng(1).dirichlet(np.ones(50))
    before = orders.order(mapped(weights), seed=SEED).tolist()

    nearly = orders.order(mapped(weights * (1 + 1e-9 * np.arange(50))), seed=SEED).tolist()

    assert nearly == before


def test_order_of_a_thousand_statements_takes_less_than_a_form():
    here = mapped(np.random.default_rng(1).dirichlet(np.ones(1000)))
    best = min(_seconds(here) for _ in range(50))

    # 70 to 110 microseconds here; a vote's transaction takes thousands.
    assert best < 0.001


def _seconds(here):
    started = time.perf_counter()
    orders.order(here, seed=SEED)
    return time.perf_counter() - started
