"""Conversations and statements in the reader's language, the original where none fits."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from django.conf import settings
from django.utils.translation import get_language

from deliberate.models import Conversation, Statement, StatementText


class Text(Protocol):
    """A translation beside its original."""

    @property
    def language(self) -> str:
        """What it is written in."""


@dataclass(frozen=True)
class Words:
    """A text in its language; of a translation, who made it."""

    language: str
    text: str
    source: str = ""


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
    original = Words(statement.language, statement.text)
    if base(original.language) == base(language or get_language() or ""):
        return _worded(statement.number, original, (), language=language)
    texts = (Words(text.language, text.text, text.source) for text in statement.texts.all())
    return _worded(statement.number, original, texts, language=language)


class StatementWordings(Mapping[int, StatementWording]):
    """A conversation's accepted statements in one language, by number.

    Two queries that make no rows' objects; a page that names five of two hundred statements
    words five.
    """

    def __init__(self, conversation: Conversation, *, language: str | None = None) -> None:
        self._language = language or get_language() or ""
        accepted = Statement.objects.accepted().filter(conversation=conversation)
        self._originals = {
            number: Words(written_in, text)
            for number, written_in, text in accepted.values_list("number", "language", "text")
        }
        self._texts: dict[int, list[Words]] = defaultdict(list)
        texts = StatementText.objects.filter(statement__in=accepted)
        if any(base(one.language) != base(self._language) for one in self._originals.values()):
            for number, *words in texts.values_list(
                "statement__number", "language", "text", "source"
            ):
                self._texts[number].append(Words(*words))

    def __getitem__(self, number: int) -> StatementWording:
        return _worded(
            number,
            self._originals[number],
            self._texts.get(number, ()),
            language=self._language,
        )

    def __contains__(self, number: object) -> bool:
        return number in self._originals

    def __iter__(self) -> Iterator[int]:
        return iter(self._originals)

    def __len__(self) -> int:
        return len(self._originals)


def _worded(
    number: int, original: Words, texts: Iterable[Words], *, language: str | None
) -> StatementWording:
    text = best(texts, original=original.language, language=language)
    return StatementWording(
        number=number,
        text_here=text.text if text else original.text,
        language_here=text.language if text else original.language,
        original_text=original.text,
        original_language=original.language,
        translated_by=str(StatementText.Source(text.source).label) if text else "",
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
