"""Pages of record lines, newest first."""

from dataclasses import dataclass

from django.db.models import QuerySet

from record.models import RecordLine

LINES_A_PAGE = 50
LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Listing:
    """Some lines, and where the older ones begin."""

    lines: list[RecordLine]
    # Give this as `before` for the next page; None on the last one.
    older: int | None
    is_first: bool


def page(lines: QuerySet[RecordLine], *, before: str = "") -> Listing:
    """The newest lines, or the newest of those before the one that a link named.

    No counting and no offsets: a page costs the same however long the record is, and its address
    shows the same lines tomorrow.
    """
    bound = whole_number(before)
    if bound is not None:
        lines = lines.filter(pk__lt=bound)
    rows = list(lines.order_by("-pk")[: LINES_A_PAGE + 1])
    older = rows[LINES_A_PAGE - 1].pk if len(rows) > LINES_A_PAGE else None
    return Listing(lines=rows[:LINES_A_PAGE], older=older, is_first=bound is None)


def whole_number(text: str) -> int | None:
    """A number from an address, or None for whatever else stands there."""
    try:
        number = int(text)
    except ValueError:
        return None
    return number if 0 <= number <= LARGEST else None
