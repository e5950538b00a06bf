"""Which statement to show next: how likely each should be to come up."""

import numpy as np
from numpy.typing import NDArray

from opinion_map.maths.group_votes import GroupVotes

Floats = NDArray[np.float64]

FLOOR = 0.1
"""Share of all showings that is spread evenly: no statement's chance is below FLOOR / C."""
PLACING = 0.75
"""How much of a showing's worth is that the vote tells where the voter stands."""
MOST, PRIOR = 4.0, 5.0
"""What one statement tells of people's places: at most so many times the average, and little
with so few votes."""


def priorities(
    votes: GroupVotes, everyone: GroupVotes, extremity: Floats, *, floor: float = FLOOR
) -> Floats:
    """Chance of each statement to be shown to somebody who has seen none.

    A vote is worth what it takes off the map's ignorance, of statements and of people.

    The variance of the mean of n votes falls by about 1 / n^2 with one more: statements that few
    have seen, overall or in some group, come first by far, and the votes even out. Disagreement
    costs nothing.

    A vote also tells where the voter stands, by the square of how much the votes change with
    people's places (Fisher information under a linear model). A loading is a covariance over
    everybody, who saw the statement or not, and shrinks with the share who did: so it is divided
    by the votes, with PRIOR more, as what few votes seem to tell is mostly chance. A few statements
    that tell much would take all showings: they count at most MOST times the average. Every
    statement keeps a minimum.

    Parameters
    ----------
    votes : GroupVotes, arrays of shape (G, C)
    everyone : GroupVotes, arrays of shape (1, C)
        All participants, grouped or not.
    extremity : ndarray of float64, shape (C,)
        How much of the map's spread the statement carries: the length of its loadings, each axis
        weighted by its standard deviation.
    floor : float
        In [0, 1].

    Returns
    -------
    ndarray of float64, shape (C,)
        Positive, summing to 1 (empty where there are no statements).

    References
    ----------
    Chaloner and Verdinelli, "Bayesian experimental design: a review", Statistical Science, 1995.
    """
    seen = everyone.seen[0]
    if len(seen) == 0:
        return np.zeros(0)
    told = (extremity / (seen + PRIOR)) ** 2
    typical = float(told.mean())
    placing = np.minimum(told / typical, MOST) if typical > 0 else np.ones(len(seen))
    worth = _unknown(votes, seen) * (1 - PLACING + PLACING * placing)
    return floor / len(seen) + (1 - floor) * _relative(worth)


def _unknown(votes: GroupVotes, seen: Floats) -> Floats:
    """What one more vote on each statement takes off the doubt about it; sums to 1."""
    overall = _relative(1 / (seen + 2) ** 2)
    if len(votes.seen) == 0:
        return overall
    shares = np.maximum(votes.seen.sum(axis=1, keepdims=True), 1)
    fair = votes.seen / shares * shares.mean()
    return (overall + _relative((1 / (fair + 2) ** 2).mean(axis=0))) / 2


def polis_priorities(votes: GroupVotes, extremity: Floats, *, metadata: bool = False) -> Floats:
    """Polis' weights (spec: Clojure `priority-metric`).

    ((1 - (P + 1) / (S + 2)) (E + 1) (A + 1) / (S + 2) (1 + 8 * 2^(-S / 5)))^2, with A agreements,
    P passes and S votes of grouped participants and E the statement's extremity; 49 for metadata.

    Parameters
    ----------
    votes : GroupVotes
        Counts per group (or one row); they are summed.
    extremity : ndarray of float64, shape (C,)
        Length of the statement's projection (`positions.statement_positions`).

    Returns
    -------
    ndarray of float64, shape (C,)
        Positive weights; shares of a roulette wheel.
    """
    if metadata:
        return np.full(len(extremity), 49.0)
    seen, agrees = votes.seen.sum(axis=0), votes.agrees.sum(axis=0)
    passes = votes.passes.sum(axis=0)
    importance = (1 - (passes + 1) / (seen + 2)) * (extremity + 1) * (agrees + 1) / (seen + 2)
    return np.asarray((importance * (1 + 8 * 2.0 ** (-seen / 5))) ** 2)


def _relative(values: Floats) -> Floats:
    return np.asarray(values / values.sum())
