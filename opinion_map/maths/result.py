"""The opinion map: every intermediate of the computation that a person may ask for."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opinion_map.maths.components import Components
from opinion_map.maths.consensus import MajorityPick
from opinion_map.maths.continuity import Display
from opinion_map.maths.group_votes import GroupVotes
from opinion_map.maths.groups import Grouping
from opinion_map.maths.heldout import HeldOut
from opinion_map.maths.membership import GroupShapes, probabilities
from opinion_map.maths.parameters import Parameters
from opinion_map.maths.posterior import Places, VoteModel, in_picture
from opinion_map.maths.representativeness import Pick, Representativeness
from opinion_map.maths.stability import Stability
from opinion_map.maths.structure import Structure

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class OpinionMap:
    """A map of N participants and C statements in G groups.

    Attributes
    ----------
    votes_sha256 : str
        Of the votes it is a function of (`vote_matrix.fingerprint`).
    parameters : Parameters
    participants : ndarray of int64, shape (N,)
        Ids in increasing order.
    statements : ndarray of int64, shape (C,)
        Ids in increasing order.
    votes_per_participant : ndarray of int64, shape (N,)
    agrees, disagrees, seen : ndarray of int64, shape (C,)
        Of all participants; `seen` counts passes too.
    n_excluded : int
        Statements with votes that the map leaves out.
    components : Components
    positions : ndarray of float64, shape (N, 2)
        Polis' projection.
    eligible : ndarray of bool, shape (N,)
        Who voted enough to be placed in a group.
    structure : Structure
    grouping : Grouping
        One group of everyone where there is no structure.
    reliable : bool
        Whether people fall into groups that are more than chance.
    group_votes : GroupVotes, arrays of shape (G, C)
    representativeness : Representativeness, arrays of shape (G, C)
    representative : tuple of G tuples of Pick
    majority_agree, majority_disagree : tuple of MajorityPick
    consensus, consensus_against : ndarray of float64, shape (C,)
        Group-informed consensus for and against, in (0, 1).
    group_aware : ndarray of float64, shape (C,)
        Polis' product over groups.
    divisiveness : ndarray of float64, shape (C,)
        In [0, 1].
    priorities : ndarray of float64, shape (C,)
        Chances that sum to 1.
    model : VoteModel
        The probabilistic model behind the honest positions.
    places : Places
        What everybody's votes say under the model; `posterior_positions`,
        `posterior_covariances` and `membership` are worked out from it when asked for.
    group_shapes : GroupShapes
    stability : Stability or None
        None without resamples or without groups.
    held_out : HeldOut or None
        None where there are too few votes, or none were to be hidden.
    display : Display or None
        How to show the map after the one before; None without one.
    held : OpinionMap or None
        The same votes with the number of groups that is still shown, while the map's own waits.
    """

    votes_sha256: str
    parameters: Parameters
    participants: NDArray[np.int64]
    statements: NDArray[np.int64]
    votes_per_participant: NDArray[np.int64]
    agrees: NDArray[np.int64]
    disagrees: NDArray[np.int64]
    seen: NDArray[np.int64]
    n_excluded: int
    components: Components
    positions: Floats
    eligible: NDArray[np.bool_]
    structure: Structure
    grouping: Grouping
    reliable: bool
    group_votes: GroupVotes
    representativeness: Representativeness
    representative: tuple[tuple[Pick, ...], ...]
    majority_agree: tuple[MajorityPick, ...]
    majority_disagree: tuple[MajorityPick, ...]
    consensus: Floats
    consensus_against: Floats
    group_aware: Floats
    divisiveness: Floats
    priorities: Floats
    model: VoteModel
    places: Places
    group_shapes: GroupShapes
    stability: Stability | None
    held_out: HeldOut | None
    display: Display | None
    held: "OpinionMap | None"

    @property
    def passes(self) -> NDArray[np.int64]:
        return self.seen - self.agrees - self.disagrees

    @property
    def means(self) -> Floats:
        """Mean vote of each statement, 0 where nobody voted; shape (C,)."""
        return (self.agrees - self.disagrees) / np.maximum(self.seen, 1)

    @property
    def posterior_positions(self) -> Floats:
        """Where people would stand if they voted on everything, on the picture; shape (N, 2)."""
        return in_picture(self.model, *self.places.posterior())[0]

    @property
    def posterior_covariances(self) -> Floats:
        """How sure that is, packed as (xx, xy, yy); shape (N, 3)."""
        return in_picture(self.model, *self.places.posterior())[1]

    @property
    def membership(self) -> Floats:
        """Chance of each person to belong to each group, rows sum to 1; shape (N, G)."""
        return self.membership_of(slice(None))

    def membership_of(self, people: slice) -> Floats:
        """The same of some of the people."""
        return probabilities(self.places.of(people), self.group_shapes)

    @property
    def variance_explained(self) -> Floats:
        """Share of the variation of all votes along each component; shape (2,)."""
        return self.components.explained
