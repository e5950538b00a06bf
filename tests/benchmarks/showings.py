"""Whether the alarm about the choice of statements tells a working one from an even one.

    python -m tests.benchmarks.showings [--seeds 200]

Simulated conversations: people come and go, some vote on everything, statements arrive late, and
a map publishes new chances every so many votes. The last votes are then judged as the alarm does,
by the maps that are kept: the newest few and of the older ones one an hour.
"""

import argparse
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from deliberate import orders
from opinion_map import served

START = datetime(2026, 1, 1, tzinfo=UTC)
NEW = 5.0625


@dataclass(frozen=True)
class Design:
    """`stay` is the mean of a person's votes, `everything` the share of people who see all; a map
    every `redraw` votes, of the older ones one is kept in `hour` votes. `links` is the share of
    votes on statements that nobody chose for them, `phones` the share of people who vote without a
    line on what their phone kept when they came, and send all votes at once."""

    statements: int = 60
    late: int = 20
    votes: int = 5000
    active: int = 20
    stay: int = 12
    everything: float = 0.1
    redraw: int = 50
    hour: int = 1500
    links: float = 0.0
    phones: float = 0.0


DESIGNS = {
    "town": Design(),
    "each map": Design(redraw=5),
    "all see all": Design(statements=20, late=5, everything=0.8),
    "large": Design(statements=300, late=100, votes=8000),
    "crowd": Design(votes=20_000, redraw=200, active=200),
    "links": Design(links=0.2),
    "phones": Design(phones=0.5),
}
SERVINGS = ("as published", "half even", "even")


def conversation(design, serving, *, seed=0, broken=0):
    """What `served.judge` asks for. With `broken` only so many of the last votes are served so."""
    rng = np.random.default_rng(seed)
    count = design.statements
    placing = 0.25 + 0.75 * np.minimum(rng.gamma(1.0, 1.0, count), 4)
    arrives = np.zeros(count, int)
    arrives[count - design.late :] = np.sort(rng.integers(0, design.votes, design.late))
    seen, voted, maps, log = np.zeros(count, int), {}, [], []
    priorities = np.full(count, NEW)
    people = [_person(rng, design, name) for name in range(design.active)]
    while len(log) < design.votes:
        here = np.flatnonzero(arrives <= len(log))
        if len(log) // design.redraw > len(maps):
            priorities = np.full(count, NEW)
            priorities[here] = _wanted(placing[here], seen[here])
            maps.append((len(log), here, priorities[here], seen[here]))
        now = serving if not broken or len(log) >= design.votes - broken else "as published"
        wanted = orders.shares(priorities[here]) if maps else np.ones(len(here))
        slot = rng.integers(design.active)
        person = people[slot]
        shown = _shown(person, here, wanted, now, design, rng)
        for chosen in shown:
            person["voted"].add(chosen)
            voted[person["name"]] = person["voted"]
            seen[chosen] += 1
            log.append(served.Showing(person["name"], chosen, START + _after(len(log))))
        if person["list"] is not None:
            # All of them have come in the same moment.
            log[-len(shown) :] = [one._replace(at=log[-1].at) for one in log[-len(shown) :]]
        # The answer to a vote brings the next statement, which waits to be voted on.
        person["next"] = _order(person, here, wanted, now)[:1]
        if not shown or person["list"] is not None or len(person["voted"]) >= person["leaves"]:
            people[slot] = _person(rng, design, len(people) + len(log))
            people[slot]["list"] = _phone(people[slot], here, wanted, now, design, rng)
    return {
        "showings": log[:-2001:-1],
        "maps": [_published(*one) for one in reversed(_kept(maps, design))],
        "voted": voted,
        "votes": dict(enumerate(seen.tolist())),
        "tiers": dict.fromkeys(range(count), 0),
    }


def _person(rng, design, name):
    stays = (
        design.statements if rng.random() < design.everything else rng.geometric(1 / design.stay)
    )
    clocks = -np.log(rng.random(design.statements))
    return {
        "name": name,
        "clocks": clocks,
        "voted": set(),
        "leaves": stays,
        "list": None,
        "next": [],
    }


def _phone(person, here, wanted, serving, design, rng):
    if rng.random() >= design.phones:
        return None
    return _order(person, here, wanted, serving)[: min(20, person["leaves"])]


def _shown(person, here, wanted, serving, design, rng):
    """What somebody votes on when it is their turn: one statement, or all that a phone sends."""
    if person["list"] is not None:
        return person["list"]
    left = person["next"] or _order(person, here, wanted, serving)[:1]
    if left and rng.random() < design.links:
        return [int(rng.choice(_order(person, here, wanted, "even")))]
    return left


def _order(person, here, wanted, serving):
    even = serving == "even" or (serving == "half even" and person["name"] % 2)
    clocks = person["clocks"][here] / (np.ones(len(here)) if even else wanted)
    return [number for number in here[np.argsort(clocks)].tolist() if number not in person["voted"]]


def _wanted(placing, seen):
    worth = placing / (seen + 2.0) ** 2
    return 0.1 / len(seen) + 0.9 * worth / worth.sum()


def _kept(maps, design):
    hours = {one[0] // design.hour: one for one in maps[:-20]}
    return [*hours.values(), *maps[-20:]]


def _published(at, here, priorities, seen):
    return served.Wanted(
        since=START + _after(at) - timedelta(milliseconds=1),
        priorities=dict(zip(here.tolist(), priorities.tolist(), strict=True)),
        votes=dict(zip(here.tolist(), seen.tolist(), strict=True)),
    )


def _after(votes):
    return timedelta(seconds=2.5 * int(votes))


def verdicts(design, serving, *, seeds, broken=0):
    """What is judged of so many conversations."""
    return [
        served.judge(**conversation(design, serving, seed=seed, broken=broken))
        for seed in range(seeds)
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--design", nargs="+", choices=DESIGNS, default=list(DESIGNS))
    options = parser.parse_args()
    for name in options.design:
        for serving in SERVINGS:
            found = verdicts(DESIGNS[name], serving, seeds=options.seeds)
            shares = {
                verdict: sum(one.verdict == verdict for one in found) / len(found)
                for verdict in ("as published", "even", "unknown")
            }
            needed = np.percentile([one.showings for one in found], [50, 95])
            print(f"{name:<12} {serving:<13} {shares} showings {needed[0]:.0f}, {needed[1]:.0f}")


if __name__ == "__main__":
    main()
