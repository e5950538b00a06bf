"""How firm the groups are: the map drawn again from resampled participants."""

from collections import Counter
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from opinion_map.maths import groups, representativeness
from opinion_map.maths.components import Components, leading
from opinion_map.maths.group_votes import GroupVotes
from opinion_map.maths.groups import Grouping
from opinion_map.maths.kmeans import nearest
from opinion_map.maths.matching import adjusted_rand, matched, overlaps
from opinion_map.maths.parameters import Parameters
from opinion_map.maths.sample import Sample
from opinion_map.maths.threads import LARGE, concurrently

Floats = NDArray[np.float64]
Picked = frozenset[tuple[int, int, int]]

SURE, FIRM = 0.8, 0.75
"""Share of resamples with the same number of groups, and Jaccard of the weakest group, from which
on the groups are called sure (Hennig calls .75 "valid, stable")."""


@dataclass(frozen=True, eq=False)
class Stability:
    """What a number of resamples say.

    Attributes
    ----------
    resamples : int
    counts : dict of int to float
        Share of the resamples that chose each number of groups.
    groups : ndarray of float64, shape (G,)
        Mean Jaccard similarity of each group with its counterpart, in [0, 1].
    people : ndarray of float64, shape (n,)
        For each participant of the sample the share of resamples in which they stayed in their
        group; NaN outside all groups.
    picks : dict of (group, column, choice) to float
        Share of the resamples in which a statement was chosen for a group again.
    agreement : float
        Mean adjusted Rand index with the map.
    sure : bool
        Whether the number of groups and every group hold.

    References
    ----------
    Hennig, "Cluster-wise assessment of cluster stability", 2007.
    """

    resamples: int
    counts: dict[int, float]
    groups: Floats
    people: Floats
    picks: dict[tuple[int, int, int], float]
    agreement: float
    sure: bool


@dataclass(frozen=True, eq=False)
class _Resample:
    count: int
    jaccard: Floats
    stayed: NDArray[np.bool_]
    picked: Picked
    agreement: float


def resampled(
    votes: Sample,
    components: Components,
    scales: Floats,
    grouping: Grouping,
    inside: NDArray[np.bool_],
    *,
    rng: np.random.Generator,
    parameters: Parameters,
) -> Stability | None:
    """Draw participants with replacement, `parameters.bootstrap` times, and compare.

    Each resample has its own means, components, positions of everybody, number of groups, and
    statements that stand for the groups. The groups are compared at the map's own number.

    Parameters
    ----------
    votes : Sample
    components : Components
        Of the map, where each resample starts.
    scales : ndarray of float64, shape (n,)
    grouping : Grouping
        Of the people in the sample.
    inside : ndarray of bool, shape (n,)
    rng : numpy.random.Generator
    parameters : Parameters

    Returns
    -------
    Stability or None
        None without resamples or with fewer than two groups.
    """
    if parameters.bootstrap == 0 or grouping.count < 2:
        return None

    def draw(generator: np.random.Generator) -> _Resample:
        people = len(scales)
        weights = np.bincount(generator.integers(0, people, people), minlength=people)
        return _compared(
            votes, components, scales, grouping, inside, weights.astype(np.float64), parameters
        )

    draws = [partial(draw, one) for one in rng.spawn(parameters.bootstrap)]
    runs = concurrently(*draws, worthwhile=len(votes.values) > LARGE)
    total = len(runs)
    tally = Counter(run.count for run in runs)
    counts = {k: tally[k] / total for k in sorted(tally)}
    jaccard = np.mean([run.jaccard for run in runs], axis=0)
    stayed = np.mean([run.stayed for run in runs], axis=0)
    again = Counter(one for run in runs for one in run.picked)
    return Stability(
        resamples=total,
        counts=counts,
        groups=jaccard,
        people=np.where(grouping.labels >= 0, stayed, np.nan),
        picks={one: again[one] / total for one in sorted(again)},
        agreement=float(np.mean([run.agreement for run in runs])),
        sure=counts.get(grouping.count, 0.0) >= SURE and bool((jaccard >= FIRM).all()),
    )


def _compared(
    votes: Sample,
    components: Components,
    scales: Floats,
    grouping: Grouping,
    inside: NDArray[np.bool_],
    weights: Floats,
    parameters: Parameters,
) -> _Resample:
    positions = _positions(votes, components, weights) * scales[:, None]
    found = groups.candidates(
        positions[inside], weights=weights[inside], most=parameters.most_groups, starts=4
    )
    own = found.get(grouping.count)
    labels = np.full(len(inside), -1, dtype=np.int64)
    if own is not None:
        labels[inside] = nearest(positions[inside], own[0][0])[0]
    table = overlaps(grouping.labels, labels, grouping.count, grouping.count)
    pairs = matched(table)
    names = np.full(grouping.count + 1, -1, dtype=np.int64)
    for group, other in pairs.items():
        names[other] = group
    renamed = names[labels]
    shared = np.array([table[g, pairs[g]] if g in pairs else 0 for g in range(grouping.count)])
    sizes = np.array([table[:, pairs[g]].sum() if g in pairs else 0 for g in range(len(shared))])
    silhouettes = {k: score for k, (_, score) in found.items()}
    return _Resample(
        count=groups.best_count(silhouettes, margin=parameters.silhouette_margin),
        jaccard=shared / np.maximum(grouping.sizes + sizes - shared, 1),
        stayed=(renamed == grouping.labels) & (renamed >= 0),
        picked=_picked(votes, renamed, weights, grouping.count, parameters),
        agreement=adjusted_rand(grouping.labels, labels),
    )


def _positions(votes: Sample, components: Components, weights: Floats) -> Floats:
    """Everybody's place on the components of the resample (before scaling); shape (n, 2)."""
    each = np.repeat(weights, np.diff(votes.offsets))
    seen = np.bincount(votes.columns, each, minlength=votes.n_statements)
    sums = np.bincount(votes.columns, each * votes.values, minlength=votes.n_statements)
    means = sums / np.maximum(seen, 1)
    centred = votes.matrix(votes.values - means[votes.columns])
    turned = centred.T
    found = leading(
        lambda right: turned @ ((centred @ right) * weights[:, None]),
        votes.n_statements,
        total=float(each @ centred.data**2),
        start=components.loadings,
        tolerance=3e-2,
    )
    return centred @ found.loadings.T


def _picked(
    votes: Sample,
    labels: NDArray[np.int64],
    weights: Floats,
    count: int,
    parameters: Parameters,
) -> Picked:
    size = votes.n_statements
    lengths = np.diff(votes.offsets)
    cells = np.repeat((labels + 1) * (3 * size), lengths)
    cells += (votes.values.astype(np.int64) + 1) * size + votes.columns
    each = np.repeat(weights, lengths)
    table = np.bincount(cells, each, minlength=3 * (count + 1) * size)
    disagrees, passes, agrees = table.reshape(count + 1, 3, size)[1:].transpose(1, 0, 2)
    counted = GroupVotes(agrees, disagrees, agrees + disagrees + passes)
    sizes = np.bincount(labels + 1, weights, minlength=count + 1)[1:]
    chosen = representativeness.choose(
        representativeness.statistics(counted),
        counted,
        least=np.minimum(parameters.pick_votes, np.ceil(sizes / 2)).astype(np.int64),
        most=parameters.pick_count,
    )
    return frozenset(
        (group, column, side) for group, pairs in enumerate(chosen) for column, side in pairs
    )
