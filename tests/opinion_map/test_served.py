"""Telling from people's votes whether they are shown what the map wants.

`python -m tests.benchmarks.showings` has the rates over many conversations; here are a few of them.
"""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from deliberate import orders
from opinion_map import served
from tests.benchmarks import showings
from tests.benchmarks.showings import DESIGNS

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("design", ["town", "all see all", "links", "phones"])
def test_choice_that_works_is_never_called_even(design: str) -> None:
    found = showings.verdicts(DESIGNS[design], "as published", seeds=2)

    assert {one.verdict for one in found} == {"as published"}


@pytest.mark.parametrize("design", ["town", "all see all", "links", "phones"])
def test_even_choice_is_caught(design: str) -> None:
    found = showings.verdicts(DESIGNS[design], "even", seeds=2)

    assert {one.verdict for one in found} == {"even"}


def test_even_choice_is_caught_soon_after_it_began() -> None:
    (found,) = showings.verdicts(DESIGNS["town"], "even", seeds=1, broken=300)

    assert (found.verdict, found.showings < 300) == ("even", True)


PRIORITIES = {0: 0.5, 1: 0.3, 2: 0.1, 3: 0.06, 4: 0.04}


def firsts(*, even: bool, people: int = 400) -> list[served.Showing]:
    """One vote of each of so many people, the newest first."""
    rng = np.random.default_rng(5)
    chances = np.full(5, 0.2) if even else orders.shares(list(PRIORITIES.values()))
    drawn = rng.choice(5, size=people, p=chances).tolist()
    return [
        served.Showing(person, number, START + timedelta(seconds=people - person))
        for person, number in enumerate(drawn)
    ]


def judged(
    rows: list[served.Showing],
    *,
    tiers: dict[int, int] | None = None,
    votes: int = 100_000,
    grown: int = 0,
    since: datetime = START,
) -> served.Evidence:
    wanted = served.Wanted(since, PRIORITIES, dict.fromkeys(range(5), votes))
    return served.judge(
        rows,
        maps=[wanted],
        voted={row.person: {row.statement} for row in rows},
        votes=dict.fromkeys(range(5), votes + grown),
        tiers=dict.fromkeys(range(5), 0) if tiers is None else tiers,
    )


@pytest.mark.parametrize(("even", "verdict"), [(False, "as published"), (True, "even")])
def test_first_showings_alone_tell(even: bool, verdict: str) -> None:
    assert judged(firsts(even=even)).verdict == verdict


def test_few_votes_tell_nothing() -> None:
    assert judged(firsts(even=True, people=10)).verdict == "unknown"


def test_votes_before_the_map_tell_nothing() -> None:
    found = judged(firsts(even=True), since=START + timedelta(days=1))

    assert found == served.Evidence("unknown", 0.0, 0)


def test_weights_of_statements_whose_votes_have_grown_are_stale() -> None:
    # About 80 of the 400 votes are on each, of which 10 more than the map knew are too many.
    found = judged(firsts(even=True), votes=100, grown=80)

    assert 20 < found.showings < 100


def test_seeds_that_come_first_are_judged_among_themselves() -> None:
    tiers = {0: 1, 1: 1, 2: 0, 3: 0, 4: 0}
    seeds_first = [row for row in firsts(even=False, people=2000) if row.statement >= 2]

    found = judged(seeds_first, tiers=tiers)

    # By the chances of the rest alone, not by what the whole conversation would have got.
    weights = orders.shares(list(PRIORITIES.values()))[2:]
    assert found.showings == len(seeds_first)
    assert found.log_ratio == pytest.approx(
        sum(np.log(weights[row.statement - 2] / weights.mean()) for row in seeds_first)
    )


def test_votes_that_a_phone_sent_together_are_not_judged() -> None:
    rows = [served.Showing(0, number, START + timedelta(minutes=1)) for number in (4, 3, 2)]

    found = served.judge(
        rows,
        maps=[served.Wanted(START, PRIORITIES, dict.fromkeys(range(5), 1000))],
        voted={0: {2, 3, 4}},
        votes=dict.fromkeys(range(5), 1000),
        tiers=dict.fromkeys(range(5), 0),
    )

    assert found.showings == 1


def test_statement_is_judged_by_the_map_that_chose_it() -> None:
    """Shown by the answer to the vote before; the map that came in between did not choose it."""
    old = served.Wanted(START, {0: 0.2, 1: 0.4, 2: 0.4}, dict.fromkeys(range(3), 1000))
    new = served.Wanted(
        START + timedelta(seconds=20), {0: 0.2, 1: 0.8, 2: 0.001}, dict.fromkeys(range(3), 1000)
    )
    rows = [
        served.Showing(0, 2, START + timedelta(seconds=30)),
        served.Showing(0, 0, START + timedelta(seconds=10)),
    ]

    found = served.judge(
        rows,
        maps=[new, old],
        voted={0: {0, 2}},
        votes=dict.fromkeys(range(3), 1000),
        tiers=dict.fromkeys(range(3), 0),
    )

    first = orders.shares([0.2, 0.4, 0.4])[0] * 3
    assert found.log_ratio == pytest.approx(np.log(first))
    assert found.showings == 2
