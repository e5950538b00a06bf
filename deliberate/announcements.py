"""News for the watchers of a conversation, sent over the channel layer after the commit.

Events are hints and may be lost: whoever misses one asks for the state by its version.
"""

import logging
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction

from deliberate.models import Statement

logger = logging.getLogger(__name__)


def room(conversation_id: int) -> str:
    """The name of a conversation's group of sockets."""
    return f"conversation.{conversation_id}"


def statement_accepted(statement: Statement) -> None:
    """Tell the room of a new statement once the transaction has committed."""
    content = {"id": statement.number, "text": statement.text, "language": statement.language}
    _after_commit(statement.conversation_id, "statement.accepted", content)


def statement_removed(statement: Statement) -> None:
    """Tell the room to stop showing a statement."""
    _after_commit(statement.conversation_id, "statement.removed", {"id": statement.number})


def tally_moved(*, conversation_id: int, votes: int, participants: int, version: int) -> None:
    """Tell the room the counts that everyone may see."""
    content = {"votes": votes, "participants": participants, "votes_version": version}
    _after_commit(conversation_id, "tally", content)


def map_updated(*, conversation_id: int, version: int) -> None:
    """Tell the room that a newer map can be fetched."""
    _after_commit(conversation_id, "map.updated", {"votes_version": version})


def _after_commit(conversation_id: int, event: str, content: dict[str, Any]) -> None:
    message = {"type": "room.event", "event": event, "content": content}
    transaction.on_commit(lambda: _send(room(conversation_id), message), robust=True)


def _send(group: str, message: dict[str, Any]) -> None:
    layer = get_channel_layer()
    if layer is not None:
        try:
            async_to_sync(layer.group_send)(group, message)
        except OSError:
            # Redis is away: the act stands, and browsers catch up by version.
            logger.warning("An announcement could not be sent.")
