"""Checks the chain of sealed lines from its beginning."""

from dataclasses import dataclass

from record import chain
from record.models import RecordLine


class BrokenRecord(Exception):
    """The record is not what was sealed: `sequence` is the first line that does not fit."""

    def __init__(self, sequence: int, problem: str) -> None:
        self.sequence = sequence
        super().__init__(f"line {sequence}: {problem}")


@dataclass(frozen=True)
class Verified:
    """An intact chain: how many lines, and the hash that stands for all of them."""

    lines: int
    head_hash: str


def verify(*, anchor: str | None = None) -> Verified:
    """Recompute every seal.

    `anchor` is the hash of any line that somebody kept outside: a chain that was cut off before
    it, or written anew, does not have it.

    Raises:
        BrokenRecord: a line is missing, was changed or moved, or the anchor is not there.
    """
    expected, previous_hash = 1, chain.GENESIS
    found = anchor in {None, chain.GENESIS}
    for line in RecordLine.objects.sealed().iterator(chunk_size=1000):
        _check(line, sequence=expected, previous_hash=previous_hash)
        expected, previous_hash = expected + 1, line.line_hash
        found = found or line.line_hash == anchor
    if not found:
        raise BrokenRecord(
            expected, f"the chain ends before it without the hash {anchor}, so lines were cut off"
        )
    return Verified(lines=expected - 1, head_hash=previous_hash)


def _check(line: RecordLine, *, sequence: int, previous_hash: str) -> None:
    if line.sequence != sequence:
        raise BrokenRecord(sequence, f"is missing; the next one there is {line.sequence}")
    if line.previous_hash != previous_hash:
        raise BrokenRecord(sequence, "does not name the hash of the line before it")
    if line.line_hash != chain.digest(line, sequence=sequence, previous_hash=previous_hash):
        raise BrokenRecord(sequence, "its contents are not what was sealed")
