"""What an `aggregate` map leaves out cannot be had from what it says.

For each statement the unknowns are how many members of each hidden group voted on it, and how many
people outside all groups. Published are how many voted altogether and in each shown group, and how
many people there are altogether and in each shown group. A hidden number is safe if it can be more
than one.
"""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from opinion_map.maths import compute, public_document
from tests.opinion_map.test_public_document import blocs, total

MINIMUM = 10


def interval(row: dict[str, Any], sizes: dict[str, int | None], people: int, of: str) -> float:
    """How far the feasible numbers of a hidden group's voters on that statement are apart."""
    hidden = [name for name in sizes if name not in row["groups"]]
    rest = total(row) - sum(total(counts) for counts in row["groups"].values())
    known = sum(size for size in sizes.values() if size is not None)
    # Beside the hidden groups there may be people in no group, of whom nothing is said.
    names = [*hidden, "outside"]
    most = {
        name: sizes.get(name) if sizes.get(name) is not None else people - known for name in names
    }
    bounds = [(0, most[name]) for name in names]
    wanted = np.array([float(name == of) for name in names])
    found = [
        linprog(sign * wanted, A_eq=[[1.0] * len(names)], b_eq=[rest], bounds=bounds)
        for sign in (1, -1)
    ]
    assert all(one.success for one in found)
    return float(-found[1].fun - found[0].fun)


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 10_000),
    people=st.integers(12, 120),
    statements=st.integers(3, 12),
    share=st.floats(0.2, 1.0),
)
def test_no_hidden_count_follows_from_the_published_ones(
    seed: int, people: int, statements: int, share: float
) -> None:
    votes = blocs(seed, people=people, statements=statements, share=share)

    document = public_document(compute(votes), minimum=MINIMUM)

    sizes = {group["id"]: group["size"] for group in document["groups"]}
    everyone = document["counts"]["participants"]
    if everyone < MINIMUM:
        # Such a map is shown to nobody.
        return
    rest_of_sizes = everyone - sum(size or 0 for size in sizes.values())
    assert rest_of_sizes == 0 or rest_of_sizes >= MINIMUM
    assert all(size is None or size >= MINIMUM for size in sizes.values())
    shown = sum(total(row) for row in document["statements"] if row["agree"] is not None)
    left = document["counts"]["votes"] - shown
    assert left == 0 or left >= MINIMUM
    for row in document["statements"]:
        if row["agree"] is None:
            continue
        rest = total(row) - sum(total(counts) for counts in row["groups"].values())
        for name in sizes:
            if name not in row["groups"] and rest:
                assert interval(row, sizes, everyone, name) >= 1
