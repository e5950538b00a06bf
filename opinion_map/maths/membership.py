"""How firmly each person belongs to each group."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opinion_map.maths.posterior import Places, apply_symmetric

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class GroupShapes:
    """Each group as a normal distribution of latent places.

    Attributes
    ----------
    shares : ndarray of float64, shape (G,)
    means : ndarray of float64, shape (G, 2)
    covariances : ndarray of float64, shape (G, 3)
        Packed as (11, 12, 22).
    """

    shares: Floats
    means: Floats
    covariances: Floats


def shapes(places: Places, labels: NDArray[np.int64], groups: int) -> GroupShapes:
    """Share, mean and covariance of each group's members, their own uncertainty included."""
    mean, covariance = places.posterior()
    inside = labels >= 0
    label, x, own = labels[inside], mean[inside], covariance[inside]
    sizes = np.maximum(np.bincount(label, minlength=groups), 1)

    def average(values: Floats) -> Floats:
        return np.bincount(label, values, minlength=groups) / sizes

    middle = np.stack([average(x[:, 0]), average(x[:, 1])], axis=1)
    away = x - middle[label]
    packed = own + np.stack([away[:, 0] ** 2, away[:, 0] * away[:, 1], away[:, 1] ** 2], axis=1)
    spread = np.stack([average(one) for one in packed.T], axis=1).reshape(groups, 3)
    return GroupShapes(sizes / max(sizes.sum(), 1), middle, spread + np.array([1e-6, 0.0, 1e-6]))


def probabilities(places: Places, shape: GroupShapes) -> Floats:
    """Chance that each person's votes come from each group, by Bayes' rule.

    The marginal likelihood of a person's votes under each group's normal distribution, times the
    group's share.

    Parameters
    ----------
    places : Places of N people
    shape : GroupShapes of G groups

    Returns
    -------
    ndarray of float64, shape (N, G)
        Rows sum to 1; somebody without votes has the groups' shares.
    """
    scores = np.empty((len(places.pull), len(shape.shares)))
    for number, share in enumerate(shape.shares):
        p, q, r = shape.covariances[number]
        inner = p * r - q * q
        prior = np.array([r, -q, p]) / inner
        pull = places.pull + apply_symmetric(prior[None], shape.means[number][None])
        total = places.precision + prior
        outer = total[:, 0] * total[:, 2] - total[:, 1] ** 2
        solved = apply_symmetric(
            np.stack([total[:, 2], -total[:, 1], total[:, 0]], axis=1) / outer[:, None], pull
        )
        constant = apply_symmetric(prior[None], shape.means[number][None])[0] @ shape.means[number]
        evidence = (pull * solved).sum(axis=1) - constant - np.log(outer * inner)
        scores[:, number] = np.log(share) + evidence / 2
    if scores.shape[1] == 0:
        return scores
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    return scores / scores.sum(axis=1, keepdims=True)
