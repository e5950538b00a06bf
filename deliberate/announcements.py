"""News for the watchers of a conversation: numbered in the transaction, sent after its commit.

Each raises the room's version by one under the conversation's row lock, so numbers are in the order
of the commits. Events are hints and may be lost: whoever sees a higher number than their own asks
for the snapshot.
"""

import asyncio
import logging
from typing import Any, Final

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import connection, transaction
from redis.exceptions import RedisError

from deliberate.frames import Event
from deliberate.models import Statement

logger = logging.getLogger(__name__)
# Redis may be gone without a word: nobody's request waits longer for it.
SEND_WITHIN: Final = 2.0


def room(conversation_id: int) -> str:
    """The name of a conversation's group on the channel layer: one member a process."""
    return f"conversation.{conversation_id}"


def statement_accepted(statement: Statement) -> None:
    """Tell the room of a new statement."""
    content = {"id": statement.number, "text": statement.text, "language": statement.language}
    _announce(statement.conversation_id, Event.STATEMENT_ACCEPTED, content, statements=True)


def statement_removed(statement: Statement) -> None:
    """Tell the room to stop showing a statement."""
    _announce(
        statement.conversation_id,
        Event.STATEMENT_REMOVED,
        {"id": statement.number},
        statements=True,
    )


def tally_moved(*, conversation_id: int, votes: int, participants: int, version: int) -> None:
    """Tell the room the counts that everyone may see."""
    content = {"votes": votes, "participants": participants, "votes_version": version}
    _announce(conversation_id, Event.TALLY, content)


def map_updated(*, conversation_id: int, version: int) -> None:
    """Tell the room that a newer map can be fetched; it has brought new priorities, too."""
    _announce(conversation_id, Event.MAP_UPDATED, {"votes_version": version}, statements=True)


def conversation_changed(conversation_id: int, *, is_open: bool) -> None:
    """Tell the room whether it takes votes from now on."""
    _announce(conversation_id, Event.CONVERSATION_CHANGED, {"open": is_open})


def statements_changed(conversation_id: int) -> None:
    """Words or priorities moved: processes read the statements anew, nobody is told."""
    _raise(conversation_id, room=0, statements=1)


def _announce(
    conversation_id: int, event: Event, content: dict[str, Any], *, statements: bool = False
) -> None:
    """Take the room's next number for the event, and send it once the transaction has committed."""
    version = _raise(conversation_id, room=1, statements=int(statements))
    message = {
        "type": "room.event",
        "event": event.value,
        "content": {**content, "version": version},
    }
    transaction.on_commit(lambda: _send(room(conversation_id), message), robust=True)


def _raise(conversation_id: int, *, room: int, statements: int) -> int:
    # Django's update() cannot return what it wrote.
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE deliberate_conversation SET room_version = room_version + %s,"
            " statements_version = statements_version + %s WHERE id = %s RETURNING room_version",
            [room, statements, conversation_id],
        )
        (version,) = cursor.fetchone()
    return int(version)


def _send(group: str, message: dict[str, Any]) -> None:
    try:
        async_to_sync(_publish)(group, message)
    except (OSError, RedisError, TimeoutError):
        # Redis is away: the act stands, and every process looks for the version by itself.
        logger.warning("An announcement could not be sent.")


async def _publish(group: str, message: dict[str, Any]) -> None:
    layer = get_channel_layer()
    if layer is not None:
        await asyncio.wait_for(layer.group_send(group, message), SEND_WITHIN)
