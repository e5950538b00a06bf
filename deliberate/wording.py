"""Conversations and statements in the reader's language, the original where none fits."""

from dataclasses import dataclass

from django.utils.translation import get_language

from deliberate.models import Conversation, Statement


@dataclass(frozen=True)
class StatementWording:
    """A statement as one reader sees it."""

    number: int
    text_here: str
    language_here: str
    original_text: str
    original_language: str

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


def statement_here(statement: Statement, *, language: str | None = None) -> StatementWording:
    """The statement in the reader's language; fetch `texts` beforehand where there are many."""
    wanted = _base(language or get_language() or "")
    text, shown = statement.text, statement.language
    if _base(shown) != wanted:
        for translation in statement.texts.all():
            if _base(translation.language) == wanted:
                text, shown = translation.text, translation.language
    return StatementWording(
        number=statement.number,
        text_here=text,
        language_here=shown,
        original_text=statement.text,
        original_language=statement.language,
    )


def conversation_here(
    conversation: Conversation, *, language: str | None = None
) -> ConversationWording:
    """The conversation's words in the reader's language; fetch `texts` beforehand for lists."""
    wanted = _base(language or get_language() or "")
    if _base(conversation.language) != wanted:
        for text in conversation.texts.all():
            if _base(text.language) == wanted:
                return ConversationWording(
                    text.title, text.introduction, text.promise, text.language
                )
    return ConversationWording(
        conversation.title,
        conversation.introduction,
        conversation.promise,
        conversation.language,
    )


def _base(language: str) -> str:
    """zh-hant stays, en-gb becomes en: scripts matter to readers, countries seldom."""
    language = language.lower()
    return language if language.startswith("zh") else language.split("-")[0]
