"""A conversation's key: made from its own secret and the site's, and destroyed in the end.

From it come the pseudonyms that votes hang on (participants.py) and the sealed links to authors
(author_links.py). Its own half is a column, the site's is outside the database. Once the half in
the database is gone, nothing leads from a vote to an account any more, whoever asks for it.

This module alone empties Conversation.secret.
"""

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts import identity_keys
from deliberate import errors, votes
from deliberate.models import AuthorLink, Conversation
from record import lines

DESTROYED_AT_ONCE: Final = 200


def of(conversation: Conversation) -> bytes:
    """The key of a conversation.

    Raises:
        KeyDestroyed: there is none any more.
    """
    if is_destroyed(conversation):
        raise errors.KeyDestroyed
    site_key = identity_keys.secret(conversation.key_id)
    return hmac.digest(site_key, bytes(conversation.secret), hashlib.sha256)


def is_destroyed(conversation: Conversation) -> bool:
    """Whether nobody can find their votes in it again."""
    return not bytes(conversation.secret)


def due_at(conversation: Conversation) -> datetime | None:
    """When the key will be destroyed; None while it is open, or once that is done."""
    if conversation.state != Conversation.State.CLOSED or is_destroyed(conversation):
        return None
    return (conversation.closes_at or conversation.created_at) + kept_for()


def kept_for() -> timedelta:
    """How long after closing decisions about statements can be appealed, and votes be found."""
    return timedelta(days=settings.KEY_KEPT_DAYS)


def destroy_due(*, now: datetime | None = None) -> int:
    """Destroy the keys of conversations that closed long enough ago; how many there were."""
    rows = due(now or timezone.now())
    return sum(destroy(pk) for pk in list(rows.values_list("pk", flat=True)[:DESTROYED_AT_ONCE]))


def destroy(conversation_id: int) -> bool:
    """Empty one closed conversation's secret and its sealed links; False if that was done before.

    Raises:
        ConversationOpen: it still takes votes.
    """
    from deliberate import statements  # noqa: PLC0415  (which seals authors with this key)

    with transaction.atomic():
        conversation = Conversation.objects.select_for_update().get(pk=conversation_id)
        if conversation.state != Conversation.State.CLOSED:
            raise errors.ConversationOpen
        if is_destroyed(conversation):
            return False
        conversation.secret = b""
        conversation.key_destroyed_at = timezone.now()
        conversation.save(update_fields=["secret", "key_destroyed_at"])
        AuthorLink.objects.filter(statement__conversation=conversation).delete()
        votes.forget_times(conversation)
        statements.forget_times(conversation)
        lines.append(kind="conversation.key_destroyed", subject=conversation.get_absolute_url())
    return True


def due(now: datetime) -> "QuerySet[Conversation]":
    """The conversations whose keys are to be destroyed at that moment."""
    # One that was closed by hand, without a time, is due as due_at says, not never.
    rows = Conversation.objects.alias(ended_at=Coalesce("closes_at", "created_at")).filter(
        state=Conversation.State.CLOSED,
        key_destroyed_at__isnull=True,
        ended_at__lte=now - kept_for(),
    )
    return rows.order_by("ended_at", "pk")
