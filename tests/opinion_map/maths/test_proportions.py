"""Intervals, tests and corrections against values from outside this code."""

import math

import numpy as np
import pytest

from opinion_map.maths.proportions import (
    holm_bonferroni,
    one_proportion,
    smoothed,
    two_proportions,
    upper_tail,
    wilson,
)


def ends(count, seen, **level):
    low, high = wilson(np.array([float(count)]), np.array([float(seen)]), **level)
    return float(low[0]), float(high[0])


@pytest.mark.parametrize(
    ("count", "seen", "low", "high"),
    [
        (0, 10, 0, 0.2775328),
        (10, 10, 0.7224672, 1),
        (1, 10, 0.0178762, 0.4041500),
        (81, 263, 0.2552893, 0.3661784),
        (0, 1, 0, 0.7934507),
        (1, 1, 0.2065493, 1),
    ],
)
def test_wilson_interval_is_that_of_the_tables(count, seen, low, high):
    # 81 of 263: Newcombe, "Two-sided confidence intervals for the single proportion", 1998.
    assert ends(count, seen) == pytest.approx((low, high), abs=1e-4)


def test_wilson_ends_are_where_the_test_is_just_met():
    low, high = ends(30, 80, level=0.9)

    for end in (low, high):
        z = (30 / 80 - end) / math.sqrt(end * (1 - end) / 80)
        assert abs(z) == pytest.approx(1.644854, abs=1e-6)


def test_interval_of_a_share_below_one_vote_reaches_neither_end():
    low, high = ends(0.5, 1)

    assert 0 < low < 0.5 < high < 1


def test_holm_corrects_for_all_that_was_looked_at():
    adjusted = holm_bonferroni(np.array([0.5, 0.001, 0.9, 0.02]))

    np.testing.assert_allclose(adjusted, [1, 0.004, 1, 0.06])


def test_holm_leaves_a_single_chance_as_it_is():
    assert holm_bonferroni(np.array([0.2])).tolist() == [0.2]


def test_holm_refuses_a_table():
    with pytest.raises(ValueError, match="one row"):
        holm_bonferroni(np.zeros((2, 2)))


def test_upper_tail_is_that_of_the_normal():
    np.testing.assert_allclose(upper_tail(np.array([0, 1.959964, -1.281552])), [0.5, 0.025, 0.9])


def test_two_proportions_is_the_pooled_test_of_one_vote_more():
    # Shares of 9 in 19 and 4 in 29, pooled 13 in 48.
    z = two_proportions(np.array(8.0), np.array(18.0), np.array(3.0), np.array(28.0))

    assert z == pytest.approx(2.5606, abs=1e-3)


def test_smoothing_and_test_of_a_half_count_the_added_votes():
    assert smoothed(np.array(3.0), np.array(4.0)) == pytest.approx(4 / 6)
    assert one_proportion(np.array(3.0), np.array(8.0)) == pytest.approx(-1 / 3)
