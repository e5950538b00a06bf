"""Which group is which, and how far two partitions agree."""

import numpy as np
import pytest

from opinion_map.maths.matching import adjusted_rand, matched, overlaps


def labels(*values):
    return np.array(values, dtype=np.int64)


def test_overlaps_count_those_whom_both_place():
    table = overlaps(labels(0, 0, 1, -1, 1, 0), labels(2, 1, 0, 1, -1, 2), 2, 3)

    assert table.tolist() == [[0, 1, 2], [1, 0, 0]]


def test_matched_groups_share_most_members_in_all():
    # The largest cell alone would take (0, 0) and leave 1 in all for the other pair.
    assert matched(np.array([[10, 9], [9, 1]])) == {0: 1, 1: 0}


def test_groups_that_share_nobody_are_not_matched():
    assert matched(np.array([[4, 0], [0, 0]])) == {0: 0}
    assert matched(np.array([[1, 0], [0, 0], [0, 3]])) == {0: 0, 2: 1}


@pytest.mark.parametrize(
    ("first", "second", "agreement"),
    [
        (labels(0, 0, 1, 1), labels(1, 1, 0, 0), 1),
        (labels(0, 0, 1, 1), labels(0, 0, 1, 2), 4 / 7),
        (labels(0, 0, 1, 1), labels(0, 1, 0, 1), -0.5),
        (labels(0, 0, 0, 1, 1, 1), labels(0, 0, 1, 1, 2, 2), 0.24242424),
        (labels(0, 0, 1, 1, -1, 0), labels(0, 0, 1, 2, 0, -1), 4 / 7),
        (labels(0), labels(0), 1),
        (labels(), labels(), 1),
    ],
)
def test_adjusted_rand_is_hubert_and_arabies(first, second, agreement):
    assert adjusted_rand(first, second) == pytest.approx(agreement)
