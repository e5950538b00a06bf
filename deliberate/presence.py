"""Participants who are still there: held for a transaction, so that nobody's part ends within it.

Whoever votes, writes, decides or leaves locks in one order, so that none waits for another in a
circle: participants, statements, votes, and last the conversation's row.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from django.db import connection

from deliberate import errors, many_rows
from deliberate.models import Participant

# The weakest lock that a change of the key waits for; votes' foreign keys would take it anyway.
HELD: Final = " FOR KEY SHARE"


def hold(ids: Iterable[int]) -> dict[int, bytes]:
    """The keys of those who are there: until the transaction ends nobody changes them."""
    among, parameters = many_rows.among("id", "bigint", sorted(set(ids)))
    lock = HELD if connection.vendor == "postgresql" else ""
    rows = many_rows.fetch(
        f"SELECT id, key FROM deliberate_participant WHERE {among} ORDER BY id{lock}",  # noqa: S608
        parameters,
    )
    return {pk: bytes(key) for pk, key in rows}


def require(participant: Participant) -> None:
    """Hold one who acts.

    Raises:
        ParticipantGone: they are not there under their key any more.
    """
    if not is_there(participant, hold([participant.pk])):
        raise errors.ParticipantGone


def is_there(participant: Participant, held: Mapping[int, bytes]) -> bool:
    """Whether they still are under the key that they were found by.

    Their account may have been erased since, or may go on with what their browser did.
    """
    return held.get(participant.pk) == bytes(participant.key)
