"""Reads a conversation's votes out of the database into arrays, without an object per vote.

PostgreSQL sends them in the binary form of COPY, whose rows of fixed width numpy reads as they
come. SQLite, for small sites, is read row by row.
"""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from deliberate.models import Conversation, Statement, Vote
from opinion_map import maths
from opinion_map.maths.blocks import ScratchFile
from opinion_map.maths.chunks import from_chunks
from opinion_map.maths.vote_matrix import VoteMatrix

# One row of COPY … (FORMAT BINARY): a count of fields, and each field behind its length.
# https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS-BINARY
ROW = np.dtype(
    [
        ("fields", ">i2"),
        ("participant_length", ">i4"),
        ("participant", ">i8"),
        ("statement_length", ">i4"),
        ("statement", ">i4"),
        ("choice_length", ">i4"),
        ("choice", ">i2"),
    ]
)
SIGNATURE = b"PGCOPY\n\xff\r\n\x00"
# Behind the signature: flags, and the length of a header extension that nobody uses.
HEADER_BYTES = len(SIGNATURE) + 8
TRAILER_BYTES = 2
# Bytes of rows that are turned into arrays at a time.
CHUNK_BYTES = 8 * 1024 * 1024
# Rows of the other databases that are turned into arrays at a time.
CHUNK_ROWS = 100_000

Columns = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int8]]


def read(conversation: Conversation) -> maths.Votes:
    """The conversation's votes, statements by their numbers.

    Votes on statements that are rejected, pending or metadata are there but excluded.
    """
    return maths.Votes(*columns(conversation), excluded=excluded(conversation))


def matrix(conversation: Conversation, *, scratch: ScratchFile | None = None) -> VoteMatrix:
    """The conversation's votes in canonical order, without ever holding them all as rows.

    With `scratch` they are not in memory at all: see `maths.chunks.from_chunks`.
    """
    left_out = excluded(conversation)
    numbers = Statement.objects.filter(conversation=conversation).values_list("number", flat=True)
    live = [number for number in numbers if number not in left_out]
    return from_chunks(pieces(conversation), statements=live, scratch=scratch)


def pieces(conversation: Conversation) -> Iterator[maths.Votes]:
    """The conversation's votes some megabytes at a time, in the order of participants."""
    if connection.vendor == "postgresql":
        for rows in _copied_rows(conversation.pk, order="ORDER BY v.participant_id"):
            yield maths.Votes(*_arrays(rows))
        return
    rows = _values(conversation).order_by("participant_id").iterator(chunk_size=10_000)
    while some := list(islice(rows, CHUNK_ROWS)):
        yield maths.Votes(*_table(some))


def columns(conversation: Conversation) -> Columns:
    """Participants' ids, statements' numbers and choices, one of each for a vote."""
    return _copied(conversation) if connection.vendor == "postgresql" else _rows(conversation)


def excluded(conversation: Conversation) -> frozenset[int]:
    """The numbers of the statements that the map leaves out."""
    statements = Statement.objects.filter(conversation=conversation)
    left_out = statements.exclude(state=Statement.State.ACCEPTED, is_metadata=False)
    return frozenset(left_out.values_list("number", flat=True))


def _values(conversation: Conversation) -> Any:
    return Vote.objects.filter(statement__conversation=conversation).values_list(
        "participant_id", "statement__number", "choice"
    )


def _rows(conversation: Conversation) -> Columns:
    return _table(_values(conversation).iterator(chunk_size=10_000))


def _table(rows: Iterable[tuple[int, int, int]]) -> Columns:
    table = np.fromiter(chain.from_iterable(rows), dtype=np.int64).reshape(-1, 3)
    return table[:, 0], table[:, 1].astype(np.int32), table[:, 2].astype(np.int8)


def _arrays(rows: NDArray[np.void]) -> Columns:
    return (
        rows["participant"].astype(np.int64),
        rows["statement"].astype(np.int32),
        rows["choice"].astype(np.int8),
    )


def _copied(conversation: Conversation) -> Columns:
    parts = [_arrays(rows) for rows in _copied_rows(conversation.pk)]
    empty = (np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.int8))
    participants, statements, choices = zip(empty, *parts, strict=True)
    return np.concatenate(participants), np.concatenate(statements), np.concatenate(choices)


def _copied_rows(conversation_id: int, *, order: str = "") -> Iterator[NDArray[np.void]]:
    """The rows as COPY sends them, some megabytes at a time."""
    waiting = bytearray()
    skipped = False
    with connection.cursor() as cursor:
        with cursor.copy(
            "COPY (SELECT v.participant_id::bigint, s.number::integer, v.choice::smallint"  # noqa: S608
            " FROM deliberate_vote v JOIN deliberate_statement s ON s.id = v.statement_id"
            f" WHERE s.conversation_id = %s {order}) TO STDOUT (FORMAT BINARY)",
            [conversation_id],
        ) as copy:
            for block in copy:
                waiting += block
                if not skipped and len(waiting) >= HEADER_BYTES:
                    del waiting[:HEADER_BYTES]
                    skipped = True
                if len(waiting) >= CHUNK_BYTES:
                    yield _taken(waiting)
        del waiting[-TRAILER_BYTES:]
        yield _taken(waiting)


def _taken(waiting: bytearray) -> NDArray[np.void]:
    """The whole rows at the start of the buffer, taken out of it.

    The trailer is shorter than a row, so it is never mistaken for one.
    """
    whole = len(waiting) // ROW.itemsize * ROW.itemsize
    rows = np.frombuffer(bytes(waiting[:whole]), dtype=ROW)
    del waiting[:whole]
    return rows
