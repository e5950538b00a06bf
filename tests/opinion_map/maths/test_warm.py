"""The map that follows its votes is that of a full recount, to the byte."""

from dataclasses import replace

import numpy as np
import pytest

from opinion_map.maths import (
    TAKEN_BACK,
    Changes,
    Parameters,
    Warm,
    compute,
    differences,
    to_document,
    to_json,
)
from opinion_map.maths.components import Components, is_clear, rounded
from opinion_map.maths.products import CentredVotes
from tests.opinion_map.maths.conversations import frozen, planted

SMALL = ("few", 400, 40, 15)
MIDDLE = ("middle", 1500, 300, 20)
LARGE = ("large", 3000, 300, 60)
CONVERSATIONS = [SMALL, MIDDLE, LARGE]


class Story:
    """A conversation as it goes on: every vote in the order in which it came."""

    def __init__(self, people, statements, votes_each):
        made = planted(people, statements, votes_each, groups=3, seed=4).votes
        self.rng = np.random.default_rng(people)
        self.rows = np.stack([2 * made.participants, made.statements, made.choices], axis=1)
        self.later = self.rng.random(len(made)) < 0.01
        self.said = self.rows[~self.later]

    def votes(self, *, excluded=()):
        standing = {}
        for who, what, choice in self.said.tolist():
            standing[who, what] = choice
        kept = [(*pair, one) for pair, one in standing.items() if one != TAKEN_BACK]
        table = np.array(kept, dtype=np.int64)
        return frozen(table[:, 0], table[:, 1], table[:, 2].astype(np.int8), excluded=excluded)

    def changes(self, rows):
        rows = np.array(rows, dtype=np.int64).reshape(-1, 3)
        self.said = np.concatenate([self.said, rows])
        return Changes(rows[:, 0], rows[:, 1], rows[:, 2].astype(np.int8))

    def steps(self):
        """Changes, the statements left out then, and those listed without votes."""
        some = self.said[self.rng.choice(len(self.said), 200, replace=False)]
        person, statement = some[0, 0], some[1, 1]
        yield "new votes", self.rows[self.later], (), ()
        yield "changed minds", some * [1, 1, -1], (), ()
        yield "new people", [(1 + 2 * n, n % 9, n % 3 - 1) for n in range(70)], (), ()
        yield "new statements", [(2 * n, 900 + n % 3, 1) for n in range(50)], (), (905,)
        back = some[:90].copy()
        back[:, 2] = TAKEN_BACK
        yield "votes taken back", back, (), (905,)
        whole = self.said[self.said[:, 0] == person] * [1, 1, 0] + [0, 0, TAKEN_BACK]
        yield "somebody takes everything back", whole, (), ()
        yield "a statement is left out", self.rows[:5], (int(statement),), ()
        yield (
            "votes on it meanwhile",
            [(2, statement, -1), (4, statement, 1)],
            (int(statement),),
            (),
        )
        yield "and back", [], (), ()


def bytes_of(map_):
    return to_json(to_document(map_))


@pytest.mark.parametrize(("name", "people", "statements", "each"), CONVERSATIONS)
def test_warm_map_is_that_of_a_full_recount(name, people, statements, each):
    story = Story(people, statements, each)
    warm = Warm(story.votes())
    warm.map()
    warm.prepare()

    for step, rows, excluded, listed in story.steps():
        warm = warm.after(story.changes(rows), excluded=excluded, statements=listed)

        found = warm.map()
        expected = compute(story.votes(excluded=excluded), statements=listed)
        assert differences(found, expected) == [], step
        assert bytes_of(found) == bytes_of(expected), step


def test_large_warm_map_takes_no_pass_for_its_components(monkeypatch):
    story = Story(*LARGE[1:])
    warm = Warm(story.votes())
    warm.prepare()
    warm = warm.after(story.changes(story.rows[story.later]))
    expected = compute(story.votes())

    def fail(*_arguments):
        raise AssertionError("a pass over all votes")

    monkeypatch.setattr(CentredVotes, "gram", fail)

    assert bytes_of(warm.map()) == bytes_of(expected)


def test_votes_without_structure_give_the_same_map_warm():
    """Where the second component is noise, it hangs on the way to it most."""
    rng = np.random.default_rng(1)
    who, what = np.divmod(rng.permutation(3000 * 300)[:150_000], 300)
    choices = rng.integers(-1, 2, len(who)).astype(np.int8)
    first = np.arange(len(who)) % 100 != 0
    warm = Warm(frozen(who[first], what[first], choices[first]))
    warm.prepare()

    warm = warm.after(Changes(who[~first], what[~first], choices[~first]))

    assert bytes_of(warm.map()) == bytes_of(compute(frozen(who, what, choices)))


def test_warm_map_follows_the_previous_one_as_a_cold_one_does():
    story = Story(*SMALL[1:])
    warm = Warm(story.votes())
    previous = to_document(warm.map())
    parameters = Parameters(bootstrap=5)
    warm = warm.after(story.changes(story.rows[story.later]))

    found = warm.map(previous=previous, parameters=parameters)

    expected = compute(story.votes(), previous=previous, parameters=parameters)
    assert bytes_of(found) == bytes_of(expected)
    assert found.display is not None


def test_unclear_rounding_is_settled_by_a_pass_over_the_votes(monkeypatch):
    story = Story(*LARGE[1:])
    warm = Warm(story.votes())
    warm.prepare()
    expected = warm.map()
    passes = []
    gram = CentredVotes.gram

    def counted(*arguments):
        passes.append(1)
        return gram(*arguments)

    monkeypatch.setattr("opinion_map.maths.pipeline.is_clear", lambda _found: False)
    monkeypatch.setattr(CentredVotes, "gram", counted)

    assert differences(warm.map(), expected) == []
    assert passes


def test_differences_are_named():
    map_ = Warm(Story(*SMALL[1:]).votes()).map()
    moved = replace(map_, positions=map_.positions + 1e-9, held_out=None)

    assert differences(map_, map_) == []
    assert differences(map_, moved) == ["positions", "held_out"]


def test_kept_memory_is_said():
    warm = Warm(Story(*LARGE[1:]).votes())
    before = warm.nbytes
    warm.prepare()

    assert 3 * warm.n_votes <= before <= 4 * warm.n_votes + 20 * 3000
    assert warm.nbytes == before + 16 * 300**2


def test_components_are_rounded_far_below_what_is_shown():
    loadings = np.array([[0.12345678949, -0.5], [0.5, 0.12345678949]])
    found = Components(loadings, np.array([3.00000000001, 2.0]), 9.0, 1)

    result = rounded(found)

    np.testing.assert_array_equal(result.loadings, [[0.1234568, -0.5], [0.5, 0.1234568]])
    np.testing.assert_array_equal(result.variances, [3.0, 2.0])


@pytest.mark.parametrize(
    ("value", "clear"), [(0.1234567, True), (0.12345672, True), (0.12345675 + 1e-14, False)]
)
def test_loading_halfway_between_two_steps_is_not_clear(value, clear):
    found = Components(np.array([[value], [0.0]]), np.ones(2), 9.0, 1)

    assert is_clear(found) is clear
