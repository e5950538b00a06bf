"""Whether people are shown what the map wants, read off the first votes that they cast: pure.

How many votes each statement received says little: most people who stay vote on everything, and
the chances change with every map. So each showing is judged alone. A person who has not voted on
some statements is shown one of them, with its share of their weights if the choice works as
published, each with the same chance if it is even. The logarithm of the ratio of the two chances
is summed from the newest showing backwards, until one explanation is e^BOUND times likelier than
the other: Wald's sequential test. If the choice works, the ratio is below e^-BOUND for any one
number of showings with a probability of e^-BOUND at most (its mean is 1; Markov), so a look at
5,000 showings raises a false alarm less than once in 10^9 times, however different the chances
and however many people have voted on nearly everything. A chi-square test of the counts against
the shares has no such bound: it rejects a choice that works as soon as people come near the end.

A map's weights go stale as votes come in. Statements whose votes have grown by more than GROWTH
since the map are left out of both chances, which changes neither explanation's chances among the
others; so are those that the map does not have.

In tests/benchmarks/showings.py (8 to 60 simulated conversations of each kind) a choice that works
was never called even, and an even one was caught in every conversation where that was tried, after
70 to 150 judged showings in the median. Chances that are nearly even take more, and a choice that
is even for half of the people is caught only sometimes: else the verdict is "unknown".
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from deliberate import orders

BOUND: Final = 30.0
"""Of the sum: one explanation is then 10^13 times likelier. Far more than chance asks for, as a
few votes are no showings (a link that was shared) and a phone's were drawn by an older map."""
GROWTH: Final = 0.1
"""How much a statement's votes may grow until the map's weight of it counts as stale: weights go
by the square of the votes."""
PRIOR: Final = 2
"""As in the map's own weights: 1 / (votes + 2)^2."""

HASTE: Final = timedelta(seconds=2)
"""Votes of one person nearer together than this were cast before and sent later: a phone without a
line keeps statements that an older map chose. They are not judged."""

LONG: Final = timedelta(minutes=10)
"""Who comes back later than this has loaded the page again, and the choice was made anew."""

Verdict = Literal["as published", "even", "unknown"]


class Showing(NamedTuple):
    """A person's first vote on a statement that somebody else wrote."""

    person: int
    statement: int
    at: datetime


@dataclass(frozen=True)
class Wanted:
    """What one map wanted, from when it was published: by statement number."""

    since: datetime
    priorities: Mapping[int, float]
    votes: Mapping[int, int]


@dataclass(frozen=True)
class Evidence:
    """How much likelier the published choice is than an even one, as a logarithm."""

    verdict: Verdict
    log_ratio: float
    # Showings that could be judged, from the newest backwards.
    showings: int


def judge(
    showings: Sequence[Showing],
    *,
    maps: Iterable[Wanted],
    voted: Mapping[int, AbstractSet[int]],
    votes: Mapping[int, int],
    tiers: Mapping[int, int],
) -> Evidence:
    """Judge the showings, newest first, by the maps, newest first (read only as far as needed).

    `voted` is what each person has voted on by now, `votes` how many people on each statement;
    `tiers` names the statements to look at, and of which tier each is (0 is shown first).
    """
    numbers = sorted(tiers)
    index = {number: place for place, number in enumerate(numbers)}
    tier = np.array([tiers[number] for number in numbers])
    now = np.array([votes.get(number, 0) for number in numbers])
    unseen = {person: _unseen(numbers, seen) for person, seen in voted.items()}
    in_force = _Weights(maps, numbers)
    judged, total = 0, 0.0
    for event in _backwards(showings):
        place, left = index.get(event.showing.statement), unseen[event.showing.person]
        if place is None:
            continue
        if event.kind is Kind.VOTE:
            left[place] = True
            now[place] -= 1
            continue
        if not in_force.reach(event.at):
            break
        open_ = left & (now + PRIOR <= in_force.limit)
        # The tier that the person is in, whether the map knows its statements or not.
        open_ &= tier == tier[left].min()
        weights = in_force.weights[open_]
        if not open_[place] or len(weights) < 2:
            continue
        total += math.log(in_force.weights[place] / weights.sum() * len(weights))
        judged += 1
        if abs(total) >= BOUND:
            return Evidence("as published" if total > 0 else "even", total, judged)
    return Evidence("unknown", total, judged)


class Kind(IntEnum):
    """What happened; of the same moment, the earlier one is the smaller."""

    SHOWN_LATELY = 0
    VOTE = 1
    SHOWN_AFTER_A_VOTE = 2


class _Event(NamedTuple):
    at: datetime
    kind: Kind
    showing: Showing


def _backwards(showings: Sequence[Showing]) -> list[_Event]:
    """The votes, and the moments when their statements were shown: the latest first.

    The answer to a vote brings the next statement, so that is when it was shown; of a person's
    first vote, and after a long while, nobody knows, and it counts as shown just before.
    """
    events = []
    later: dict[int, Showing] = {}
    for showing in showings:
        after = later.get(showing.person)
        if after is not None:
            events += _shown(after, before=showing)
        later[showing.person] = showing
        events.append(_Event(showing.at, Kind.VOTE, showing))
    events += [_Event(first.at, Kind.SHOWN_LATELY, first) for first in later.values()]
    return sorted(events, key=lambda event: event[:2], reverse=True)


def _shown(showing: Showing, *, before: Showing) -> list[_Event]:
    """When it was shown to somebody who had cast that vote before; nothing if that is too near."""
    if showing.at - before.at < HASTE:
        return []
    if showing.at - before.at > LONG:
        return [_Event(showing.at, Kind.SHOWN_LATELY, showing)]
    return [_Event(before.at, Kind.SHOWN_AFTER_A_VOTE, showing)]


class _Weights:
    """The weights in force at a moment, going backwards in time."""

    def __init__(self, maps: Iterable[Wanted], numbers: Sequence[int]) -> None:
        self._maps: Iterator[Wanted] = iter(maps)
        self._numbers = numbers
        self._since: datetime | None = None
        self.weights = self.limit = np.zeros(len(numbers))

    def reach(self, moment: datetime) -> bool:
        """Go back to the map that was the newest then; False if none is known."""
        while self._since is None or self._since > moment:
            wanted = next(self._maps, None)
            if wanted is None:
                return False
            self._since = wanted.since
            self.weights, self.limit = self._read(wanted)
        return True

    def _read(self, wanted: Wanted) -> tuple[orders.Floats, orders.Floats]:
        known = np.array([number in wanted.priorities for number in self._numbers], dtype=bool)
        weights, limit = np.zeros(len(known)), np.full(len(known), -1.0)
        here = [number for number in self._numbers if number in wanted.priorities]
        weights[known] = orders.shares([wanted.priorities[number] for number in here])
        counts = np.array([wanted.votes.get(number, 0) for number in here], dtype=float)
        limit[known] = (1 + GROWTH) * (counts + PRIOR)
        return weights, limit


def _unseen(numbers: Sequence[int], seen: AbstractSet[int]) -> NDArray[np.bool_]:
    return np.array([number not in seen for number in numbers], dtype=bool)
