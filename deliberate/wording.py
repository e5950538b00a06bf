"""Conversations and statements in the reader's language, the original where none fits."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from django.conf import settings
from django.utils.translation import get_language

from deliberate.models import Conversation, Statement


class Text(Protocol):
    """A translation beside its original."""

    language: str


AnyText = TypeVar("AnyText", bound=Text)


@dataclass(frozen=True)
class StatementWording:
    """A statement as one reader sees it."""

    number: int
    text_here: str
    language_here: str
    original_text: str
    original_language: str
    # Who made the translation shown, in the reader's words; nothing when it is the original.
    translated_by: str = ""

    @property
    def is_translation(self) -> bool:
        """Whether the text shown is not the author's own."""
        return self.language_here != self.original_language


@dataclass(frozen=True)
class ConversationWording:
    """A conversation's own words as one reader sees them."""

    title_here: str
    introduction_here: str
    promise_here: str
    language_here: str
    # What came of it, once it is closed: written later, so a translation may be without it.
    result_here: str = ""
    result_language_here: str = ""


def chain(language: str) -> tuple[str, ...]:
    """The languages in which to look for a reader's text, the best first."""
    wanted = base(language)
    return settings.LANGUAGE_CHAINS.get(wanted, (wanted, "en"))


def best(texts: Iterable[AnyText], *, original: str, language: str | None = None) -> AnyText | None:
    """The translation that serves the reader best, or None: the original does.

    A translator's slip of storing one in the original's own language is never preferred to it.
    """
    found = {base(text.language): text for text in texts}
    for wanted in chain(language or get_language() or ""):
        if wanted == base(original):
            return None
        if wanted in found:
            return found[wanted]
    return None


def statement_here(statement: Statement, *, language: str | None = None) -> StatementWording:
    """The statement in the reader's language; fetch `texts` beforehand where there are many."""
    text = None
    if base(statement.language) != base(language or get_language() or ""):
        text = best(statement.texts.all(), original=statement.language, language=language)
    return StatementWording(
        number=statement.number,
        text_here=text.text if text else statement.text,
        language_here=text.language if text else statement.language,
        original_text=statement.text,
        original_language=statement.language,
        translated_by=text.get_source_display() if text else "",
    )


def conversation_here(
    conversation: Conversation, *, language: str | None = None
) -> ConversationWording:
    """The conversation's words in the reader's language; fetch `texts` beforehand for lists."""
    text = None
    if base(conversation.language) != base(language or get_language() or ""):
        text = best(conversation.texts.all(), original=conversation.language, language=language)
    shown = text or conversation
    ending = text if text and text.result else conversation
    return ConversationWording(
        title_here=shown.title,
        introduction_here=shown.introduction,
        promise_here=shown.promise,
        language_here=shown.language,
        result_here=ending.result,
        result_language_here=ending.language,
    )


def base(language: str) -> str:
    """zh-hant stays, en-gb becomes en: scripts matter to readers, countries seldom."""
    language = language.lower()
    return language if language.startswith("zh") else language.split("-")[0]
