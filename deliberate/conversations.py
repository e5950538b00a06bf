"""Conversations: how they open and close, and their own words.

This module alone writes ConversationText.
"""

from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts import notices
from deliberate import announcements, author_links
from deliberate.models import Conversation, ConversationText
from record import lines


def open_new(*, slug: str, title: str, **rules: Any) -> Conversation:
    """Open a conversation under the rules that it declares from its first moment."""
    with transaction.atomic():
        conversation = Conversation(slug=slug, title=title, state=Conversation.State.OPEN, **rules)
        conversation.full_clean()
        conversation.save()
        lines.append(
            kind="conversation.opened",
            subject=conversation.get_absolute_url(),
            facts={
                "participation": conversation.participation,
                "least_assurance": conversation.least_assurance,
                "residents_only": conversation.residents_only,
                "over_16_only": conversation.over_16_only,
                "data_policy": conversation.data_policy,
                "moderation": conversation.moderation,
                "seeds_first": conversation.seeds_first,
            },
        )
    return conversation


def translate(
    conversation: Conversation,
    *,
    language: str,
    title: str,
    introduction: str,
    promise: str,
    result: str = "",
) -> None:
    """Keep the conversation's own words in another language, instead of earlier ones."""
    ConversationText.objects.update_or_create(
        conversation=conversation,
        language=language,
        defaults={
            "title": title,
            "introduction": introduction,
            "promise": promise,
            "result": result,
        },
    )


def publish_result(conversation: Conversation, *, result: str) -> None:
    """Say on the conversation's page what came of it; the public record notes that it was said."""
    with transaction.atomic():
        changed = (
            Conversation.objects.filter(pk=conversation.pk)
            .exclude(result=result)
            .update(result=result)
        )
        if changed:
            lines.append(kind="conversation.result", subject=conversation.get_absolute_url())
            author_links.tell_all(conversation, kind="conversation.result")


def close(conversation: Conversation) -> None:
    """Close it for good: votes stay, the last tally and map are published."""
    now = timezone.now()
    with transaction.atomic():
        changed = Conversation.objects.filter(
            pk=conversation.pk, state=Conversation.State.OPEN
        ).update(
            state=Conversation.State.CLOSED,
            closes_at=min(conversation.closes_at or now, now),
            votes_version=F("votes_version") + 1,
        )
        if changed:
            path = conversation.get_absolute_url()
            lines.append(kind="conversation.closed", subject=path)
            notices.tell_followers(path, kind="conversation.closed")
            author_links.tell_all(conversation, kind="conversation.closed")
            announcements.conversation_changed(conversation.pk, is_open=False)


def step() -> None:
    """Close every conversation whose time has come."""
    due = Conversation.objects.filter(state=Conversation.State.OPEN, closes_at__lte=timezone.now())
    for conversation in due:
        close(conversation)
