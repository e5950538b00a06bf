"""The convex hull: every corner, nothing else, anticlockwise."""

import pytest

from opinion_map.maths.hull import convex_hull

SQUARE = [(0.0, 0.0), (0.2, 0.0), (0.2, 0.2), (0.0, 0.2)]


def test_hull_of_a_square_leaves_out_what_is_inside_or_on_an_edge():
    points = [*SQUARE, (0.1, 0.1), (0.1, 0.0), (0.2, 0.1), (0.0, 0.0)]

    assert convex_hull(points) == SQUARE


def test_hull_of_a_triangle_has_three_corners():
    assert convex_hull([(1.0, 2.0), (0.0, 0.0), (2.0, 0.0)]) == [(0, 0), (2, 0), (1, 2)]


@pytest.mark.parametrize(
    ("points", "corners"),
    [
        ([], []),
        ([(1.0, 1.0), (1.0, 1.0)], [(1, 1)]),
        ([(1.0, 1.0), (0.0, 0.0)], [(0, 0), (1, 1)]),
        ([(0.0, 0.0), (1.0, 1.0), (2.0, 2.0), (3.0, 3.0)], [(0, 0), (3, 3)]),
    ],
)
def test_hull_of_points_on_a_line_is_its_ends(points, corners):
    assert convex_hull(points) == corners
