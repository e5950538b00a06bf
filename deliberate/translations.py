"""Translations beside statements and conversations: kept, corrected, removed, put back.

This module alone changes StatementText and ConversationText of a conversation that is under way,
and alone writes TranslationVersion.
"""

from collections.abc import Mapping
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import offices, permissions
from accounts.models import Role, User
from deliberate import announcements, errors
from deliberate.models import (
    Conversation,
    ConversationText,
    Statement,
    StatementText,
    TranslationVersion,
)
from deliberate.statements import hold, tidy
from deliberate.wording import base
from record import lines

# In the order in which an act is told as theirs.
TRANSLATORS: Final = (Role.FACILITATOR, Role.MODERATOR, Role.SENIOR_MODERATOR)
# The conversation's own words, and how long each may be.
FIELDS: Final[Mapping[str, int]] = {
    "title": 200,
    "introduction": 20_000,
    "promise": 20_000,
    "result": 20_000,
}
LONGEST: Final = 1000
Source = StatementText.Source


def keep_statement(
    *,
    statement_id: int,
    language: str,
    text: str,
    by: User,
    seen: int | None,
    source: str = Source.HUMAN,
) -> None:
    """Keep a statement's text in that language instead of an earlier one; empty removes it.

    `seen` is the version that the translator saw, None where there was none.

    Raises:
        NotEntitled: they hold no role that translates.
        TranslationRefused: it is the statement's own language, not offered, or too long.
        StaleVersion: somebody has changed it in the meantime, or the statement was rejected.
    """
    text = tidy(text)
    with transaction.atomic():
        statement = hold([statement_id]).select_related("conversation").get()
        office = _office(by)
        _check_language(language, original=statement.language)
        if len(text) > LONGEST:
            raise errors.TranslationRefused(_("A translation has at most 1,000 characters."))
        if statement.state == Statement.State.REJECTED:
            raise errors.StaleVersion
        words = {"text": text} if text else {}
        if not _add_version(statement.conversation, statement, language, words, source, by, seen):
            return
        texts = StatementText.objects.filter(statement=statement, language=language)
        if text:
            row = texts.first() or StatementText(statement=statement, language=language)
            row.text, row.source = text, Source(source)
            row.save()
        else:
            texts.delete()
        lines.append(
            kind="translation.kept" if text else "translation.removed",
            subject=statement.conversation.get_absolute_url(),
            facts={"statement": statement.number, "language": language, "by": office},
        )
        announcements.statements_changed(statement.conversation_id)


def keep_conversation(
    *,
    conversation_id: int,
    language: str,
    words: Mapping[str, str],
    by: User,
    seen: int | None,
) -> None:
    """Keep the conversation's own words in that language; without a title they are removed.

    Raises:
        NotEntitled, TranslationRefused, StaleVersion: as for a statement.
    """
    kept = {name: words.get(name, "").strip() for name in FIELDS}
    with transaction.atomic():
        conversation = Conversation.objects.select_for_update(no_key=True).get(pk=conversation_id)
        office = _office(by)
        _check_language(language, original=conversation.language)
        if any(len(kept[name]) > limit for name, limit in FIELDS.items()):
            raise errors.TranslationRefused(_("That is too long."))
        if not kept["title"] and any(kept.values()):
            raise errors.TranslationRefused(_("Translate the title too."))
        stored = kept if kept["title"] else {}
        if not _add_version(conversation, None, language, stored, Source.HUMAN, by, seen):
            return
        texts = ConversationText.objects.filter(conversation=conversation, language=language)
        if stored:
            row = texts.first() or ConversationText(conversation=conversation, language=language)
            for name, value in kept.items():
                setattr(row, name, value)
            row.save()
        else:
            texts.delete()
        lines.append(
            kind="conversation.translated" if stored else "conversation.untranslated",
            subject=conversation.get_absolute_url(),
            facts={"language": language, "by": office},
        )


def versions(
    conversation: Conversation, *, language: str, statement_ids: list[int] | None = None
) -> dict[int | None, list[TranslationVersion]]:
    """What was written so far, the newest first: {statement id, None for the conversation: …}."""
    found: dict[int | None, list[TranslationVersion]] = {}
    rows = TranslationVersion.objects.filter(conversation=conversation, language=language)
    if statement_ids is not None:
        rows = rows.filter(statement_id__in=statement_ids) | rows.filter(statement=None)
    for row in rows.order_by("-pk"):
        found.setdefault(row.statement_id, []).append(row)
    return found


def _office(by: User) -> str:
    """The role in which they act: asked here again, it may have been taken away."""
    held = offices.of(by)
    for role in TRANSLATORS:
        if role in held and permissions.allows("translation.keep", roles={role}):
            return role.value
    raise errors.NotEntitled(_("Only facilitators and moderators translate here."))


def _check_language(language: str, *, original: str) -> None:
    if language not in settings.LANGUAGE_CHAINS or base(language) == base(original):
        raise errors.TranslationRefused


def _add_version(
    conversation: Conversation,
    statement: Statement | None,
    language: str,
    words: dict[str, str],
    source: str,
    by: User,
    seen: int | None,
) -> bool:
    """Add to the history unless nothing changes; the first change keeps what stood before."""
    history = TranslationVersion.objects.filter(
        conversation=conversation, statement=statement, language=language
    )
    newest = history.last()
    if (newest.pk if newest else None) != seen:
        raise errors.StaleVersion
    before = _words_now(conversation, statement, language)
    if before == (words, source if words else ""):
        return False
    versions: list[tuple[dict[str, str], str, User | None]] = [(words, source, by)]
    if newest is None and before[0]:
        # Came with an import or with the conversation itself.
        versions.insert(0, (*before, None))
    for said, made_by, person in versions:
        TranslationVersion.objects.create(
            conversation=conversation,
            statement=statement,
            language=language,
            words=said,
            source=made_by,
            written_by=person,
        )
    return True


def _words_now(
    conversation: Conversation, statement: Statement | None, language: str
) -> tuple[dict[str, str], str]:
    if statement is not None:
        text = StatementText.objects.filter(statement=statement, language=language).first()
        return ({"text": text.text}, text.source) if text else ({}, "")
    words = ConversationText.objects.filter(conversation=conversation, language=language).first()
    if words is None:
        return {}, ""
    return {name: getattr(words, name) for name in FIELDS}, Source.HUMAN
