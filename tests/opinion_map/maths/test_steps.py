"""A row of a public map moves only when enough people's votes move in each sum of its parts."""

from itertools import chain, combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from opinion_map.maths import PEOPLE, Changes, Entries, Parameters, Warm, entries, may_follow
from opinion_map.maths.steps import PARTS, REST
from tests.opinion_map.test_public_document import blocs

LEAST = 5
NOBODY = Changes(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int8))
# Of each of some people: the part they count in and their choice, or nothing.
COUNTED = st.one_of(st.none(), st.tuples(st.sampled_from([0, 1, REST]), st.integers(-1, 1)))
Standing = dict[int, tuple[int, int] | None]


def as_entries(standing: Standing) -> Entries:
    known = sorted(person for person, one in standing.items() if one is not None)
    codes = [3 * part + choice + 1 for part, choice in (standing[one] for one in known)]
    return Entries(np.array(known, dtype=np.int64), np.array(codes, dtype=np.int8))


def sums() -> list[tuple[int, ...]]:
    parts = range(PARTS)
    return list(chain.from_iterable(combinations(parts, size) for size in range(PARTS + 1)))


def least_apart(before: Standing, now: Standing) -> int:
    """Fewest people, if any, by whom a sum of parts before and one now differ."""

    def within(standing: Standing, parts: tuple[int, ...]) -> dict[int, int]:
        return {who: one[1] for who, one in standing.items() if one and one[0] in parts}

    found = []
    for one in sums():
        was = within(before, one)
        for other in sums():
            is_now = within(now, other)
            differing = sum(was.get(who) != is_now.get(who) for who in was.keys() | is_now.keys())
            found.append(differing or LEAST)
    return min(found)


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_row_may_follow_exactly_when_no_sum_of_its_parts_tells_of_a_few(
    data: st.DataObject,
) -> None:
    size = data.draw(st.integers(10, 26))
    before: Standing = dict(enumerate(data.draw(st.lists(COUNTED, min_size=size, max_size=size))))
    moving = data.draw(st.lists(st.tuples(st.integers(0, size - 1), COUNTED), max_size=14))
    now = before | dict(moving)

    allowed = may_follow(as_entries(before), as_entries(now), least=LEAST)

    assert allowed == (least_apart(before, now) >= LEAST or before == now)


def test_row_moves_for_five_of_one_group_and_not_for_three_and_two() -> None:
    before: Standing = {who: (who % 2, 1) for who in range(40)}

    five = before | dict.fromkeys(range(0, 10, 2), (0, -1))
    mixed = before | {who: (who % 2, -1) for who in range(5)}

    assert may_follow(as_entries(before), as_entries(five), least=LEAST)
    assert not may_follow(as_entries(before), as_entries(mixed), least=LEAST)


def test_row_stays_when_one_person_moves_over_to_a_group() -> None:
    """Their seventh vote would bring the six before into the group's counts, all at once."""
    before: Standing = dict.fromkeys(range(20), (0, 1)) | dict.fromkeys(range(20, 40), (REST, 1))

    assert not may_follow(as_entries(before), as_entries(before | {20: (0, 1)}), least=LEAST)


def test_entries_of_a_map_are_those_of_its_public_counts() -> None:
    votes = blocs(3, people=100, statements=12, share=0.9, sizes=(0.6, 0.4, 0.0))
    warm = Warm(votes)
    map_ = warm.map(parameters=Parameters(groups=2))

    found = entries(map_, warm.matrix, NOBODY, minimum=10)

    for at, statement in enumerate(map_.statements.tolist()):
        by_group = np.bincount(found[statement].codes // 3, minlength=PARTS)
        assert by_group[:2].tolist() == map_.group_votes.seen[:, at].tolist()
        agrees = np.bincount(found[statement].codes // 3, found[statement].codes % 3 == 2, PARTS)
        assert agrees[:2].tolist() == map_.group_votes.agrees[:, at].tolist()
    assert np.bincount(found[PEOPLE].codes // 3)[:2].tolist() == map_.grouping.sizes.tolist()


def test_entries_leave_out_the_few_in_no_group_and_statements_of_few() -> None:
    votes = blocs(3, people=60, statements=12, share=1.0, sizes=(0.6, 0.4, 0.0))
    more = type(votes)(
        np.append(votes.participants, [100, 101, 102]),
        np.append(votes.statements, [0, 0, 99]),
        np.append(votes.choices, [1, -1, 1]).astype(np.int8),
    )
    warm = Warm(more)
    map_ = warm.map(parameters=Parameters(groups=2))

    found = entries(map_, warm.matrix, NOBODY, minimum=10)

    assert set(found[0].people.tolist()).isdisjoint({100, 101, 102})
    assert 99 not in found
    assert len(found[PEOPLE].people) == 60
