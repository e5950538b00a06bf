"""Shares of votes: smoothed estimates, z statistics as Polis computes them, exact intervals."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

Floats = NDArray[np.float64]


def smoothed(count: Floats, seen: Floats) -> Floats:
    """(count + 1) / (seen + 2): the mean of a share given the votes, under a uniform prior."""
    return (count + 1) / (seen + 2)


def one_proportion(count: Floats, seen: Floats) -> Floats:
    """z of a share against one half, with one vote added.

    2 sqrt(n + 1) ((x + 1) / (n + 1) - 1/2): Polis' `prop-test`. One unanimous vote gives 1.41,
    so it is a ranking, not a test of significance: see `wilson` for that.
    """
    return 2 * np.sqrt(seen + 1) * ((count + 1) / (seen + 1) - 0.5)


def two_proportions(count: Floats, seen: Floats, other: Floats, other_seen: Floats) -> Floats:
    """z of the difference of two shares, pooled, with 1 added to all four counts.

    Polis' `two-prop-test`; 0 where the pooled share is 1.
    """
    first, n_first, second, n_second = count + 1, seen + 1, other + 1, other_seen + 1
    pooled = (first + second) / (n_first + n_second)
    spread = np.sqrt(np.maximum(pooled * (1 - pooled), 0) * (1 / n_first + 1 / n_second))
    apart = first / n_first - second / n_second
    return np.where(spread > 0, apart / np.where(spread > 0, spread, 1), 0.0)


def wilson(count: Floats, seen: Floats, *, level: float = 0.95) -> tuple[Floats, Floats]:
    """Score interval of a share.

    Parameters
    ----------
    count, seen : ndarray of float64, of one shape
        0 <= count <= seen.
    level : float
        Coverage in (0, 1).

    Returns
    -------
    low, high : ndarray of float64
        In [0, 1]; 0 and 1 where nobody voted.

    References
    ----------
    Wilson, "Probable inference, the law of succession, and statistical inference", JASA, 1927.
    """
    z = float(ndtri(0.5 + level / 2))
    n = np.maximum(seen, 1e-300)
    share = count / n
    middle = (count + z * z / 2) / (seen + z * z)
    reach = z * np.sqrt(seen * share * (1 - share) + z * z / 4) / (seen + z * z)
    low = np.where(count <= 0, 0.0, np.maximum(middle - reach, 0))
    return low, np.where(count >= seen, 1.0, np.minimum(middle + reach, 1))


def upper_tail(z: Floats) -> Floats:
    """P(Z > z) of a standard normal."""
    return ndtr(-z)


def holm_bonferroni(p: Floats) -> Floats:
    """Adjusted p-values: what remains after looking at so many statements; shape as given.

    Raises
    ------
    ValueError
        `p` has more than one dimension.

    References
    ----------
    Holm, "A simple sequentially rejective multiple test procedure", 1979.
    """
    if p.ndim != 1:
        raise ValueError("p-values come as one row")
    order = np.argsort(p, kind="stable")
    stepped = p[order] * np.arange(len(p), 0, -1)
    adjusted = np.minimum(np.maximum.accumulate(stepped), 1.0)
    result = np.empty_like(p)
    result[order] = adjusted
    return result
