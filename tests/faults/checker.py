"""Proves from what clients were told and what is stored that no acknowledged vote was lost.

Pure: a history and rows in, findings out. It knows the promise and nothing of how it is kept.
"""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from tests.faults.history import Operation, Outcome
from tests.faults.stored import Change, Pair, Stored

# In the search for an order: the first ballot not in it, those after that are, rows explained.
Place = tuple[int, frozenset[int], int]


@dataclass(frozen=True)
class Finding:
    """One broken promise."""

    kind: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.sentence}"


@dataclass(frozen=True)
class Verdict:
    """What came of a run."""

    operations: int
    acknowledged: int
    refused: int
    unknown: int
    # Operations that had to be sent more than once.
    resent: int
    findings: tuple[Finding, ...]

    def count(self, kind: str) -> int:
        """How many promises of that kind were broken."""
        return sum(finding.kind == kind for finding in self.findings)

    def __str__(self) -> str:
        told = (
            f"{self.operations} votes: {self.acknowledged} acknowledged, {self.refused} refused,"
            f" {self.unknown} unknown, {self.resent} sent again; {len(self.findings)} findings"
        )
        return "\n  ".join([told, *(str(finding) for finding in self.findings[:20])])


def check(operations: Iterable[Operation], stored: Stored) -> Verdict:
    """Hold what clients were told against what is stored after everything has come to rest."""
    everything = list(operations)
    outcomes = Counter(operation.outcome for operation in everything)
    return Verdict(
        operations=len(everything),
        acknowledged=outcomes[Outcome.OK],
        refused=outcomes[Outcome.FAIL],
        unknown=outcomes[Outcome.UNKNOWN],
        resent=sum(operation.attempts > 1 for operation in everything),
        findings=(
            *receipts(everything, stored),
            *answers(everything),
            *order(everything, stored),
            *finals(everything, stored),
            *replay(stored),
            *tally(stored),
        ),
    )


def receipts(operations: Sequence[Operation], stored: Stored) -> Iterable[Finding]:
    """Acknowledged ballots are stored, refused ones are not, and nobody else's are."""
    sent = {(operation.client, operation.id): operation for operation in operations}
    for key, operation in sent.items():
        receipt = stored.receipts.get(key)
        if operation.outcome == Outcome.OK and receipt is None:
            yield Finding("lost", f"{_told(operation)} was acknowledged and is not stored")
        elif operation.outcome == Outcome.FAIL and receipt is not None:
            yield Finding("refused but stored", _told(operation))
        elif receipt is not None and receipt != (operation.statement, operation.choice):
            yield Finding("altered", f"{_told(operation)} is stored as {receipt}")
    for client, ballot in stored.receipts.keys() - sent.keys():
        yield Finding("invented", f"nobody sent {ballot} of {client}")


def answers(operations: Sequence[Operation]) -> Iterable[Finding]:
    """A ballot that is sent again gets the same answer."""
    for operation in operations:
        if any(answer != operation.answers[0] for answer in operation.answers[1:]):
            yield Finding("two answers", f"{_told(operation)}: {operation.answers}")


def order(operations: Sequence[Operation], stored: Stored) -> Iterable[Finding]:
    """Each pair's history is what its ballots give in some order that the clients could see.

    Ballots have an effect once, between being sent and being answered. A ballot without an answer
    has one if it is stored, at any time after it was sent.
    """
    counted: dict[Pair, list[Operation]] = defaultdict(list)
    for operation in operations:
        if (operation.client, operation.id) in stored.receipts:
            counted[operation.client, operation.statement].append(operation)
    rows: dict[Pair, list[int | None]] = defaultdict(list)
    for change in stored.changes:
        rows[change.client, change.statement].append(change.choice)
    for pair in sorted(counted.keys() | rows.keys()):
        found = rows[pair]
        start = None
        if stored.authors.get(pair[1]) == pair[0] and found:
            # A statement is its author's agree vote.
            start, found = found[0], found[1:]
        if not _explains(counted[pair], found, start):
            told = ", ".join(_told(operation) for operation in counted[pair])
            kind = "counted twice" if _counts_more(counted[pair], found) else "order"
            yield Finding(kind, f"{pair}: stored {found}, counted ballots: {told or 'none'}")


def finals(operations: Sequence[Operation], stored: Stored) -> Iterable[Finding]:
    """Where a client waited for each answer, its last acknowledged choice is what stands."""
    by_pair: dict[Pair, list[Operation]] = defaultdict(list)
    for operation in operations:
        if operation.outcome != Outcome.FAIL:
            by_pair[operation.client, operation.statement].append(operation)
    for pair, mine in by_pair.items():
        mine.sort(key=lambda operation: operation.invoked)
        waited = all(
            before.completed is not None and before.completed <= after.invoked
            for before, after in itertools.pairwise(mine)
        )
        if waited and mine[-1].outcome == Outcome.OK:
            stands = stored.votes.get(pair)
            if stands != mine[-1].choice:
                yield Finding("final", f"{pair} is {stands}; last was {_told(mine[-1])}")


def replay(stored: Stored) -> Iterable[Finding]:
    """The history gives the votes."""
    replayed = replayed_votes(stored.changes)
    if replayed != stored.votes:
        apart = dict(replayed.items() ^ stored.votes.items())
        yield Finding("replay", f"history and votes differ on {sorted(apart)[:5]}")


def tally(stored: Stored) -> Iterable[Finding]:
    """The published counts are those of the history, once the worker has caught up."""
    votes = replayed_votes(stored.changes)
    people = len({client for client, _statement in votes})
    expected = (len(votes), people, stored.votes_version)
    if stored.tally != expected:
        yield Finding("tally", f"published {tuple(stored.tally)}, the history gives {expected}")


def watchers(
    versions: Mapping[str, int], snapshots: Mapping[str, object], *, room_version: int
) -> Iterable[Finding]:
    """Everyone who watches has arrived at the room's version, and sees the same."""
    behind = {name: version for name, version in versions.items() if version != room_version}
    if behind:
        yield Finding("behind", f"the room is at {room_version}, clients are at {behind}")
    first = next(iter(snapshots.values()), None)
    apart = sorted(name for name, snapshot in snapshots.items() if snapshot != first)
    if apart:
        yield Finding("snapshots", f"{apart} see something else than the first")


def shown_counts(shown: Mapping[str, int], stored: Stored) -> Iterable[Finding]:
    """Every page shows the published count."""
    apart = {name: votes for name, votes in shown.items() if votes != stored.tally.votes}
    if apart:
        yield Finding("shown", f"{stored.tally.votes} votes are published, pages show {apart}")


def with_findings(verdict: Verdict, findings: Iterable[Finding]) -> Verdict:
    """The verdict with more findings."""
    return replace(verdict, findings=(*verdict.findings, *findings))


def replayed_votes(changes: Iterable[Change]) -> dict[Pair, int]:
    """The votes that a history gives, in its own order."""
    votes: dict[Pair, int] = {}
    for change in changes:
        pair = (change.client, change.statement)
        if change.choice is None:
            votes.pop(pair, None)
        else:
            votes[pair] = change.choice
    return votes


def _explains(
    operations: Sequence[Operation], rows: Sequence[int | None], start: int | None
) -> bool:
    """Whether the ballots, each once, in an order that respects their times, give the rows.

    Wing and Gong's search for a linearisation. A place in it is the first ballot that is not yet
    in order, those after it that are, and the rows that are explained: ballots overlap little, so
    there are few such places.
    """
    pending = sorted(operations, key=lambda operation: operation.invoked)
    tried: set[Place] = set()
    stack: list[Place] = [(0, frozenset(), 0)]
    while stack:
        place = stack.pop()
        if place in tried:
            continue
        tried.add(place)
        first, ahead, row = place
        if first == len(pending):
            if row == len(rows):
                return True
            continue
        value = rows[row - 1] if row else start
        for chosen in _may_come_next(pending, first, ahead):
            choice = pending[chosen].choice
            if choice == value:
                stack.append((*_after(first, ahead, chosen), row))
            elif row < len(rows) and rows[row] == choice:
                stack.append((*_after(first, ahead, chosen), row + 1))
    return False


def _may_come_next(
    pending: Sequence[Operation], first: int, ahead: frozenset[int]
) -> Iterable[int]:
    """Those that were sent before any other that is left had been answered."""
    earliest_end = float("inf")
    for place in range(first, len(pending)):
        if place in ahead:
            continue
        if pending[place].invoked > earliest_end:
            return
        yield place
        earliest_end = min(earliest_end, _end(pending[place]))


def _after(first: int, ahead: frozenset[int], chosen: int) -> tuple[int, frozenset[int]]:
    done = ahead | {chosen}
    while first in done:
        done -= {first}
        first += 1
    return first, done


def _end(operation: Operation) -> float:
    return float("inf") if operation.completed is None else operation.completed


def _counts_more(operations: Sequence[Operation], rows: Sequence[int | None]) -> bool:
    """Whether some choice stands in the history more often than it was cast."""
    return bool(Counter(rows) - Counter(operation.choice for operation in operations))


def _told(operation: Operation) -> str:
    return f"{operation.client}/{operation.statement}={operation.choice} ({operation.id})"
