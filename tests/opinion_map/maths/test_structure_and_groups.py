"""Groups where there are some, none where there are none, and how sure that is."""

import numpy as np
import pytest

from opinion_map.maths import Parameters, compute
from opinion_map.maths.base_points import summarise
from opinion_map.maths.groups import eligible, silhouette
from opinion_map.maths.kmeans import cluster, inertias
from opinion_map.maths.matching import adjusted_rand
from tests.opinion_map.maths.conversations import planted, real, shuffled, two_blocs

SEEDS = range(40)
QUICK = Parameters(held_out=0.0)


def test_shuffled_votes_have_no_groups():
    found = [
        compute(shuffled(planted(200, 40, 20, seed=seed).votes, seed), parameters=QUICK).reliable
        for seed in SEEDS
    ]

    assert sum(found) <= 2


def test_shuffled_votes_have_the_variance_of_shuffled_votes():
    ratios = [
        compute(
            shuffled(planted(300, 40, 20, seed=seed).votes, seed), parameters=QUICK
        ).structure.ratios[0]
        for seed in range(5)
    ]

    assert 0.9 <= min(ratios) <= max(ratios) <= 1.12


@pytest.mark.parametrize(("people", "even"), [(200, False), (500, True)])
def test_two_clear_blocs_are_found(people, even):
    found = [
        compute(planted(people, 40, 20, seed=seed, even=even).votes, parameters=QUICK)
        for seed in SEEDS
    ]

    assert sum(map_.reliable for map_ in found) >= 38


def test_one_cloud_of_opinions_has_no_groups():
    found = [
        compute(planted(300, 60, 20, groups=1, seed=seed, even=True).votes, parameters=QUICK)
        for seed in range(20)
    ]

    assert sum(map_.reliable for map_ in found) <= 1


def test_planted_blocs_are_recovered():
    scores = []
    for seed in range(6):
        made = planted(1000, 100, 40, seed=seed)
        map_ = compute(made.votes, parameters=QUICK)
        known = map_.participants
        scores.append(adjusted_rand(made.groups[known], map_.grouping.labels))

    assert np.median(scores) >= 0.8
    assert min(scores) >= 0.7


@pytest.mark.parametrize(
    ("name", "groups", "least"),
    [
        ("vtaiwan.uberx", None, 0.75),
        ("scoop-hivemind.taxes", None, 0.75),
        ("brexit-consensus", 2, 0.75),
    ],
)
def test_groups_agree_with_those_polis_published(name, groups, least):
    conversation = real(name)

    map_ = compute(conversation.votes, parameters=Parameters(groups=groups, held_out=0.0))

    published = np.array([conversation.published.get(int(one), -1) for one in map_.participants])
    assert adjusted_rand(published, map_.grouping.labels) >= least
    assert np.mean(map_.eligible[published >= 0]) > 0.9


@pytest.mark.parametrize(
    "name",
    [
        "15-per-hour-seattle",
        "bg2050-volunteers",
        "football-concussions",
        "london.youth.policing",
        "scoop-hivemind.affordable-housing",
        "scoop-hivemind.freshwater",
        "scoop-hivemind.ubi",
    ],
)
def test_other_conversations_are_drawn_and_their_agreement_reported(name, record_property):
    conversation = real(name)

    map_ = compute(conversation.votes, parameters=QUICK)

    published = np.array([conversation.published.get(int(one), -1) for one in map_.participants])
    record_property("agreement", adjusted_rand(published, map_.grouping.labels))
    record_property("ratio", float(map_.structure.ratios[0]))
    assert np.isfinite(map_.positions).all()
    assert map_.reliable == (map_.grouping.count > 1)


def test_two_perfect_blocs_are_sure():
    map_ = compute(two_blocs(30, 20, 10), parameters=Parameters(bootstrap=20))

    assert map_.stability.sure
    assert map_.stability.counts == {2: 1.0}
    assert map_.stability.groups.tolist() == [1, 1]
    assert map_.stability.people.tolist() == [1] * 50
    assert map_.stability.agreement == 1


def test_weak_blocs_are_less_stable_than_clear_ones():
    weak, clear = (
        compute(
            planted(200, 40, 20, seed=2, separation=separation, even=True).votes,
            parameters=Parameters(bootstrap=20, groups=2),
        ).stability.agreement
        for separation in (0.3, 1.5)
    )

    assert weak < clear - 0.1


def test_picks_say_how_often_they_come_up_again():
    map_ = compute(planted(300, 40, 20, seed=1).votes, parameters=Parameters(bootstrap=20))

    kept = [pick.kept for row in map_.representative for pick in row]
    assert all(0 <= share <= 1 for share in kept)
    assert max(kept) > 0.5


def test_eligible_takes_the_busiest_where_few_have_seven_votes():
    votes = np.array([3, 1, 0, 5, 2, 2])

    assert eligible(votes, 40, least=7, people=3).tolist() == [True, False, False, True, True, True]
    assert eligible(votes, 2, least=7, people=1).tolist() == [True, False, False, True, True, True]
    assert eligible(np.zeros(4, dtype=int), 9, least=7).tolist() == [False] * 4


def test_silhouette_is_that_of_the_people_one_by_one():
    sklearn = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(1)
    points = rng.standard_normal((40, 2)) + 3 * rng.integers(0, 3, 40)[:, None]
    masses = rng.integers(1, 5, 40).astype(float)
    labels = (points[:, 0] > points[:, 0].mean()).astype(int)
    between = np.linalg.norm(points[:, None] - points[None], axis=2)

    ours = silhouette(between, masses, labels)

    each = masses.astype(int)
    theirs = sklearn.silhouette_score(np.repeat(points, each, axis=0), np.repeat(labels, each))
    assert ours == pytest.approx(theirs)


def test_k_means_is_as_good_as_the_library():
    sklearn = pytest.importorskip("sklearn.cluster")
    points = np.random.default_rng(5).standard_normal((200, 2))
    masses = np.random.default_rng(6).integers(1, 9, 200).astype(float)

    for k in range(2, 6):
        theirs = sklearn.KMeans(k, n_init=20, random_state=0).fit(points, sample_weight=masses)
        ours = inertias(points, masses, cluster(points, masses, k, starts=20))[0]
        assert ours <= theirs.inertia_ * 1.005


@pytest.mark.parametrize("number", [1, 200, 3000, 9000])
def test_base_points_keep_the_mass_and_the_middle(number):
    rng = np.random.default_rng(number)
    points = np.round(rng.standard_normal((number, 2)), 1 if number == 3000 else 8)
    weights = rng.integers(0, 3, number).astype(float) if number > 1 else np.ones(1)

    centres, masses = summarise(points, weights)

    assert len(centres) <= 256 or number <= 256
    assert (masses > 0).all()
    assert masses.sum() == weights.sum()
    np.testing.assert_allclose(masses @ centres, weights @ points, atol=1e-9)


def test_base_points_do_not_depend_on_order():
    points = np.random.default_rng(3).standard_normal((2000, 2))
    mixed = points[np.random.default_rng(4).permutation(2000)]

    np.testing.assert_allclose(summarise(points)[0], summarise(mixed)[0], atol=1e-12)
