"""Which statement to show next: how likely each should be to come up."""

import numpy as np
from numpy.typing import NDArray

from opinion_map.maths.group_votes import GroupVotes

Floats = NDArray[np.float64]

FLOOR = 0.25
"""Share of all showings that is spread evenly: no statement's chance is below FLOOR / C."""


def priorities(
    votes: GroupVotes, everyone: GroupVotes, extremity: Floats, *, floor: float = FLOOR
) -> Floats:
    """Chance of each statement to be shown to somebody who has seen none.

    What the map does not know yet about a statement is the standard error of its share of
    agreement, overall and within each group, as a part of what it is before any vote; a statement
    that separates people (a large loading) counts up to twice. Disagreement costs nothing.

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
    rows = np.concatenate([everyone.seen, votes.seen])
    agree = np.concatenate([everyone.agrees, votes.agrees]) + 1
    share = agree / (rows + 2)
    unknown = np.sqrt(12 * share * (1 - share) / (rows + 3)).mean(axis=0)
    largest = extremity.max()
    weight = unknown * (1 + (extremity / largest if largest > 0 else 0.0))
    return floor / size + (1 - floor) * weight / weight.sum()


def polis_priorities(everyone: GroupVotes, extremity: Floats, *, metadata: bool = False) -> Floats:
    """Polis' weights (spec: Clojure `priority-metric`).

    ((1 - (P + 1) / (S + 2)) (E + 1) (A + 1) / (S + 2) (1 + 8 * 2^(-S / 5)))^2, with A agreements,
    P passes and S votes of grouped participants and E the statement's extremity; 49 for metadata.

    Parameters
    ----------
    everyone : GroupVotes
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
    seen, agrees = everyone.seen.sum(axis=0), everyone.agrees.sum(axis=0)
    passes = everyone.passes.sum(axis=0)
    importance = (1 - (passes + 1) / (seen + 2)) * (extremity + 1) * (agrees + 1) / (seen + 2)
    return (importance * (1 + 8 * 2.0 ** (-seen / 5))) ** 2
