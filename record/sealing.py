"""Seals appended lines into the hash chain; a background step, so that appending takes no lock."""

from django.db import IntegrityError, models, transaction

from record import chain
from record.models import RecordLine


def step() -> None:
    """Seal everything that waits."""
    while seal():
        pass


def seal(limit: int = 500) -> int:
    """Seal up to `limit` lines in one transaction, by their ids; how many were sealed.

    A line that was committed late, with a lower id than sealed ones, is simply sealed later: the
    order of the seals is the order of the chain. Of two sealers at the same place the unique
    sequence lets one through; the other changes nothing and answers 0.
    """
    if not RecordLine.objects.filter(sequence__isnull=True).exists():
        # Most of the time: SQLite's one write lock is left to the votes.
        return 0
    try:
        with transaction.atomic():
            return _seal(limit)
    except IntegrityError:
        return 0


def _seal(limit: int) -> int:
    # Not RecordLine.objects: that one refuses every update, and this is the only one there is.
    unsealed = models.QuerySet[RecordLine](RecordLine).filter(sequence__isnull=True)
    # A second sealer waits here, and finds those lines sealed when it gets on.
    lines = list(unsealed.select_for_update().order_by("id")[:limit])
    sequence, previous_hash = head()
    for line in lines:
        sequence = sequence + 1
        line.line_hash = chain.digest(line, sequence=sequence, previous_hash=previous_hash)
        line.sequence, line.previous_hash = sequence, previous_hash
        previous_hash = line.line_hash
    unsealed.bulk_update(lines, ["sequence", "previous_hash", "line_hash"], batch_size=100)
    return len(lines)


def head() -> tuple[int, str]:
    """The number and the hash of the last sealed line, or where the chain begins."""
    last = RecordLine.objects.filter(sequence__isnull=False).order_by("-sequence").first()
    if last is None or last.sequence is None:
        return 0, chain.GENESIS
    return last.sequence, last.line_hash
