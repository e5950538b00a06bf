"""Invents how people of planted opinion groups vote; the same seed gives the same votes.

A statement leans by so much towards agreement in each group. A person has a group, a leaning of
their own, and a number of votes from a distribution with a long tail. Each person's votes are
drawn from a generator of their own, so the first 80 of 800 people vote as 80 people would.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

MINUTE, HOUR, DAY = 60, 3600, 86400
# People arrive within this many days, more of them early.
ARRIVALS = 20.0
# Spread (standard deviation) of the number of votes, in logarithms; real ones have 0.8 to 2.
TAIL = 0.8
# How far a person's view of one statement lies from their group's.
OWN_VIEW = 0.4
CERTAINTY = 2.0
CHANGES_MIND = 0.02


@dataclass(frozen=True)
class Subject:
    """A statement as the electorate sees it."""

    number: int
    leans: Sequence[float]
    written_after: int
    author: int | None
    appeal: float


@dataclass(frozen=True, order=True)
class Cast:
    """One invented vote, so many seconds after the conversation opened."""

    after: int
    person: int
    number: int
    choice: int


def votes(
    subjects: Sequence[Subject],
    *,
    people: int,
    votes_each: float,
    groups: Sequence[float],
    seed: int,
) -> list[Cast]:
    """Every vote of that many people, in the order of time.

    `groups` are the groups' shares of the people; `votes_each` is the wanted mean.
    """
    casts: list[Cast] = []
    for person in range(people):
        rng = _generator(f"{seed} person {person}")
        casts += _votes_of(person, subjects, votes_each, groups, rng)
    return sorted(casts)


def appeal(number: int, *, seed: int) -> float:
    """How readily a statement is drawn: some are seen by many, some by few."""
    return _generator(f"{seed} statement {number}").lognormvariate(0, 0.5)


def _generator(name: str) -> Random:
    # The standard library's, whose numbers stay the same from one release to the next.
    return Random(name)  # noqa: S311


def _votes_of(
    person: int,
    subjects: Sequence[Subject],
    votes_each: float,
    groups: Sequence[float],
    rng: Random,
) -> Iterator[Cast]:
    (group,) = rng.choices(range(len(groups)), groups)
    arrives = int(ARRIVALS * DAY * rng.betavariate(1.2, 2.0))
    wanted = rng.lognormvariate(math.log(votes_each) - TAIL**2 / 2, TAIL)
    shown = [
        subject
        for subject in subjects
        if subject.written_after <= arrives and subject.author != person
    ]
    # The largest of u^(1/weight) are a draw without replacement by the weights.
    shown.sort(key=lambda subject: rng.random() ** (1 / subject.appeal), reverse=True)
    after = arrives
    for subject in shown[: max(1, round(wanted))]:
        after = after + rng.randint(4, 40)
        choice = _choice(subject.leans[group], rng)
        yield Cast(after, person, subject.number, choice)
        if rng.random() < CHANGES_MIND and choice != 0:
            yield Cast(after + rng.randint(2 * MINUTE, HOUR), person, subject.number, -choice)
    for subject in subjects:
        if subject.author == person:
            # Writing a statement is agreeing with it.
            yield Cast(subject.written_after, person, subject.number, 1)


def _choice(lean: float, rng: Random) -> int:
    view = lean + rng.gauss(0, OWN_VIEW)
    if rng.random() < 0.06 + 0.2 * math.exp(-view * view):
        return 0
    agrees = 1 / (1 + math.exp(-CERTAINTY * view))
    return 1 if rng.random() < agrees else -1
