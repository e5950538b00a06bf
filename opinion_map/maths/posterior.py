"""Honest positions: a probabilistic model of the votes, with how sure it is of each person."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from opinion_map.maths.blocks import over_each
from opinion_map.maths.components import Components
from opinion_map.maths.products import table_sums
from opinion_map.maths.sample import Sample
from opinion_map.maths.vote_matrix import VoteMatrix

Floats = NDArray[np.float64]

ELLIPSE = 3.218876
"""Squared radius that holds 80 % of a two-dimensional normal: -2 log(.2)."""


@dataclass(frozen=True, eq=False)
class VoteModel:
    """Votes as a plane and noise: v_ij = mean_j + weights_j . x_i + e, e of variance `noise`.

    Attributes
    ----------
    means : ndarray of float64, shape (C,)
    weights : ndarray of float64, shape (C, 2)
    noise : float
        Positive.
    shift : ndarray of float64, shape (2,)
    turn : ndarray of float64, shape (2, 2)
        The picture's coordinates of a latent place x that voted on everything: shift + turn x.
    """

    means: Floats
    weights: Floats
    noise: float
    shift: Floats
    turn: Floats


@dataclass(frozen=True, eq=False)
class Places:
    """What the votes of each participant say about where they stand (before any prior).

    The likelihood of a latent place x is exp(pull . x - x P x / 2), P symmetric.

    Attributes
    ----------
    pull : ndarray of float64, shape (N, 2)
    precision : ndarray of float64, shape (N, 3)
        P as (11, 12, 22).
    """

    pull: Floats
    precision: Floats

    def of(self, people: slice | NDArray[np.bool_]) -> "Places":
        """Those of some of the people."""
        return Places(self.pull[people], self.precision[people])

    def posterior(self) -> tuple[Floats, Floats]:
        """Mean (N, 2) and covariance (N, 3) of x under the standard normal prior."""
        a, b, c = (self.precision + np.array([1.0, 0.0, 1.0])).T
        determinant = a * c - b * b
        covariance = np.stack([c, -b, a], axis=1) / determinant[:, None]
        return apply_symmetric(covariance, self.pull), covariance


def apply_symmetric(packed: Floats, vectors: Floats) -> Floats:
    """Products of symmetric 2 x 2 matrices, packed as (11, 12, 22), with vectors; shape (N, 2)."""
    x, y = vectors.T
    return np.stack(
        [packed[:, 0] * x + packed[:, 1] * y, packed[:, 1] * x + packed[:, 2] * y], axis=1
    )


def fit(votes: Sample, components: Components, means: Floats, *, steps: int = 6) -> VoteModel:
    """Fit the model to the votes that were cast, by expectation and maximisation.

    Unseen statements are missing, not average. Statements with few votes are held back by a prior
    that all statements share, so that none runs away.

    Parameters
    ----------
    votes : Sample
    components : Components
        Where it starts, and the picture that it is turned to.
    means : ndarray of float64, shape (C,)
    steps : int

    References
    ----------
    Tipping and Bishop, "Probabilistic principal component analysis", 1999; Ilin and Raiko,
    "Practical approaches to principal component analysis in the presence of missing values", 2010.
    """
    values = votes.matrix(votes.values.astype(np.float64))
    seen = votes.matrix(np.ones(len(votes.values)))
    values_down, seen_down = values.T, seen.T
    cast = max(len(votes.values), 1)
    spread = np.sqrt(components.variances * votes.n_statements / cast)
    model = VoteModel(
        means=means,
        weights=components.loadings.T * spread,
        noise=max(float(np.sum((votes.values - means[votes.columns]) ** 2)) / cast, 1e-3),
        shift=np.zeros(2),
        turn=np.eye(2),
    )
    squares = float(np.abs(votes.values).sum())
    heard = np.bincount(votes.columns, minlength=votes.n_statements)
    prior = float(np.sum(model.weights**2)) / max(model.weights.size, 1)
    for _ in range(steps if len(votes.values) else 0):
        x, covariance = _places(
            model, values @ _on_values(model), seen @ _on_seen(model)
        ).posterior()
        second = covariance + np.stack([x[:, 0] ** 2, x[:, 0] * x[:, 1], x[:, 1] ** 2], axis=1)
        model, prior = _maximised(
            model,
            max(prior, 1e-6),
            seen_down @ np.concatenate([second, x], axis=1),
            values_down @ np.concatenate([x, np.ones((len(x), 1))], axis=1),
            heard,
            squares,
        )
    return _turned(model, components, means)


def sample_places(model: VoteModel, votes: Sample) -> Places:
    """What the votes of a sample say under a model."""
    values = votes.matrix(votes.values.astype(np.float64))
    seen = votes.matrix(np.ones(len(votes.values)))
    return _places(model, values @ _on_values(model), seen @ _on_seen(model))


def places(model: VoteModel, matrix: VoteMatrix) -> Places:
    """What everybody's votes say under a model; one pass over the votes."""
    people, end = len(matrix.participants), 0
    pull, precision = np.empty((people, 2)), np.empty((people, 3))
    for part in over_each(partial(table_sums, table=_table(model)), matrix.blocks):
        rows = slice(end, end := end + len(part))
        pull[rows], precision[rows] = part[:, :2], part[:, 2:]
    return Places(pull, precision)


def in_picture(model: VoteModel, mean: Floats, covariance: Floats) -> tuple[Floats, Floats]:
    """Latent means and covariances in the coordinates of the picture; shapes (N, 2), (N, 3)."""
    a, b, c = covariance.T
    (p, q), (r, s) = model.turn
    turned = np.stack(
        [
            p * p * a + 2 * p * q * b + q * q * c,
            p * r * a + (p * s + q * r) * b + q * s * c,
            r * r * a + 2 * r * s * b + s * s * c,
        ],
        axis=1,
    )
    return model.shift + mean @ model.turn.T, turned


def _table(model: VoteModel) -> Floats:
    """What a vote on each statement says of its owner, pull and precision; shape (C, 3, 5)."""
    away = np.array([-1.0, 0.0, 1.0]) - model.means[:, None]
    pull = away[:, :, None] * model.weights[:, None, :]
    first, second = model.weights.T
    precision = np.stack([first * first, first * second, second * second], axis=1)
    every = np.broadcast_to(precision[:, None], (len(precision), 3, 3))
    return np.concatenate([pull, every], axis=2) / model.noise


def _on_values(model: VoteModel) -> Floats:
    return model.weights


def _on_seen(model: VoteModel) -> Floats:
    first, second = model.weights.T
    products = [first * first, first * second, second * second]
    return np.stack([*products, model.means * first, model.means * second], axis=1)


def _places(model: VoteModel, on_values: Floats, on_seen: Floats) -> Places:
    return Places((on_values - on_seen[:, 3:]) / model.noise, on_seen[:, :3] / model.noise)


def _maximised(
    model: VoteModel,
    prior: float,
    on_seen: Floats,
    on_values: Floats,
    heard: NDArray[np.int64],
    squares: float,
) -> tuple[VoteModel, float]:
    """New means, weights and noise: one small regression for each statement, with a prior.

    `prior` is the variance from which all weights come; the new one counts the weights' own
    doubt too. Without it few votes a person would shrink the weights, their shrinking the prior,
    and so on until everybody stood in one place.
    """
    size = len(heard)
    normal = np.empty((size, 3, 3))
    normal[:, 0, 0], normal[:, 1, 1] = on_seen[:, 0], on_seen[:, 2]
    normal[:, 0, 1] = normal[:, 1, 0] = on_seen[:, 1]
    normal[:, :2, 2] = normal[:, 2, :2] = on_seen[:, 3:5]
    normal[:, 2, 2] = heard
    held = np.diag([model.noise / prior, model.noise / prior, 1.0])
    typical = float(on_values[:, 2].sum() / max(heard.sum(), 1))
    right = on_values.copy()
    right[:, 2] += typical
    inverse = np.linalg.inv(normal + held)
    solved = np.einsum("jab,jb->ja", inverse, right)
    explained = 2 * np.sum(solved * on_values) - np.einsum("ja,jab,jb->", solved, normal, solved)
    noise = max((squares - float(explained)) / max(heard.sum(), 1), 1e-3)
    doubt = model.noise * np.stack([inverse[:, 0, 0], inverse[:, 1, 1]], axis=1)
    prior = float(np.mean(solved[:, :2] ** 2 + doubt))
    return VoteModel(solved[:, 2], solved[:, :2], noise, model.shift, model.turn), prior


def _turned(model: VoteModel, components: Components, means: Floats) -> VoteModel:
    return VoteModel(
        model.means,
        model.weights,
        model.noise,
        shift=components.loadings @ (model.means - means),
        turn=components.loadings @ model.weights,
    )
