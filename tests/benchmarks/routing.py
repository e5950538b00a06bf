"""Which routing of statements brings the map nearer the truth: a simulated conversation.

    python -m tests.benchmarks.routing [--seeds 20] [--design town ...] [--votes 5 10 20]

People come one by one, vote on n statements that the routing draws for them, and leave; the map is
drawn again now and then, as the site does. Statements arrive during the conversation, as they do.
The truth is the latent place of each person and the share that would agree if everybody voted.
"""

import argparse
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from deliberate import orders
from opinion_map.maths import Parameters, Votes, compute
from opinion_map.maths.matching import adjusted_rand
from opinion_map.maths.positions import statement_positions
from opinion_map.maths.priorities import polis_priorities

SHARES = {2: (0.65, 0.35), 3: (0.5, 0.3, 0.2), 4: (0.4, 0.25, 0.2, 0.15)}
ROUTINGS = ("uniform", "polis", "ours")


@dataclass(frozen=True)
class Design:
    """A kind of conversation: `late` of the statements come during it, and `bridging` ones, on
    which the groups agree, always do."""

    people: int = 300
    statements: int = 60
    groups: int = 2
    late: float = 0.33
    bridging: float = 0.0
    redraw: int = 20


DESIGNS = {
    "town": Design(),
    "bridges": Design(people=400, statements=100, groups=3, late=0.2, bridging=0.15, redraw=40),
    "small": Design(people=100, statements=30, redraw=10),
    "large": Design(people=1000, statements=150, groups=4, bridging=0.1, redraw=100),
    "all at once": Design(late=0.0),
}


@dataclass(frozen=True)
class Truth:
    group: np.ndarray
    place: np.ndarray
    choices: np.ndarray
    arrives: np.ndarray


def truth(design, seed):
    rng = np.random.default_rng(seed)
    people, statements, groups = design.people, design.statements, design.groups
    group = rng.choice(groups, people, p=SHARES[groups])
    angles = np.arange(groups) * 2 * np.pi / groups + 0.3
    centres = 1.5 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    place = centres[group] + 0.6 * rng.standard_normal((people, 2))
    weight = rng.standard_normal((statements, 2)) * rng.gamma(2, 0.35, statements)[:, None]
    lean = rng.normal(0.2, 0.9, statements)
    bridge = rng.random(statements) < design.bridging
    weight[bridge] *= 0.1
    lean[bridge] = rng.normal(1.5, 0.3, int(bridge.sum()))
    utility = lean + place @ weight.T
    passing = rng.random(utility.shape) < 1 / (1 + np.exp(1.3 + 0.3 * np.abs(utility)))
    agrees = rng.random(utility.shape) < 1 / (1 + np.exp(-1.3 * utility))
    late = (rng.random(statements) < design.late) | bridge
    arrives = np.where(late, rng.integers(0, people * 3 // 4, statements), 0)
    return Truth(group, place, np.where(passing, 0, np.where(agrees, 1, -1)), arrives)


def weights(routing, map_, statements, open_now):
    """Chance of each open statement under a routing; those the map does not know count as new."""
    if routing == "uniform" or map_ is None:
        return np.ones(len(open_now))
    columns = map_.statements
    if routing == "ours":
        # Above 1: the mark of a statement that the map does not know.
        full = np.full(statements, 5.0625)
        full[columns] = map_.priorities
        return orders.shares(full[open_now])
    extremity = np.linalg.norm(
        statement_positions(map_.means, map_.components, len(columns)), axis=1
    )
    full = np.full(statements, 5.0625)
    full[columns] = polis_priorities(map_.group_votes, extremity)
    return full[open_now]


def simulate(made, routing, votes_each, design, *, seed=0):
    """The map after everybody has voted `votes_each` times."""
    rng = np.random.default_rng([1, seed])
    quick = Parameters(held_out=0.0, shuffles=0, groups=design.groups, starts=4)
    who, what, choice = [], [], []
    map_ = None
    for person in range(design.people):
        open_now = np.flatnonzero(made.arrives <= person)
        if person % design.redraw == 0 and person and routing != "uniform":
            votes = Votes(np.concatenate(who), np.concatenate(what), np.concatenate(choice))
            map_ = compute(votes, statements=open_now, parameters=quick)
        chances = weights(routing, map_, design.statements, open_now)
        size = min(votes_each, len(open_now))
        seen = rng.choice(open_now, size, replace=False, p=chances / chances.sum())
        who.append(np.full(size, person))
        what.append(seen)
        choice.append(made.choices[person, seen])
    votes = Votes(np.concatenate(who), np.concatenate(what), np.concatenate(choice))
    return compute(votes, statements=range(design.statements), parameters=quick)


def scores(made, map_):
    """How near the truth.

    places, picture: mean canonical correlation of the true places with the honest ones and with
    those on the picture; groups: adjusted Rand index with the true groups; share error, group
    error: root mean square error of the share that agrees, of everybody and within each group;
    and how even the exposure is.
    """
    share = (map_.agrees + 1) / (map_.seen + 2)
    error = np.sqrt(np.mean((share - (made.choices == 1).mean(axis=0)) ** 2))
    groups = range(made.group.max() + 1)
    within = np.stack([(made.choices[made.group == one] == 1).mean(axis=0) for one in groups])
    ours = (map_.group_votes.agrees + 1) / (map_.group_votes.seen + 2)
    if len(ours) < len(within):
        ours = np.broadcast_to(share, within.shape)
    apart = ((ours[:, None] - within) ** 2).mean(axis=2)
    return {
        "places": alike(made.place[map_.participants], map_.posterior_positions),
        "picture": alike(made.place[map_.participants], map_.positions),
        "groups": adjusted_rand(made.group[map_.participants], map_.grouping.labels),
        "share error": float(error),
        "group error": float(np.sqrt(apart[linear_sum_assignment(apart)].mean())),
        "fewest votes": int(map_.seen.min()),
        "exposure cv": float(map_.seen.std() / map_.seen.mean()),
    }


def alike(places, others):
    q, r = (np.linalg.qr(one - one.mean(axis=0))[0] for one in (places, others))
    return float(np.linalg.svd(q.T @ r)[1].mean())


def compare(design=DESIGNS["town"], *, votes_each=(5, 10, 20), seeds=4):
    """Scores of each conversation by votes per person and routing: arrays of shape (seeds,)."""
    table = {}
    for votes in votes_each:
        for routing in ROUTINGS:
            rows = []
            for seed in range(seeds):
                made = truth(design, seed)
                rows.append(scores(made, simulate(made, routing, votes, design, seed=seed)))
            table[votes, routing] = {key: np.array([row[key] for row in rows]) for key in rows[0]}
    return table


def lines(table):
    """One line for each row: means and standard errors."""
    for (votes, routing), row in table.items():
        cells = (
            f"{key} {values.mean():.3f} ± {values.std(ddof=1) / len(values) ** 0.5:.3f}"
            for key, values in row.items()
        )
        yield f"{votes:>3} votes {routing:<8} " + "  ".join(cells)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--design", nargs="+", choices=DESIGNS, default=list(DESIGNS))
    parser.add_argument("--votes", nargs="+", type=int, default=[5, 10, 20])
    options = parser.parse_args()
    for name in options.design:
        print(f"{name}: {DESIGNS[name]}")
        for votes in options.votes:
            found = compare(DESIGNS[name], votes_each=(votes,), seeds=options.seeds)
            print("\n".join(lines(found)), flush=True)


if __name__ == "__main__":
    main()
