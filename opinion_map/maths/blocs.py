"""Two blocs or one cloud: which describes people's places better, given how unsure they are."""

import numpy as np
from numpy.typing import NDArray

from opinion_map.maths.membership import GroupShapes, log_evidence, within
from opinion_map.maths.posterior import Places

Floats = NDArray[np.float64]

EACH = 0.025
"""Evidence per person, in nats, that two blocs need over one cloud: most clouds that are not quite
normal stay below, and blocs that people with 20 votes show clearly reach .03 to .35."""
POSITIVE = 3.0
"""And in all: e^3 to one, "strong" in Kass and Raftery's table."""


def clear(places: Places, labels: NDArray[np.int64]) -> bool:
    """Whether people fall into these groups clearly rather than being one cloud.

    Compares a mixture of normal distributions, one for each group, with a single one, by their
    likelihood and the Bayesian information criterion. It sees blocs where each person has few
    votes, so that the first component is drowned in noise, and sees through a cloud that is only
    long.

    Parameters
    ----------
    places : Places of n people
    labels : ndarray of int64, shape (n,)
        Where the mixture starts, 0 to G - 1.

    References
    ----------
    Kass and Raftery, "Bayes factors", JASA, 1995; Schwarz, "Estimating the dimension of a model",
    1978.
    """
    people, groups = len(labels), int(labels.max(initial=0)) + 1
    if people == 0 or groups < 2:
        return False
    one = _likelihood(places, np.ones((people, 1)))
    several = _likelihood(places, np.eye(groups)[labels])
    gain = several - one - 3 * (groups - 1) * np.log(people)
    return bool(gain >= max(POSITIVE, EACH * people))


def _likelihood(places: Places, parts: Floats, *, steps: int = 20) -> float:
    """Log likelihood of a mixture after some steps of expectation and maximisation."""
    mean, covariance = places.posterior()
    inner = [(mean, covariance)] * parts.shape[1]
    total = 0.0
    for _ in range(steps):
        shape = _maximised(parts, inner)
        scores = log_evidence(places, shape)
        top = scores.max(axis=1, keepdims=True)
        parts = np.exp(scores - top)
        total = float((top[:, 0] + np.log(parts.sum(axis=1))).sum())
        parts = parts / parts.sum(axis=1, keepdims=True)
        inner = [within(places, shape, number)[:2] for number in range(parts.shape[1])]
    return total


def _maximised(parts: Floats, inner: list[tuple[Floats, Floats]]) -> GroupShapes:
    means, covariances = [], []
    for part, (mean, covariance) in zip(parts.T, inner, strict=True):
        weight = (part + 1e-12) / (part + 1e-12).sum()
        middle = weight @ mean
        x, y = (mean - middle).T
        spread = covariance + np.stack([x * x, x * y, y * y], axis=1)
        means.append(middle)
        covariances.append(weight @ spread + np.array([1e-4, 0.0, 1e-4]))
    shares = np.maximum(parts.mean(axis=0), 1e-12)
    return GroupShapes(shares, np.array(means), np.array(covariances))
