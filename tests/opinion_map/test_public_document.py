"""What an `aggregate` map publishes: never a count of fewer than ten, nor a difference of one."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from opinion_map.maths import Parameters, Votes, compute, continuity, public_document, to_document

MINIMUM = 10


def total(counts: dict[str, int]) -> int:
    return counts["agree"] + counts["disagree"] + counts["pass"]


def blocs(
    seed: int,
    *,
    people: int,
    statements: int,
    share: float,
    sizes: tuple[float, float, float] = (0.6, 0.3, 0.1),
) -> Votes:
    """Two or three blocs of people who saw a share of the statements."""
    draw = np.random.default_rng(seed)
    leaning = draw.choice([-1, 1], size=(3, statements))
    group = draw.choice(3, size=people, p=sizes)
    seen = draw.random((people, statements)) < share
    who, what = np.nonzero(seen)
    choice = np.where(draw.random(len(who)) < 0.15, 0, leaning[group[who], what])
    return Votes(who.astype(np.int64), what.astype(np.int64), choice.astype(np.int8))


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 10_000),
    people=st.integers(10, 120),
    statements=st.integers(3, 20),
    share=st.floats(0.1, 1.0),
)
def test_public_counts_and_their_differences_are_of_ten_people(
    seed: int, people: int, statements: int, share: float
) -> None:
    map_ = compute(blocs(seed, people=people, statements=statements, share=share))

    document = public_document(map_, minimum=MINIMUM)

    assert document["participants"] == []
    for row in document["statements"]:
        if row["agree"] is None:
            assert row["groups"] == {}
            continue
        parts = [total(counts) for counts in row["groups"].values()]
        rest = total(row) - sum(parts)
        assert total(row) >= MINIMUM
        assert all(part >= MINIMUM for part in parts)
        assert rest == 0 or rest >= MINIMUM


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10_000), share=st.floats(0.2, 0.9))
def test_public_picks_say_no_more_than_the_counts_beside_them(seed: int, share: float) -> None:
    map_ = compute(blocs(seed, people=90, statements=12, share=share))

    document = public_document(map_, minimum=MINIMUM)

    rows = {row["id"]: row for row in document["statements"]}
    for group in document["groups"]:
        for pick in group["representative"]:
            counts = rows[pick["statement"]]["groups"][group["id"]]
            assert pick["seen"] == total(counts)
            assert pick["count"] == counts[pick["choice"]]
    for choice, picks in document["consensus"].items():
        for pick in picks:
            assert (pick["count"], pick["seen"]) == (
                rows[pick["statement"]][choice],
                total(rows[pick["statement"]]),
            )


def test_public_counts_by_group_survive_a_few_people_outside_all_groups() -> None:
    votes = blocs(3, people=100, statements=12, share=0.9, sizes=(0.6, 0.4, 0.0))
    loner = Votes(
        np.append(votes.participants, 1000),
        np.append(votes.statements, 0),
        np.append(votes.choices, 1).astype(np.int8),
    )

    document = public_document(compute(loner), minimum=MINIMUM)

    row = next(row for row in document["statements"] if row["id"] == 0)
    shown = [group["id"] for group in document["groups"] if group["size"]]
    assert len(shown) >= 2
    assert sorted(row["groups"]) == shown
    assert total(row) == sum(total(counts) for counts in row["groups"].values())


def test_public_map_that_waits_with_a_new_number_of_groups_shows_one_division_only() -> None:
    votes = blocs(5, people=90, statements=12, share=0.9)
    parameters = Parameters(groups=2)
    previous = to_document(compute(votes, parameters=parameters))
    three = compute(blocs(6, people=90, statements=12, share=0.9, sizes=(0.4, 0.3, 0.3)))
    waiting = replace(three, held=compute(votes, parameters=parameters), display=_display(2))

    document = public_document(waiting, minimum=MINIMUM)

    assert len(previous["groups"]) == len(document["groups"]) == 2
    assert "held" not in document["display"]
    assert document["participants"] == []


def _display(count: int) -> continuity.Display:
    return continuity.Display(
        rotation=np.eye(2), letters=tuple("AB"[:count]), count=count, waiting=(3, 1)
    )
