"""How much of hidden votes the map foretells: the check that it is more than a picture."""

from dataclasses import dataclass

import numpy as np

from opinion_map.maths.components import Components, leading
from opinion_map.maths.posterior import Floats, fit, sample_places
from opinion_map.maths.sample import Sample

FEWEST = 20
"""Hidden votes below which a share says nothing."""


@dataclass(frozen=True)
class HeldOut:
    """Result of the check.

    Attributes
    ----------
    explained : float
        1 - squared error of the map over that of each statement's mean, on the hidden votes; 0
        when the map knows no more than the means, below 0 when it knows less.
    votes : int
        How many votes were hidden.
    """

    explained: float
    votes: int


def check(votes: Sample, *, rng: np.random.Generator, share: float) -> HeldOut | None:
    """Hide some votes, fit the model to the others, and foretell the hidden ones.

    Parameters
    ----------
    votes : Sample
    rng : numpy.random.Generator
    share : float
        Of the votes to hide.

    Returns
    -------
    HeldOut or None
        None where there are too few votes.
    """
    hidden = rng.random(len(votes.values)) < share
    if np.count_nonzero(hidden) < FEWEST:
        return None
    rest = votes.without(hidden)
    means = _means(rest)
    components = rough_components(rest, means)
    model = fit(rest, components, means)
    place, _ = sample_places(model, rest).posterior()
    rows, columns = votes.rows[hidden], votes.columns[hidden]
    truth = votes.values[hidden].astype(np.float64)
    foretold = model.means[columns] + np.einsum("ij,ij->i", model.weights[columns], place[rows])
    base = float(np.sum((truth - means[columns]) ** 2))
    error = float(np.sum((truth - np.clip(foretold, -1, 1)) ** 2))
    return HeldOut(1 - error / base if base > 0 else 0.0, len(truth))


def _means(votes: Sample) -> Floats:
    """Mean vote of each statement; the mean of all votes where nobody is left."""
    seen = np.bincount(votes.columns, minlength=votes.n_statements)
    sums = np.bincount(votes.columns, votes.values, minlength=votes.n_statements)
    overall = float(votes.values.mean()) if len(votes.values) else 0.0
    return np.where(seen > 0, sums / np.maximum(seen, 1), overall)


def rough_components(votes: Sample, means: Floats) -> Components:
    """Components of a sample to some hundredths: where a fit or a finer search may start."""
    centred = votes.matrix(votes.values - means[votes.columns])
    turned = centred.T
    return leading(
        lambda right: turned @ (centred @ right),
        votes.n_statements,
        total=float(centred.data @ centred.data),
        tolerance=5e-2,
    )
