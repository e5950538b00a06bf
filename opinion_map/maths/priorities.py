"""Which statement to show next: how likely each should be to come up."""

import numpy as np
from numpy.typing import NDArray

from opinion_map.maths.group_votes import GroupVotes

Floats = NDArray[np.float64]

FLOOR = 0.2
"""Share of all showings that is spread evenly: no statement's chance is below FLOOR / C."""


def priorities(
    votes: GroupVotes, everyone: GroupVotes, extremity: Floats, *, floor: float = FLOOR
) -> Floats:
    """Chance of each statement to be shown to somebody who has seen none.

    A vote is worth what it takes off the map's ignorance: the variance of the mean of n votes
    falls by about 1 / n^2 with one more. So statements that few have seen, overall or in some
    group, come first by far, and the votes even out. A statement that separates or bridges
    groups (a large loading) counts up to twice, because it also tells where a person stands.
    Disagreement costs nothing, and every statement keeps a minimum.

    Parameters
    ----------
    votes : GroupVotes, arrays of shape (G, C)
    everyone : GroupVotes, arrays of shape (1, C)
        All participants, grouped or not.
    extremity : ndarray of float64, shape (C,)
        Length of the statement's loadings.
    floor : float
        In [0, 1].

    Returns
    -------
    ndarray of float64, shape (C,)
        Positive, summing to 1 (empty where there are no statements).
    """
    size = everyone.seen.shape[1]
    if size == 0:
        return np.zeros(0)
    unknown = _relative(1 / (everyone.seen[0] + 2) ** 2)
    if len(votes.seen):
        shares = np.maximum(votes.seen.sum(axis=1, keepdims=True), 1)
        fair = votes.seen / shares * shares.mean()
        unknown = (unknown + _relative((1 / (fair + 2) ** 2).mean(axis=0))) / 2
    typical = float(extremity.mean())
    worth = unknown * (0.5 + (extremity / typical if typical > 0 else 1.0))
    return floor / size + (1 - floor) * _relative(worth)


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
