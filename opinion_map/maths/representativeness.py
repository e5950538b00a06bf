"""What each group stands for: statements on which it votes unlike the others."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opinion_map.maths.group_votes import GroupVotes
from opinion_map.maths.proportions import (
    holm_bonferroni,
    one_proportion,
    smoothed,
    two_proportions,
    upper_tail,
    wilson,
)

Floats = NDArray[np.float64]

Z90 = 1.2816
"""One-sided 90 % of the normal, rounded as in Polis."""


@dataclass(frozen=True, eq=False)
class Representativeness:
    """Polis' statistics of each group on each statement; every array of shape (G, C).

    Attributes
    ----------
    agree, disagree : ndarray of float64
        Smoothed shares of the group.
    agree_test, disagree_test : ndarray of float64
        z of these shares against one half.
    agree_ratio, disagree_ratio : ndarray of float64
        Share of the group over the share of all other groups together.
    agree_ratio_test, disagree_ratio_test : ndarray of float64
        z of the difference between the group and all other groups.
    """

    agree: Floats
    disagree: Floats
    agree_test: Floats
    disagree_test: Floats
    agree_ratio: Floats
    disagree_ratio: Floats
    agree_ratio_test: Floats
    disagree_ratio_test: Floats


@dataclass(frozen=True)
class Pick:
    """A statement chosen for a group.

    Attributes
    ----------
    column : int
        Index of the statement.
    choice : int
        +1 the group agrees, -1 it disagrees.
    count, seen : int
        Members who chose so; members who saw it.
    share : float
        Smoothed share.
    ratio, ratio_test, share_test : float
        Polis' statistics of the side.
    low, high : float
        95 % Wilson interval of the share.
    p : float
        Chance of so large a difference from the others, corrected for all statements (Holm).
    kept : float or None
        Share of the resamples in which the statement was chosen again, on the same side.
    """

    column: int
    choice: int
    count: int
    seen: int
    share: float
    ratio: float
    ratio_test: float
    share_test: float
    low: float
    high: float
    p: float
    kept: float | None = None


def statistics(votes: GroupVotes) -> Representativeness:
    """Polis' representativeness statistics, exactly (spec: Clojure `repness`, 2017 to 2026)."""
    rest = votes.rest
    agree, disagree = smoothed(votes.agrees, votes.seen), smoothed(votes.disagrees, votes.seen)
    return Representativeness(
        agree=agree,
        disagree=disagree,
        agree_test=one_proportion(votes.agrees, votes.seen),
        disagree_test=one_proportion(votes.disagrees, votes.seen),
        agree_ratio=agree / smoothed(rest.agrees, rest.seen),
        disagree_ratio=disagree / smoothed(rest.disagrees, rest.seen),
        agree_ratio_test=two_proportions(votes.agrees, votes.seen, rest.agrees, rest.seen),
        disagree_ratio_test=two_proportions(votes.disagrees, votes.seen, rest.disagrees, rest.seen),
    )


def choose(
    stats: Representativeness,
    votes: GroupVotes,
    *,
    least: int | NDArray[np.int64] = 0,
    most: int = 5,
) -> list[list[tuple[int, int]]]:
    """For each group the statements that stand for it, as (column, choice).

    Polis' selection: statements on which the group votes unlike the others and leans clearly to
    one side, best agreement first, then by the product of its four statistics, five at most,
    agreements before disagreements.

    Parameters
    ----------
    stats : Representativeness
    votes : GroupVotes
    least : int or ndarray of int, shape (G,)
        Leave out statements seen by fewer members (0: Polis).
    most : int
    """
    sides = stats.agree_ratio_test > stats.disagree_ratio_test
    metric = np.where(
        sides,
        stats.agree_ratio * stats.agree_ratio_test * stats.agree * stats.agree_test,
        stats.disagree_ratio * stats.disagree_ratio_test * stats.disagree * stats.disagree_test,
    )
    sufficient = ((stats.agree_ratio_test > Z90) & (stats.agree_test > Z90)) | (
        (stats.disagree_ratio_test > Z90) & (stats.disagree_test > Z90)
    )
    usable = votes.seen >= np.broadcast_to(least, len(sides))[:, None]
    chosen = []
    for group in range(len(sides)):
        columns = _columns(stats, votes, group, usable[group], sufficient[group], metric[group])
        choices = [(one, 1 if sides[group, one] else -1) for one in columns[:most]]
        chosen.append(sorted(choices, key=lambda pick: -pick[1]))
    return chosen


def _columns(
    stats: Representativeness,
    votes: GroupVotes,
    group: int,
    usable: NDArray[np.bool_],
    sufficient: NDArray[np.bool_],
    metric: Floats,
) -> list[int]:
    best_agree = _best_agree(stats, votes, group, usable)
    picked = np.flatnonzero(sufficient & usable)
    if len(picked) == 0:
        if best_agree is not None:
            return [best_agree]
        test = np.maximum(stats.agree_ratio_test[group], stats.disagree_ratio_test[group])
        open_to_choice = np.flatnonzero(usable & (votes.seen[group] > 0))
        return [int(open_to_choice[test[open_to_choice].argmax()])] if len(open_to_choice) else []
    ranked = picked[np.argsort(-metric[picked], kind="stable")].tolist()
    if best_agree is None:
        return ranked
    return [best_agree] + [one for one in ranked if one != best_agree]


def _best_agree(
    stats: Representativeness, votes: GroupVotes, group: int, usable: NDArray[np.bool_]
) -> int | None:
    """The agreement that says most about the group, scanned in statement order as Polis does."""
    share, test = stats.agree[group], stats.agree_test[group]
    ratio, ratio_test = stats.agree_ratio[group], stats.agree_ratio_test[group]
    product, lean = ratio * ratio_test * share * test, share * test
    voted = (votes.agrees[group] > 0) | (votes.disagrees[group] > 0)
    best: int | None = None
    for one in np.flatnonzero(usable & voted).tolist():
        if best is None:
            wins = test[one] > Z90 or (ratio[one] > 1 and share[one] > 0.5)
        elif ratio[best] > 1:
            wins = product[one] > product[best]
        else:
            wins = lean[one] > lean[best]
        best = one if wins else best
    return best


def picks(
    stats: Representativeness,
    votes: GroupVotes,
    chosen: list[list[tuple[int, int]]],
    *,
    kept: Mapping[tuple[int, int, int], float] | None = None,
) -> tuple[tuple[Pick, ...], ...]:
    """The chosen statements with their numbers, intervals and corrected p-values.

    `kept` gives the share of resamples for each (group, column, choice) that came up in one.
    """
    result = []
    for group, pairs in enumerate(chosen):
        tails = {
            1: holm_bonferroni(upper_tail(stats.agree_ratio_test[group])),
            -1: holm_bonferroni(upper_tail(stats.disagree_ratio_test[group])),
        }
        result.append(
            tuple(
                _pick(
                    stats,
                    votes,
                    (group, one, side),
                    p=float(tails[side][one]),
                    kept=None if kept is None else kept.get((group, one, side), 0.0),
                )
                for one, side in pairs
            )
        )
    return tuple(result)


def _pick(
    stats: Representativeness,
    votes: GroupVotes,
    chosen: tuple[int, int, int],
    *,
    p: float,
    kept: float | None,
) -> Pick:
    group, one, side = chosen
    agree = side > 0
    counts = votes.agrees if agree else votes.disagrees
    low, high = wilson(counts[group, one], votes.seen[group, one])
    at = group, one
    return Pick(
        column=one,
        choice=side,
        count=int(counts[at]),
        seen=int(votes.seen[at]),
        share=float((stats.agree if agree else stats.disagree)[at]),
        ratio=float((stats.agree_ratio if agree else stats.disagree_ratio)[at]),
        ratio_test=float((stats.agree_ratio_test if agree else stats.disagree_ratio_test)[at]),
        share_test=float((stats.agree_test if agree else stats.disagree_test)[at]),
        low=float(low),
        high=float(high),
        p=p,
        kept=kept,
    )
