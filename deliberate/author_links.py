"""The one link from a statement to its author's account: sealed, opened only to send them news.

The account's id is encrypted (AES-GCM) under a key made from the conversation's, so it ends when
that is destroyed. The news are mails of which nothing is kept: a row that says when somebody was
told would tie their account to the statement that was decided then, and so to their votes.

This module alone writes AuthorLink.
"""

import hashlib
import hmac
import logging
import secrets
from datetime import timedelta
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django_tasks import task

from accounts import notice_mail
from accounts.models import Follow, User
from deliberate import conversation_keys
from deliberate.models import AuthorLink, Conversation, Statement

logger = logging.getLogger(__name__)

NONCE_BYTES: Final = 12
PURPOSE: Final = b"sealed author of a statement"
# A mail that could not be sent is tried again from the first to the second of these.
RETRY_AFTER: Final = timedelta(minutes=10)
RETRY_UNTIL: Final = timedelta(days=3)


def seal(statement: Statement, *, account_id: int) -> None:
    """Keep whose statement it is, in the transaction that stores it."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    # Eight bytes whatever the number: the length tells nothing.
    number = account_id.to_bytes(8, "big")
    sealed = _cipher(statement.conversation).encrypt(nonce, number, _about(statement))
    AuthorLink.objects.create(statement=statement, sealed=nonce + sealed)


def tell(statement: Statement, *, kind: str) -> None:
    """Have the author told, if they have an account; in the transaction of what it is about."""
    _note([statement.pk], kind=kind)


def tell_all(conversation: Conversation, *, kind: str) -> None:
    """Have everybody told once who wrote a statement there with an account."""
    links = AuthorLink.objects.filter(statement__conversation=conversation)
    _note(list(links.values_list("statement_id", flat=True)), kind=kind)


def forget(*, account_id: int, conversation: Conversation, statement_ids: list[int]) -> int:
    """Delete the links of that account's own statements; how many there were."""
    links = AuthorLink.objects.filter(
        statement__in=statement_ids, statement__conversation=conversation
    ).select_related("statement__conversation")
    own = [link.pk for link in links if _account_of(link) == account_id]
    return AuthorLink.objects.filter(pk__in=own).delete()[0]


@task()
def send(conversation_id: int) -> None:
    """Send the news that wait in a conversation: one mail for an account and kind of news."""
    told: set[tuple[int, str]] = set()
    waiting = AuthorLink.objects.filter(statement__conversation_id=conversation_id).exclude(news="")
    for pk in list(waiting.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            link = (
                AuthorLink.objects.select_for_update(of=("self",), skip_locked=True)
                .select_related("statement__conversation")
                .filter(pk=pk)
                .exclude(news="")
                .first()
            )
            if link is None:
                continue
            account_id = _account_of(link)
            if account_id is not None and (account_id, link.news) not in told:
                _mail(account_id, link)
                told.add((account_id, link.news))
            # After sending: a crash between the two sends a second mail rather than none.
            link.news, link.news_since = "", None
            link.save(update_fields=["news", "news_since"])


def retry() -> int:
    """Enqueue again what a mail server that was away did not take; how many were given up."""
    now = timezone.now()
    waiting = AuthorLink.objects.exclude(news="")
    given_up = waiting.filter(news_since__lte=now - RETRY_UNTIL).update(news="", news_since=None)
    stuck = waiting.filter(news_since__lt=now - RETRY_AFTER)
    for pk in set(stuck.values_list("statement__conversation_id", flat=True)):
        send.enqueue(pk)
    return given_up


def _note(statement_ids: list[int], *, kind: str) -> None:
    links = AuthorLink.objects.filter(statement__in=statement_ids)
    if not links.update(news=kind, news_since=timezone.now()):
        return
    (conversation_id,) = set(links.values_list("statement__conversation_id", flat=True))
    send.enqueue(conversation_id)


def _mail(account_id: int, link: AuthorLink) -> None:
    conversation = link.statement.conversation
    user = User.objects.filter(pk=account_id).first()
    page = conversation.get_absolute_url()
    if user is None:
        return
    if link.news.startswith("conversation."):
        # Whoever follows the page is told by that.
        if (
            link.news == "conversation.closed"
            and Follow.objects.filter(user=user, path=page).exists()
        ):
            return
        path = page
    else:
        path = reverse("deliberate:my-votes", args=[conversation.slug])
    notice_mail.send_unkept(user, kind=link.news, path=path)


def _account_of(link: AuthorLink) -> int | None:
    """Whose it is; None when nobody can tell any more."""
    conversation = link.statement.conversation
    if conversation_keys.is_destroyed(conversation):
        return None
    sealed = bytes(link.sealed)
    nonce, words = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    try:
        number = _cipher(conversation).decrypt(nonce, words, _about(link.statement))
    except InvalidTag:
        logger.error("The author's link of statement %s does not open.", link.statement_id)
        return None
    return int.from_bytes(number, "big")


def _cipher(conversation: Conversation) -> AESGCM:
    return AESGCM(hmac.digest(conversation_keys.of(conversation), PURPOSE, hashlib.sha256))


def _about(statement: Statement) -> bytes:
    """What the seal is for: moved to another statement it does not open."""
    return str(statement.pk).encode()
