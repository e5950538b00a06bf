"""What unites, what divides, and where people are unsure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from opinion_map.maths.group_votes import GroupVotes
from opinion_map.maths.proportions import one_proportion, smoothed, wilson
from opinion_map.maths.representativeness import Z90

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class MajorityPick:
    """A statement on which a clear majority of all participants leans one way.

    Attributes
    ----------
    column : int
    choice : int
        +1 most agree, -1 most disagree.
    count, seen : int
    share, share_test : float
        Smoothed share and its z against one half.
    low, high : float
        95 % Wilson interval of the share.
    """

    column: int
    choice: int
    count: int
    seen: int
    share: float
    share_test: float
    low: float
    high: float


def majority(counts: Floats, seen: Floats, *, choice: int, most: int = 5) -> list[MajorityPick]:
    """Statements that most participants chose alike, grouped or not: Polis' consensus list.

    A share above one half with z above 1.2816, the five largest by share times z. It ignores
    groups: read it beside the group-informed consensus.

    Parameters
    ----------
    counts : ndarray of float64, shape (C,)
        Agreements or disagreements.
    seen : ndarray of float64, shape (C,)
    choice : int
        +1 or -1: which of them `counts` are.
    """
    share, test = smoothed(counts, seen), one_proportion(counts, seen)
    low, high = wilson(counts, seen)
    clear = np.flatnonzero((share > 0.5) & (test > Z90))
    ranked = clear[np.argsort(-(share * test)[clear], kind="stable")][:most]
    return [
        MajorityPick(
            column=int(one),
            choice=choice,
            count=int(counts[one]),
            seen=int(seen[one]),
            share=float(share[one]),
            share_test=float(test[one]),
            low=float(low[one]),
            high=float(high[one]),
        )
        for one in ranked
    ]


def group_aware(votes: GroupVotes) -> Floats:
    """Polis' group-aware consensus: the product over groups of the smoothed share of agreement.

    Returns
    -------
    ndarray of float64, shape (C,)
        In (0, 1). Five groups at .8 give .33 and two give .64: not comparable across numbers of
        groups, for which see `group_informed`.
    """
    return smoothed(votes.agrees, votes.seen).prod(axis=0)


def group_informed(votes: GroupVotes, *, choice: int = 1) -> Floats:
    """Group-informed consensus on one scale: the geometric mean of the groups' shares.

    exp(mean over groups of log((x_g + 1) / (n_g + 2))), which is Polis' product to the power
    1/G. It is a share again: .8 in each of two groups and .8 in each of five are both .8, and one
    group that refuses pulls it down however small that group is.

    Parameters
    ----------
    votes : GroupVotes
    choice : int
        +1 what all groups agree with, -1 what all groups reject.

    Returns
    -------
    ndarray of float64, shape (C,)
        In (0, 1); one half where nobody voted.

    References
    ----------
    The product: Small et al., "Polis: Scaling deliberation by mapping high dimensional opinion
    spaces", Recerca 26(2), 2021. Its root: the geometric mean is the Nash welfare of the groups'
    shares (Kaneko and Nakamura, "The Nash social welfare function", Econometrica, 1979).
    """
    if len(votes.seen) == 0:
        return np.full(votes.seen.shape[1], 0.5)
    counts = votes.agrees if choice > 0 else votes.disagrees
    return np.exp(np.log(smoothed(counts, votes.seen)).mean(axis=0))


def group_informed_interval(
    votes: GroupVotes, *, choice: int = 1, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Interval of the group-informed consensus by the delta method on its logarithm.

    Each group's smoothed share is the mean of a Beta(x + 1, n - x + 1); the variance of its
    logarithm is about (1 - p) / (p (n + 3)).

    Returns
    -------
    low, high : ndarray of float64, shape (C,)
        In [0, 1].
    """
    counts = votes.agrees if choice > 0 else votes.disagrees
    share = smoothed(counts, votes.seen)
    spread = np.sqrt(((1 - share) / (share * (votes.seen + 3))).sum(axis=0)) / max(len(share), 1)
    middle = group_informed(votes, choice=choice)
    reach = float(ndtri(0.5 + level / 2)) * spread
    return middle * np.exp(-reach), np.minimum(middle * np.exp(reach), 1.0)


def divisiveness(votes: GroupVotes) -> Floats:
    """How far apart the groups are on each statement.

    The standard deviation, over groups, of the group's mean vote (agree +1, disagree -1,
    smoothed by two passes), each group counting the same. With fewer than two groups it is the
    standard deviation of the votes themselves, which is the same measure when everyone is a group
    of one.

    Returns
    -------
    ndarray of float64, shape (C,)
        In [0, 1]: 0 when all groups think alike, 1 when they are flatly opposed.
    """
    lean = (votes.agrees - votes.disagrees) / (votes.seen + 2)
    if len(lean) >= 2:
        return lean.std(axis=0)
    agrees, disagrees = votes.agrees.sum(axis=0), votes.disagrees.sum(axis=0)
    n = votes.seen.sum(axis=0) + 2
    return np.sqrt(np.maximum((agrees + disagrees) / n - ((agrees - disagrees) / n) ** 2, 0))
