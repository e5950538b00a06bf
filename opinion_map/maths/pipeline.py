"""From votes to a map: the order of the steps."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opinion_map.maths import (
    blocs,
    consensus,
    continuity,
    group_votes,
    groups,
    heldout,
    membership,
    posterior,
    priorities,
    representativeness,
    stability,
)
from opinion_map.maths.components import Components, is_clear, leading, of_square, rounded
from opinion_map.maths.group_votes import GroupVotes
from opinion_map.maths.groups import Grouping
from opinion_map.maths.kmeans import nearest
from opinion_map.maths.parameters import Parameters
from opinion_map.maths.positions import picture, scales
from opinion_map.maths.products import CentredVotes
from opinion_map.maths.result import OpinionMap
from opinion_map.maths.sample import Sample, sample
from opinion_map.maths.structure import Structure, against_shuffles
from opinion_map.maths.threads import LARGE, concurrently, one_blas_thread
from opinion_map.maths.vote_matrix import VoteMatrix, build
from opinion_map.maths.votes import Votes

DEFAULTS = Parameters()
HUGE = 1 << 22
"""Votes from which on a component is good to ten digits, not twelve, to save passes; and a second
one that is nothing but noise is not followed to the end."""
FEW_STATEMENTS = 256
"""Up to so many (and LARGE votes) the Gram matrix itself is the quickest way to components."""
CHECKED_VOTES = 1 << 16
"""Structure and foresight are checked on about this many votes."""
RESAMPLED_VOTES = 1 << 22
"""Resamples are drawn from about this many votes of evenly chosen participants, at most."""

Floats = NDArray[np.float64]


def _no_square(means: Floats) -> Floats | None:
    return None


@dataclass(frozen=True, eq=False)
class Known:
    """What does not have to be found out from the votes once more; exact (`warm`).

    Attributes
    ----------
    square : callable
        The means to Z.T @ Z, if it is known.
    count : callable
        What `group_votes.count` returns.
    """

    square: Callable[[Floats], Floats | None] = _no_square
    count: Callable[[VoteMatrix, NDArray[np.int64], int], GroupVotes] = group_votes.count


def compute(
    votes: Votes,
    *,
    statements: Iterable[int] | None = None,
    previous: Mapping[str, Any] | None = None,
    parameters: Parameters = DEFAULTS,
) -> OpinionMap:
    """Draw the map of these votes: a pure function of the last vote of each pair.

    Parameters
    ----------
    votes : Votes
    statements : iterable of int, optional
        Live statements to list even where nobody has voted on them yet.
    previous : mapping, optional
        The document of the map before (with its participants). It adds `display`, how to show
        this map so that it does not jump; everything else is the same without it.
    parameters : Parameters, optional

    Returns
    -------
    OpinionMap
        The same bytes for the same votes, in whatever order the rows of different pairs came and
        on however many threads. No votes, one participant or votes that are all alike give a map
        without groups, never an error.
    """
    with one_blas_thread():
        matrix = build(votes, statements=statements)
        return from_matrix(matrix, previous=previous, parameters=parameters)


def from_matrix(
    matrix: VoteMatrix,
    *,
    previous: Mapping[str, Any] | None = None,
    parameters: Parameters = DEFAULTS,
    known: Known | None = None,
) -> OpinionMap:
    """The map of votes that are already in canonical order.

    `known`, what an earlier map of nearly the same votes has left, saves passes over the votes
    and changes nothing.
    """
    with one_blas_thread():
        ground = _survey(matrix, parameters, known or Known())
        map_ = _described(ground, parameters, ground.count)
        return map_ if previous is None else _following(ground, map_, previous, parameters)


@dataclass(frozen=True, eq=False)
class _Ground:
    """All that is known before people are divided into groups."""

    matrix: VoteMatrix
    components: Components
    positions: Floats
    inside: NDArray[np.bool_]
    some: Sample
    structure: Structure
    candidates: dict[int, tuple[Floats, float]]
    structured: bool
    count: int
    model: posterior.VoteModel
    places: posterior.Places
    held_out: heldout.HeldOut | None
    known: Known

    @property
    def silhouettes(self) -> dict[int, float]:
        return {k: score for k, (_, score) in self.candidates.items()}


def _survey(matrix: VoteMatrix, parameters: Parameters, known: Known) -> _Ground:
    some = sample(matrix)
    components = _components(matrix, some, known)
    positions = picture(matrix, components)
    inside = groups.eligible(
        matrix.votes_per_participant, matrix.n_voted, least=parameters.least_votes
    )
    few = sample(matrix, votes=CHECKED_VOTES)
    structure, found, model, held_out, _ = concurrently(
        lambda: against_shuffles(
            few, rng=_generator(matrix, "structure"), shuffles=parameters.shuffles
        ),
        lambda: groups.candidates(
            positions[inside], most=parameters.most_groups, starts=parameters.starts
        ),
        lambda: posterior.fit(some, components, matrix.means),
        lambda: heldout.check(few, rng=_generator(matrix, "held out"), share=parameters.held_out),
        # Kept with the matrix; on a thread that is free.
        lambda: matrix.sha256,
        worthwhile=matrix.n_votes > LARGE,
    )
    structured = _structured(structure, some, model, positions, inside, found, parameters)
    return _Ground(
        matrix=matrix,
        components=components,
        positions=positions,
        inside=inside,
        some=some,
        structure=structure,
        candidates=found,
        structured=structured,
        count=_count(found, structured=structured, parameters=parameters),
        model=model,
        places=posterior.places(model, matrix),
        held_out=held_out,
        known=known,
    )


def _components(matrix: VoteMatrix, some: Sample, known: Known) -> Components:
    squares = matrix.agrees + matrix.disagrees - matrix.seen * matrix.means**2
    total, size = float(squares.sum()), len(matrix.statements)
    if matrix.n_votes <= LARGE:
        centred = CentredVotes(matrix, matrix.means)
        if size <= FEW_STATEMENTS:
            return of_square(centred.gram_matrix(), total=total)
        return leading(centred.gram, size, total=total)
    # From the same start over the same steps, so that both ways end at the same place.
    huge = matrix.n_votes > HUGE
    most_passes = 24 if huge else 200
    search = partial(
        leading,
        size=size,
        total=total,
        start=heldout.rough_components(some, matrix.means).loadings,
        tolerance=1e-10 if huge else 1e-12,
        most_passes=most_passes,
    )
    square = known.square(matrix.means)
    if square is not None:
        near = search(lambda right: square @ right)
        if near.passes < most_passes and is_clear(near):
            return rounded(near)
    return rounded(search(CentredVotes(matrix, matrix.means).gram))


def _generator(matrix: VoteMatrix, purpose: str) -> np.random.Generator:
    """Random numbers that are a function of the votes and of what they are for."""
    return np.random.default_rng([matrix.seed, *purpose.encode()])


def _structured(
    structure: Structure,
    some: Sample,
    model: posterior.VoteModel,
    positions: Floats,
    inside: NDArray[np.bool_],
    found: dict[int, tuple[Floats, float]],
    parameters: Parameters,
) -> bool:
    """Whether people fall into groups at all.

    The first component is `structure_ratio` times that of shuffled votes; or it is at least
    `faint_ratio` times, and two blocs describe people clearly better than one cloud.
    """
    if structure.found(parameters.structure_ratio):
        return True
    if 2 not in found or not structure.found(parameters.faint_ratio):
        return False
    people = inside[some.people]
    labels, _ = nearest(positions[some.people][people], found[2][0][0])
    return blocs.clear(posterior.sample_places(model, some).of(people), labels)


def _count(
    found: dict[int, tuple[Floats, float]], *, structured: bool, parameters: Parameters
) -> int:
    """How many groups: one where there is no structure."""
    if parameters.groups is not None:
        return parameters.groups if parameters.groups in found else 1
    if not structured:
        return 1
    silhouettes = {k: score for k, (_, score) in found.items()}
    return groups.best_count(silhouettes, margin=parameters.silhouette_margin)


def _grouping(ground: _Ground, count: int) -> Grouping:
    points = ground.positions[ground.inside]
    middle = points.mean(axis=0) if len(points) else np.zeros(2)
    centres = ground.candidates[count][0] if count > 1 else middle.reshape(1, 1, 2)
    return groups.partition(ground.positions, ground.inside, centres, ground.silhouettes)


def _described(ground: _Ground, parameters: Parameters, count: int) -> OpinionMap:
    """The map with so many groups."""
    matrix = ground.matrix
    grouping = _grouping(ground, count)
    counted = ground.known.count(matrix, grouping.labels, grouping.count)
    stats = representativeness.statistics(counted)
    firm = _stability(ground, grouping, parameters)
    chosen = _chosen(stats, counted, grouping, parameters)
    everyone = GroupVotes(
        *(one[None].astype(float) for one in (matrix.agrees, matrix.disagrees, matrix.seen))
    )
    agrees, disagrees, seen = everyone.agrees[0], everyone.disagrees[0], everyone.seen[0]
    united = counted if grouping.count else everyone
    most = parameters.pick_count
    return OpinionMap(
        votes_sha256=matrix.sha256,
        parameters=parameters,
        participants=matrix.participants,
        statements=matrix.statements,
        votes_per_participant=matrix.votes_per_participant,
        agrees=matrix.agrees,
        disagrees=matrix.disagrees,
        seen=matrix.seen,
        n_excluded=matrix.n_excluded,
        components=ground.components,
        positions=ground.positions,
        eligible=ground.inside,
        structure=ground.structure,
        grouping=grouping,
        reliable=grouping.count > 1 and ground.structured,
        group_votes=counted,
        representativeness=stats,
        representative=representativeness.picks(
            stats, counted, chosen, kept=firm.picks if firm else None
        ),
        majority_agree=tuple(consensus.majority(agrees, seen, choice=1, most=most)),
        majority_disagree=tuple(consensus.majority(disagrees, seen, choice=-1, most=most)),
        consensus=consensus.group_informed(united),
        consensus_against=consensus.group_informed(united, choice=-1),
        group_aware=consensus.group_aware(united),
        divisiveness=consensus.divisiveness(united),
        priorities=priorities.priorities(
            counted, everyone, np.sqrt(ground.components.variances @ ground.components.loadings**2)
        ),
        model=ground.model,
        places=ground.places,
        group_shapes=membership.shapes(ground.places, grouping.labels, grouping.count),
        stability=firm,
        held_out=ground.held_out,
        display=None,
        held=None,
    )


def _chosen(
    stats: representativeness.Representativeness,
    counted: GroupVotes,
    grouping: Grouping,
    parameters: Parameters,
) -> list[list[tuple[int, int]]]:
    """One group of everyone stands for nothing in particular: no picks."""
    if grouping.count < 2:
        return [[] for _ in range(grouping.count)]
    least = np.minimum(parameters.pick_votes, (grouping.sizes + 1) // 2)
    return representativeness.choose(stats, counted, least=least, most=parameters.pick_count)


def _stability(
    ground: _Ground, grouping: Grouping, parameters: Parameters
) -> stability.Stability | None:
    if parameters.bootstrap == 0 or grouping.count < 2:
        return None
    some = ground.some
    if not some.whole:
        some = sample(ground.matrix, votes=RESAMPLED_VOTES)
    people = some.people
    labels = grouping.labels[people]
    return stability.resampled(
        some,
        ground.components,
        scales(ground.matrix)[people],
        replace(
            grouping,
            labels=labels,
            sizes=np.bincount(labels[labels >= 0], minlength=grouping.count),
        ),
        ground.inside[people],
        rng=_generator(ground.matrix, "stability"),
        parameters=parameters,
    )


def _following(
    ground: _Ground, map_: OpinionMap, previous: Mapping[str, Any], parameters: Parameters
) -> OpinionMap:
    """The map with how to show it after the one before."""
    before = continuity.read(previous)
    count, waiting = continuity.shown_count(
        before,
        count=map_.grouping.count,
        silhouettes=ground.silhouettes,
        votes_sha256=map_.votes_sha256,
    )
    if parameters.groups is not None:
        count, waiting = map_.grouping.count, (0, 0)
    held = None if count == map_.grouping.count else _described(ground, parameters, count)
    shown = held or map_
    display = continuity.follow(
        before,
        participants=map_.participants,
        positions=map_.positions,
        labels=shown.grouping.labels,
        count=shown.grouping.count,
        waiting=waiting,
    )
    return replace(map_, display=display, held=held)
