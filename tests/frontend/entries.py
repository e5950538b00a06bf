"""The entries of our catalogues as tests read them: what each says, and which are ours."""

import re
from gettext import GNUTranslations

import pytest
from babel.messages.catalog import Message

from config import catalogues, offered_languages
from tests.frontend import extraction

Words = dict[extraction.Word, Message]

PLACEHOLDERS = re.compile(r"%\(\w+\)[sd]|%[sd%]|{\w*}|</?\w[^>]*>")
LATIN_WORDS = re.compile(r"[A-Za-z]{2,}")
# The languages of which every word is translated.
COMPLETE = [row.code for row in offered_languages.ALL if row.code != "en" and not row.interface]

every_complete_language = pytest.mark.parametrize("code", COMPLETE)


def forms_of(text: str | tuple[str, ...] | list[str]) -> list[str]:
    """A text's forms: itself, or the singular and the plural."""
    return [text] if isinstance(text, str) else list(text)


def said(entry: Message) -> str:
    """What an entry says, without what is filled in and without markup."""
    return " ".join(PLACEHOLDERS.sub(" ", form) for form in forms_of(entry.string))


def own(words: Words) -> list[Message]:
    """The entries that we translate ourselves, and not a library."""
    return [entry for entry in words.values() if catalogues.is_translated(entry)]


def compiled_catalogue(code: str) -> GNUTranslations:
    compiled = catalogues.path(code).with_suffix(".mo")
    assert compiled.exists(), "run `make catalogues`"
    with compiled.open("rb") as file:
        return GNUTranslations(file)
