"""Which routing of statements brings the map nearer the truth: a simulated conversation.

People come one by one, vote on n statements that the routing draws for them, and leave; the map is
drawn again now and then, as the site does. Statements arrive during the conversation, as they do.
The truth is the latent place of each person and the share that would agree if everybody voted.
"""

from dataclasses import dataclass

import numpy as np

from opinion_map.maths import Parameters, Votes, compute
from opinion_map.maths.matching import adjusted_rand
from opinion_map.maths.positions import statement_positions
from opinion_map.maths.priorities import polis_priorities

QUICK = Parameters(held_out=0.0, shuffles=0, groups=2, starts=4)


@dataclass(frozen=True)
class Truth:
    group: np.ndarray
    place: np.ndarray
    choices: np.ndarray
    arrives: np.ndarray


def truth(people, statements, seed):
    """Two planted groups of 65 and 35 %; a third of the statements comes late."""
    rng = np.random.default_rng(seed)
    group = (rng.random(people) < 0.35).astype(int)
    place = np.array([[1.4, 0.4], [-1.4, -0.4]])[group] + 0.6 * rng.standard_normal((people, 2))
    weight = rng.standard_normal((statements, 2)) * rng.gamma(2, 0.35, statements)[:, None]
    utility = rng.normal(0.2, 0.9, statements) + place @ weight.T
    passing = rng.random(utility.shape) < 1 / (1 + np.exp(1.3 + 0.3 * np.abs(utility)))
    agrees = rng.random(utility.shape) < 1 / (1 + np.exp(-1.3 * utility))
    arrives = np.where(
        rng.random(statements) < 0.33, rng.integers(0, people * 3 // 4, statements), 0
    )
    return Truth(group, place, np.where(passing, 0, np.where(agrees, 1, -1)), arrives)


def weights(routing, map_, statements):
    """Chance of each statement under a routing; statements the map does not know count as new."""
    if routing == "uniform" or map_ is None:
        return np.ones(statements)
    columns = map_.statements
    if routing == "ours":
        full = np.full(statements, map_.priorities.max())
        full[columns] = map_.priorities
        return full
    extremity = np.linalg.norm(
        statement_positions(map_.means, map_.components, len(columns)), axis=1
    )
    full = np.full(statements, 5.0625)
    full[columns] = polis_priorities(map_.group_votes, extremity)
    return full


def simulate(made, routing, votes_each, *, redraw=20, seed=0):
    """The map after everybody has voted `votes_each` times."""
    rng = np.random.default_rng(seed)
    people, statements = made.choices.shape
    who, what, choice = [], [], []
    map_ = None
    for person in range(people):
        if person % redraw == 0 and person:
            votes = Votes(np.concatenate(who), np.concatenate(what), np.concatenate(choice))
            map_ = compute(
                votes, statements=np.flatnonzero(made.arrives <= person), parameters=QUICK
            )
        open_now = np.flatnonzero(made.arrives <= person)
        chances = weights(routing, map_, statements)[open_now]
        size = min(votes_each, len(open_now))
        seen = rng.choice(open_now, size, replace=False, p=chances / chances.sum())
        who.append(np.full(size, person))
        what.append(seen)
        choice.append(made.choices[person, seen])
    votes = Votes(np.concatenate(who), np.concatenate(what), np.concatenate(choice))
    return compute(votes, statements=range(statements), parameters=QUICK)


def scores(made, map_):
    """How near the truth.

    places: mean canonical correlation with the true places; groups: adjusted Rand index with the
    true groups; share error, group error: root mean square error of the share that agrees, of
    everybody and within each group; and how even the exposure is.
    """
    x = map_.posterior_positions - map_.posterior_positions.mean(axis=0)
    y = made.place[map_.participants] - made.place[map_.participants].mean(axis=0)
    q, _ = np.linalg.qr(x)
    r, _ = np.linalg.qr(y)
    correlation = np.linalg.svd(q.T @ r)[1].mean()
    share = (map_.agrees + 1) / (map_.seen + 2)
    error = np.sqrt(np.mean((share - (made.choices == 1).mean(axis=0)) ** 2))
    within = np.stack([(made.choices[made.group == one] == 1).mean(axis=0) for one in (0, 1)])
    ours = (map_.group_votes.agrees + 1) / (map_.group_votes.seen + 2)
    either = [ours, ours[::-1]] if len(ours) == 2 else [np.broadcast_to(share, within.shape)]
    return {
        "places": float(correlation),
        "groups": adjusted_rand(made.group[map_.participants], map_.grouping.labels),
        "share error": float(error),
        "group error": min(float(np.sqrt(np.mean((one - within) ** 2))) for one in either),
        "fewest votes": int(map_.seen.min()),
        "exposure cv": float(map_.seen.std() / map_.seen.mean()),
    }


def compare(*, people=300, statements=60, votes_each=(5, 10, 20), seeds=4):
    """Mean scores by votes per person and routing."""
    table = {}
    for votes in votes_each:
        for routing in ("uniform", "polis", "ours"):
            rows = []
            for seed in range(seeds):
                made = truth(people, statements, seed)
                rows.append(scores(made, simulate(made, routing, votes, seed=seed)))
            table[votes, routing] = {
                key: float(np.mean([row[key] for row in rows])) for key in rows[0]
            }
    return table


if __name__ == "__main__":
    for (votes, routing), row in compare().items():
        print(votes, routing, *(f"{key} {value:.3f}" for key, value in row.items()))
