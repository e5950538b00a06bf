"""How firmly each person belongs to each group."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opinion_map.maths.posterior import Places, apply_symmetric
from opinion_map.maths.threads import over_blocks

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
PIECE = 1 << 15


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


def shapes(places: Places, labels: Labels, groups: int) -> GroupShapes:
    """Share, mean and covariance of each group's members, their own uncertainty included."""
    sizes = np.maximum(np.bincount(labels[labels >= 0], minlength=groups), 1)

    def summed(rows: slice) -> Floats:
        """Sums of x and of its second moments, by group; shape (groups, 5)."""
        mean, covariance = places.of(rows).posterior()
        label, (right, up) = labels[rows] + 1, mean.T
        second = covariance.T + np.stack([right * right, right * up, up * up])
        values = (right, up, *second)
        return np.stack([np.bincount(label, one, groups + 1)[1:] for one in values], axis=1)

    total = np.zeros((groups, 5))
    for part in over_blocks(summed, _pieces(len(labels))):
        total = total + part
    average = total / sizes[:, None]
    middle = average[:, :2]
    across, up = middle.T
    spread = average[:, 2:] - np.stack([across * across, across * up, up * up], axis=1)
    return GroupShapes(sizes / max(sizes.sum(), 1), middle, spread + np.array([1e-6, 0.0, 1e-6]))


def probabilities(places: Places, shape: GroupShapes) -> Floats:
    """Chance that each person's votes come from each group, by Bayes' rule.

    Parameters
    ----------
    places : Places of N people
    shape : GroupShapes of G groups

    Returns
    -------
    ndarray of float64, shape (N, G)
        Rows sum to 1; somebody without votes has the groups' shares.
    """
    people = len(places.pull)
    if len(shape.shares) == 0:
        return np.zeros((people, 0))

    def one(rows: slice) -> Floats:
        scores = log_evidence(places.of(rows), shape)
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        chances: Floats = scores / scores.sum(axis=1, keepdims=True)
        return chances

    parts = over_blocks(one, _pieces(people))
    return np.concatenate([np.zeros((0, len(shape.shares))), *parts])


def _pieces(people: int) -> list[slice]:
    """Some people at a time, so that what is worked out on the way stays small."""
    return [slice(low, min(low + PIECE, people)) for low in range(0, people, PIECE)]


def log_evidence(places: Places, shape: GroupShapes) -> Floats:
    """Log of each group's share times the marginal likelihood of the votes in it; shape (N, G).

    Up to a constant of each person.
    """
    scores = np.empty((len(places.pull), len(shape.shares)))
    for number, share in enumerate(shape.shares):
        mean, covariance, prior_pull = within(places, shape, number)
        p, q, r = shape.covariances[number]
        spread = (covariance[:, 0] * covariance[:, 2] - covariance[:, 1] ** 2) / (p * r - q * q)
        pull = ((places.pull + prior_pull) * mean).sum(axis=1) - prior_pull @ shape.means[number]
        scores[:, number] = np.log(share) + (pull + np.log(spread)) / 2
    return scores


def within(places: Places, shape: GroupShapes, number: int) -> tuple[Floats, Floats, Floats]:
    """Mean (N, 2) and covariance (N, 3) of people's places if all belonged to one group.

    And what the group itself pulls with; shape (2,).
    """
    p, q, r = shape.covariances[number]
    prior = np.array([r, -q, p]) / (p * r - q * q)
    prior_pull = apply_symmetric(prior[None], shape.means[number][None])[0]
    a, b, c = (places.precision + prior).T
    covariance = np.stack([c, -b, a], axis=1) / (a * c - b * b)[:, None]
    return apply_symmetric(covariance, places.pull + prior_pull), covariance, prior_pull
