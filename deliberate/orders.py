"""In which order one person is shown the statements of a conversation: pure, nothing is stored.

Each person has their own number u between 0 and 1 for each statement, made from their seed and the
statement's number. A clock that rings at -log(u) / weight rings first with a probability that is
the weight's share, and so does the next one among those left: the order of ringing is a draw
without replacement by the weights (Efraimidis and Spirakis, "Weighted random sampling with a
reservoir", 2006). A reload, another device and another process find the same order; a new
statement changes nobody's number of another.
"""

import hashlib
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Numbers = NDArray[np.int64]
Floats = NDArray[np.float64]
Words = NDArray[np.uint64]

FLOOR: Final = 0.25
"""Part of all showings that is spread evenly, whatever the map wants: no statement's chance is
below a quarter of an even one, so a mistake of the map costs no statement its hearing. It costs
little: in tests/benchmarks/routing.py (town, 10 votes a person) the groups are found with an
adjusted Rand index of 0.61, with no floor 0.64, by an even draw 0.54 (standard errors 0.03)."""

DOMAIN: Final = b"deliberate order of statements 1\0"
# SplitMix64 (Steele, Lea and Flood 2014), with the constants of Stafford's mix 13.
_GAMMA: Final = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


@dataclass(frozen=True, eq=False)
class Candidates:
    """The accepted statements of a conversation, as the draw sees them; the same for everyone.

    Attributes
    ----------
    numbers : ndarray of int64, shape (C,)
        The statements' numbers, ascending.
    weights : ndarray of float64, shape (C,)
        Chance to be shown first; positive, sums to 1.
    votes : ndarray of int64, shape (C,), or None
        Votes on each while there is no map: fewest first. None once the map gives weights.
    tiers : ndarray of int8, shape (C,)
        All of a lower tier come before any of a higher one.
    """

    numbers: Numbers
    weights: Floats
    votes: Numbers | None
    tiers: NDArray[np.int8]


def candidates(
    rows: Sequence[tuple[int, float, int, bool]], *, has_map: bool, seeds_first: bool
) -> Candidates:
    """The candidates among (number, priority, votes, is_seed) of the accepted statements."""
    rows = sorted(rows)
    count = len(rows)
    numbers, priorities, votes, seeds = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Candidates(
        numbers=np.array(numbers, dtype=np.int64),
        weights=shares(priorities if has_map else np.ones(count)),
        votes=None if has_map else np.array(votes, dtype=np.int64),
        tiers=1 - np.array(seeds, dtype=np.int8) if seeds_first else np.zeros(count, np.int8),
    )


def shares(priorities: ArrayLike) -> Floats:
    """Each statement's chance to be shown first to somebody who has seen none.

    The map's priorities are themselves chances, at most 1. A larger one is the mark of a statement
    that no map has known yet: it counts as the one that the map wants most. What is no number, or
    not positive, has the floor alone.

    Returns
    -------
    ndarray of float64, shape (C,)
        At least FLOOR / C each, summing to 1.
    """
    wanted = np.array(priorities, dtype=np.float64)
    wanted[~((wanted > 0) & (wanted < np.inf))] = 0.0
    is_new = wanted > 1
    if is_new.any():
        wanted[is_new] = wanted.max(where=~is_new, initial=0.0) or 1.0
    whole = wanted.sum()
    if not whole > 0:
        return np.full(len(wanted), 1 / max(1, len(wanted)))
    return np.asarray((1 - FLOOR) * (wanted / whole) + FLOOR / len(wanted))


def knows_map(priorities: Iterable[float]) -> bool:
    """Whether any of these priorities is a map's; else votes decide what comes first."""
    return any(priority <= 1 for priority in priorities)


def order(candidates: Candidates, *, seed: bytes) -> Numbers:
    """The statements' numbers in the order in which the person of that seed is shown them."""
    clocks = -np.log(uniforms(candidates.numbers, seed=seed))
    keys: list[NDArray[np.generic]] = []
    if candidates.votes is None:
        keys.append(clocks / candidates.weights)
    else:
        keys += [clocks, candidates.votes]
    if candidates.tiers.any():
        keys.append(candidates.tiers)
    # Stable, as is lexsort: equal clocks go by number.
    ringing = np.lexsort(keys) if len(keys) > 1 else np.argsort(keys[0], kind="stable")
    return np.asarray(candidates.numbers[ringing])


def next_in(
    order: Numbers,
    *,
    voted: Container[int],
    passed: Container[int] = frozenset(),
    after: int | None = None,
) -> int | None:
    """The first statement of an order that is neither voted on nor passed over.

    With `after` the search starts behind that one and goes round. When all that are left were
    passed over, it begins again with them; None when all are voted on.
    """
    numbers = order.tolist()
    if after is not None and after in numbers:
        behind = numbers.index(after) + 1
        numbers = numbers[behind:] + numbers[:behind]
    again: int | None = None
    for number in numbers:
        if number in voted:
            continue
        if number not in passed:
            return int(number)
        again = number if again is None else again
    return again


def uniforms(numbers: Numbers, *, seed: bytes) -> Floats:
    """The person's own number of each statement: between 0 and 1, neither of them.

    The seed goes through SHA-256, so that no order tells of it; the cheap hash behind only has to
    look random. Changing any of this changes everyone's order.
    """
    first, second = np.frombuffer(hashlib.sha256(DOMAIN + seed).digest()[:16], dtype="<u8")
    words = _mixed(numbers.astype(np.uint64) * _GAMMA + first)
    words = _mixed((words ^ second) + _GAMMA)
    return np.asarray(((words >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53)


def _mixed(words: Words) -> Words:
    words = (words ^ (words >> np.uint64(30))) * _FIRST
    words = (words ^ (words >> np.uint64(27))) * _SECOND
    return words ^ (words >> np.uint64(31))
