"""Ballots by the id that their sender gave them: one effect, one answer, however often they come.

This module alone writes BallotReceipt, in the transaction that counts the ballot.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID, uuid5

from django.db import connection
from django.utils import timezone

from deliberate import many_rows
from deliberate.models import BallotReceipt, Choice

COLUMNS: Final = (
    ("participant_id", "bigint"),
    ("ballot_id", "uuid"),
    ("statement_id", "bigint"),
    ("choice", "smallint"),
    ("counted_at", "timestamptz"),
)
# A phone that was off for a holiday still gets its first answer.
KEPT_FOR: Final = timedelta(days=60)
FORGOTTEN_AT_ONCE: Final = 5000
# So often one form, kept by a browser, changes its mind; more are refused.
TURNS: Final = 50
UUIDS = BallotReceipt._meta.get_field("ballot_id")

Key = tuple[int, UUID]


class Receipt(NamedTuple):
    """What a ballot with that id said; choice None took a vote back."""

    participant_id: int
    ballot_id: UUID
    statement_id: int
    choice: Choice | None
    counted_at: datetime


def keep(receipts: Iterable[Receipt]) -> set[Key]:
    """Note ballots that are being counted; the keys of those that nobody had sent before.

    Two transactions with the same ballot wait here for each other, before either counts it.
    """
    # In one order, so that two batches cannot wait for each other both ways.
    rows = sorted({receipt[:2]: receipt for receipt in receipts}.values(), key=lambda row: row[:2])
    new = many_rows.insert(
        "deliberate_ballotreceipt",
        COLUMNS,
        [_adapted(row) for row in rows],
        on_conflict=" ON CONFLICT (participant_id, ballot_id) DO NOTHING",
        returning="participant_id, ballot_id",
    )
    if len(new) == len(rows):
        return {row[:2] for row in rows}
    return {(participant, UUID(str(ballot))) for participant, ballot in new}


def earlier(keys: Sequence[Key]) -> dict[Key, BallotReceipt]:
    """The receipts of those of the ballots that were counted before, with their statements."""
    if not keys:
        return {}
    found = BallotReceipt.objects.filter(
        participant_id__in={participant for participant, _ballot in keys},
        ballot_id__in={ballot for _participant, ballot in keys},
    ).select_related("statement")
    return {(receipt.participant_id, receipt.ballot_id): receipt for receipt in found}


def of_form(
    *, participant_id: int, form: UUID, statement_number: int, choice: Choice | None
) -> UUID:
    """The id of a ballot that a form sends, which a browser keeps and may send several times.

    The same choice again is the same ballot. Another one than the form's last is a new one: whoever
    goes back may choose otherwise, and change their mind again.
    """
    turns = [form, *(uuid5(form, str(turn)) for turn in range(1, TURNS))]
    found = earlier([(participant_id, turn) for turn in turns])
    kept = [turn for turn in turns if (participant_id, turn) in found]
    if not kept:
        return form
    last = found[participant_id, kept[-1]]
    if (last.statement.number, last.choice) == (statement_number, choice):
        return kept[-1]
    return turns[min(turns.index(kept[-1]) + 1, TURNS - 1)]


def forget_old(*, now: datetime | None = None) -> int:
    """Delete the receipts of ballots that no phone will send again; how many there were.

    A vote that comes later than that is judged as a new one: the statement's latest choice by
    the order in which the server heard them.
    """
    before = (now or timezone.now()) - KEPT_FOR
    forgotten = 0
    while True:
        # Ids grow with time, so the oldest are found without an index that each vote would pay.
        oldest = BallotReceipt.objects.order_by("id").values_list("id", "counted_at")
        old = [pk for pk, counted_at in oldest[:FORGOTTEN_AT_ONCE] if counted_at < before]
        if not old:
            return forgotten
        rows = BallotReceipt.objects.filter(pk__lte=max(old), counted_at__lt=before)
        forgotten += rows.delete()[0]


def _adapted(row: Receipt) -> tuple[int | UUID | str | datetime | None, ...]:
    choice = None if row.choice is None else int(row.choice)
    ballot_id = UUIDS.get_db_prep_value(row.ballot_id, connection)
    counted_at = connection.ops.adapt_datetimefield_value(row.counted_at)
    return row.participant_id, ballot_id, row.statement_id, choice, counted_at
