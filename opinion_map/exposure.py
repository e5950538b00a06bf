"""Whether statements get a fair hearing: how often each was voted on, which come next, an alarm."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from deliberate import orders
from opinion_map.counts import seen

# A draw whose likeliest statement is hardly likelier than its least is no choice any more...
EVEN = 1.05
# ... and one that nearly always names the same is none either.
ONE, HARDLY_MORE_THAN_ONE = 0.5, 2.0
# Below this many statements both are to be expected.
FEWEST = 4
# The least shown of the statements, whose part of all votes is told.
LEAST = 0.1


@dataclass(frozen=True)
class Verdict:
    """What is wrong with the probabilities of the next statement; no code where nothing is."""

    code: str
    sentence: str | Promise

    @property
    def is_alarm(self) -> bool:
        """Whether somebody should look."""
        return self.code in ("uniform", "single")


FAIR = Verdict("fair", _("The next statement is drawn as it should be: neither evenly, nor one."))
FEW = Verdict("few", _("There are too few statements for their order to matter."))
UNIFORM = Verdict(
    "uniform",
    _(
        "Alarm: every statement is as likely to be shown next as every other. The map no longer"
        " steers people to the statements of which too little is known."
    ),
)
SINGLE = Verdict(
    "single",
    _("Alarm: nearly everybody is shown the same statement next. The others hardly get a hearing."),
)
NEW = Verdict(
    "new",
    _("Most people are shown a new statement next, until it has had as many votes as the others."),
)


@dataclass(frozen=True)
class Chance:
    """How likely a statement is to be drawn first for somebody who has seen none."""

    number: int
    percent: float
    # Of the votes that came in lately, how many it had; None where no count is published.
    received_percent: float | None


@dataclass(frozen=True)
class Exposure:
    """How evenly people's attention was spread over the statements."""

    least: int
    median: int
    most: int
    # 0: each statement has as many votes; 1: one statement has them all.
    gini: float
    # The part of all votes that the tenth with fewest votes has, in percent.
    least_percent: int
    # Statements whose votes are too few to be published, left out above.
    hidden: int
    chances: list[Chance]
    # What every statement has at least, in percent.
    floor_percent: float
    # As many statements as would be drawn with the same uncertainty if all were equally likely.
    effective: float
    verdict: Verdict


def of(
    document: Mapping[str, Any],
    *,
    priorities: Mapping[int, float],
    earlier: Mapping[str, Any] | None = None,
) -> Exposure | None:
    """The exposure of a document's statements; None where there are none.

    `priorities` are those that statements are drawn by now, of all that are accepted; votes that
    came in lately are those since the `earlier` document of the same conversation.
    """
    rows = document["statements"]
    votes = sorted(seen(row) for row in rows if seen(row))
    if not votes:
        return None
    numbers = sorted(priorities)
    shares = orders.shares([priorities[number] for number in numbers]).tolist()
    counts = {row["id"]: seen(row) for row in rows}
    received = _received(rows, earlier["statements"] if earlier else [])
    ranked = sorted(zip(numbers, shares, strict=True), key=lambda one: (-one[1], one[0]))
    return Exposure(
        least=votes[0],
        median=round(_median(votes)),
        most=votes[-1],
        gini=round(gini(votes), 2),
        least_percent=round(100 * sum(votes[: max(1, int(LEAST * len(votes)))]) / sum(votes)),
        hidden=len(rows) - len(votes),
        chances=[
            Chance(number, round(100 * share, 1), received.get(number)) for number, share in ranked
        ],
        floor_percent=round(100 * orders.FLOOR / len(numbers), 2),
        effective=round(effective_number(shares), 1),
        verdict=verdict(shares, votes=[counts.get(number, 0) for number in numbers]),
    )


def _received(
    rows: Sequence[Mapping[str, Any]], earlier: Sequence[Mapping[str, Any]]
) -> dict[int, float]:
    """Each statement's part of the votes that came in between two documents, in percent."""
    before = {row["id"]: seen(row) for row in earlier}
    # Votes that were taken back make no negative part.
    new = {row["id"]: max(0, seen(row) - before.get(row["id"], 0)) for row in rows if seen(row)}
    whole = sum(new.values())
    return {number: round(100 * count / whole, 1) for number, count in new.items()} if whole else {}


def verdict(shares: Sequence[float], *, votes: Sequence[int] | None = None) -> Verdict:
    """Whether the draw has degenerated into an even one, or into one statement.

    `shares` are probabilities; they sum to one. With the `votes` on each, a statement that has
    fewer than the middle one may well be shown to nearly everybody: that is how it gets its votes.
    """
    if len(shares) < FEWEST:
        return FEW
    if max(shares) <= EVEN * min(shares):
        return UNIFORM
    if max(shares) >= ONE or effective_number(shares) < HARDLY_MORE_THAN_ONE:
        is_new = votes is not None and votes[shares.index(max(shares))] < _median(sorted(votes))
        return NEW if is_new else SINGLE
    return FAIR


def effective_number(shares: Sequence[float]) -> float:
    """The exponential of the entropy: n for n equal shares, 1 for a single one."""
    return math.exp(-sum(share * math.log(share) for share in shares if share > 0))


def gini(counts: Sequence[int]) -> float:
    """The Gini coefficient of counts in ascending order: 0 for equal ones, towards 1 for one."""
    whole = sum(counts)
    if not whole:
        return 0.0
    weighted = sum(rank * count for rank, count in enumerate(counts, start=1))
    return 2 * weighted / (len(counts) * whole) - (len(counts) + 1) / len(counts)


def _median(ordered: Sequence[int]) -> float:
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2
