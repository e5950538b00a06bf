"""Ballots by the id that their sender gave them: one effect, one answer, however often they come.

This module alone writes BallotReceipt, in the transaction that counts the ballot.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from deliberate.models import BallotReceipt, Choice

# Rows in one INSERT; SQLite takes at most 32,766 parameters, four of them a row.
ROWS_AT_ONCE = 1000
UUIDS = BallotReceipt._meta.get_field("ballot_id")

Key = tuple[int, UUID]


class Receipt(NamedTuple):
    """What a ballot with that id said; choice None took a vote back."""

    participant_id: int
    ballot_id: UUID
    statement_id: int
    choice: Choice | None


def keep(receipts: Iterable[Receipt]) -> set[Key]:
    """Note ballots that are being counted; the keys of those that nobody had sent before.

    Two transactions with the same ballot wait here for each other, before either counts it.
    """
    # In one order, so that two batches cannot wait for each other both ways.
    rows = sorted({receipt[:2]: receipt for receipt in receipts}.values(), key=lambda row: row[:2])
    new: set[Key] = set()
    with connection.cursor() as cursor:
        for start in range(0, len(rows), ROWS_AT_ONCE):
            part = rows[start : start + ROWS_AT_ONCE]
            # Django's bulk_create cannot say which rows were new; RETURNING can.
            cursor.execute(
                "INSERT INTO deliberate_ballotreceipt"  # noqa: S608
                " (participant_id, ballot_id, statement_id, choice)"
                f" VALUES {', '.join(['(%s, %s, %s, %s)'] * len(part))}"
                " ON CONFLICT (participant_id, ballot_id) DO NOTHING"
                " RETURNING participant_id, ballot_id",
                [value for row in part for value in _adapted(row)],
            )
            new |= {(participant, UUID(str(ballot))) for participant, ballot in cursor.fetchall()}
    return new


def earlier(keys: Sequence[Key]) -> dict[Key, BallotReceipt]:
    """The receipts of those of the ballots that were counted before, with their statements."""
    if not keys:
        return {}
    found = BallotReceipt.objects.filter(
        participant_id__in={participant for participant, _ballot in keys},
        ballot_id__in={ballot for _participant, ballot in keys},
    ).select_related("statement")
    return {(receipt.participant_id, receipt.ballot_id): receipt for receipt in found}


def _adapted(row: Receipt) -> tuple[int | UUID | str | None, ...]:
    choice = None if row.choice is None else int(row.choice)
    ballot_id = UUIDS.get_db_prep_value(row.ballot_id, connection)
    return row.participant_id, ballot_id, row.statement_id, choice
