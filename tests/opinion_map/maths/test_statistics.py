"""Representativeness and consensus against a plain reading of Polis' formulae, and its output."""

import math

import numpy as np
import pytest

from opinion_map.maths import consensus, group_votes, representativeness
from opinion_map.maths.group_votes import GroupVotes
from opinion_map.maths.vote_matrix import build
from tests.opinion_map.maths.conversations import planted, real


def counted(seed, groups=3):
    made = planted(200, 25, 10, groups=groups, seed=seed)
    matrix = build(made.votes)
    labels = np.where(np.random.default_rng(seed).random(200) < 0.1, -1, made.groups)
    return made.votes, labels, group_votes.count(matrix, labels, groups)


def plain_statistics(na, nd, ns, others):
    """One group and one statement, written out."""
    ra, rd, rs = others

    def share(x, n):
        return (x + 1) / (n + 2)

    def one(x, n):
        return 2 * math.sqrt(n + 1) * ((x + 1) / (n + 1) - 0.5)

    def two(x, n, y, m):
        x, n, y, m = x + 1, n + 1, y + 1, m + 1
        pooled = (x + y) / (n + m)
        return (
            0
            if pooled == 1
            else (x / n - y / m) / math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
        )

    return {
        "agree": share(na, ns),
        "disagree": share(nd, ns),
        "agree_test": one(na, ns),
        "disagree_test": one(nd, ns),
        "agree_ratio": share(na, ns) / share(ra, rs),
        "disagree_ratio": share(nd, ns) / share(rd, rs),
        "agree_ratio_test": two(na, ns, ra, rs),
        "disagree_ratio_test": two(nd, ns, rd, rs),
    }


def plain_choice(rows):
    """Polis' selection for one group; rows are dicts of one statement each, with na and nd."""
    z = 1.2816
    best_agree, best, sufficient = None, None, []
    for at, row in enumerate(rows):
        agrees = row["agree_ratio_test"] > row["disagree_ratio_test"]
        side = "agree" if agrees else "disagree"
        metric = row[f"{side}_ratio"] * row[f"{side}_ratio_test"] * row[side] * row[f"{side}_test"]
        if any(
            row[f"{one}_ratio_test"] > z and row[f"{one}_test"] > z for one in ("agree", "disagree")
        ):
            sufficient.append((at, metric))
        top = max(row["agree_ratio_test"], row["disagree_ratio_test"])
        if best is None or top > best[1]:
            best = (at, top)
        if row["na"] == row["nd"] == 0:
            continue
        product = row["agree_ratio"] * row["agree_ratio_test"] * row["agree"] * row["agree_test"]
        lean = row["agree"] * row["agree_test"]
        if best_agree is None:
            if row["agree_test"] > z or (row["agree_ratio"] > 1 and row["agree"] > 0.5):
                best_agree = (at, product, lean, row["agree_ratio"])
        elif (product > best_agree[1]) if best_agree[3] > 1 else (lean > best_agree[2]):
            best_agree = (at, product, lean, row["agree_ratio"])
    if not sufficient:
        columns = [best_agree[0]] if best_agree else [best[0]]
    else:
        ranked = [at for at, _ in sorted(sufficient, key=lambda one: -one[1])]
        first = [best_agree[0]] if best_agree else []
        columns = (first + [at for at in ranked if at not in first])[:5]
    sides = [
        (at, 1 if rows[at]["agree_ratio_test"] > rows[at]["disagree_ratio_test"] else -1)
        for at in columns
    ]
    return [one for one in sides if one[1] > 0] + [one for one in sides if one[1] < 0]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("groups", [2, 3])
def test_representativeness_is_polis_to_the_ninth_digit(seed, groups):
    _, _, votes = counted(seed, groups)

    stats = representativeness.statistics(votes)
    chosen = representativeness.choose(stats, votes)

    table = np.stack([votes.agrees, votes.disagrees, votes.seen])
    for group in range(groups):
        others = np.delete(table, group, axis=1).sum(axis=1)
        rows = [
            plain_statistics(*table[:, group, at].tolist(), others[:, at].tolist())
            for at in range(table.shape[2])
        ]
        for name in rows[0]:
            ours = getattr(stats, name)[group]
            np.testing.assert_allclose(ours, [row[name] for row in rows], rtol=1e-9, atol=1e-12)
        for row, agrees, disagrees in zip(
            rows, votes.agrees[group], votes.disagrees[group], strict=True
        ):
            row |= {"na": agrees, "nd": disagrees}
        assert chosen[group] == plain_choice(rows)


def test_group_votes_are_those_of_the_members():
    votes, labels, ours = counted(3)

    for group in range(3):
        mine = labels[votes.participants] == group
        for choice, counts in ((1, ours.agrees), (-1, ours.disagrees), (0, ours.passes)):
            expected = np.bincount(votes.statements[mine & (votes.choices == choice)], minlength=25)
            assert counts[group].tolist() == expected.tolist()


def test_weighted_counts_are_those_of_repeated_people():
    made = planted(60, 10, 6, seed=2)
    matrix = build(made.votes)
    weights = np.random.default_rng(0).integers(0, 3, 60)

    weighted = group_votes.count(matrix, made.groups, 2, weights=weights.astype(float))

    each = weights[made.votes.participants]
    mine = made.groups[made.votes.participants] == 1
    agrees = np.bincount(
        made.votes.statements, each * (mine & (made.votes.choices == 1)), minlength=10
    )
    assert weighted.agrees[1].tolist() == agrees.tolist()


def test_picks_need_enough_members():
    _, _, votes = counted(1)
    stats = representativeness.statistics(votes)

    chosen = representativeness.choose(stats, votes, least=30)

    assert all(votes.seen[group, one] >= 30 for group in range(3) for one, _ in chosen[group])
    assert any(len(pairs) for pairs in chosen)


def test_picks_carry_corrected_chances_and_intervals():
    _, _, votes = counted(1)
    stats = representativeness.statistics(votes)

    picks = representativeness.picks(stats, votes, representativeness.choose(stats, votes))

    for group, row in enumerate(picks):
        for pick in row:
            counts = votes.agrees if pick.choice == 1 else votes.disagrees
            assert pick.count == counts[group, pick.column]
            assert 0 <= pick.low <= pick.count / pick.seen <= pick.high <= 1
            alone = 0.5 * math.erfc(pick.ratio_test / math.sqrt(2))
            assert alone <= pick.p <= min(1, 25 * alone) + 1e-12


def test_majority_list_is_polis_selection():
    _, _, votes = counted(4)
    agrees, seen = votes.agrees.sum(axis=0), votes.seen.sum(axis=0)

    picks = consensus.majority(agrees, seen, choice=1)

    scores = {}
    for at, (x, n) in enumerate(zip(agrees, seen, strict=True)):
        share, test = (x + 1) / (n + 2), 2 * math.sqrt(n + 1) * ((x + 1) / (n + 1) - 0.5)
        if share > 0.5 and test > 1.2816:
            scores[at] = share * test
    assert [one.column for one in picks] == sorted(scores, key=lambda at: -scores[at])[:5]


def test_consensus_of_equal_groups_does_not_depend_on_their_number():
    def groups(number):
        return GroupVotes(
            np.full((number, 1), 80.0), np.zeros((number, 1)), np.full((number, 1), 99.0)
        )

    two, five = consensus.group_informed(groups(2)), consensus.group_informed(groups(5))

    np.testing.assert_allclose([two, five], 81 / 101)
    assert consensus.group_aware(groups(5)) < consensus.group_aware(groups(2))


def test_consensus_interval_covers_the_truth_nine_times_in_ten():
    rng = np.random.default_rng(8)
    shares = np.array([[0.9], [0.6], [0.7]])
    n = np.array([[40], [25], [60]])
    seen = np.broadcast_to(n.astype(float), (3, 2000))
    agrees = rng.binomial(n, shares, (3, 2000)).astype(float)

    low, high = consensus.group_informed_interval(GroupVotes(agrees, seen - agrees, seen))

    truth = shares.prod() ** (1 / 3)
    assert 0.9 <= np.mean((low <= truth) & (truth <= high)) <= 0.99


def test_divisiveness_runs_from_nought_to_one():
    n = np.full((2, 3), 10_000.0)
    agrees = np.array([[10_000.0, 5_000, 8_000], [0, 5_000, 2_000]])

    apart = consensus.divisiveness(GroupVotes(agrees, n - agrees, n))

    np.testing.assert_allclose(apart, [1, 0, 0.6], atol=1e-3)


def test_group_aware_consensus_is_what_polis_published():
    conversation = real("bg2050-volunteers")
    matrix = build(conversation.votes)
    labels = np.array([conversation.published.get(int(one), -1) for one in matrix.participants])

    ours = consensus.group_aware(group_votes.count(matrix, labels, labels.max() + 1))

    from deliberate.polis_files import find
    from opinion_map.polis_files import table
    from tests.opinion_map.maths.conversations import DATA

    published = {}
    column, rows = table(find(DATA / "bg2050-volunteers", "comments"), ("comment-id",))
    for _, row in rows:
        text = row[column["group-informed-consensus"]]
        published[int(row[column["comment-id"]])] = float(text) if text else None
    live = [
        (one, at) for at, one in enumerate(matrix.statements.tolist()) if published[one] is not None
    ]
    assert len(live) > 300
    np.testing.assert_allclose(
        [ours[at] for _, at in live], [published[one] for one, _ in live], rtol=1e-9
    )
