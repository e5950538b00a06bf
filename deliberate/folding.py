"""Texts folded for comparison: `fold` tells duplicates, `words` finds what somebody looks for.

Duplicates are refused, so `fold` passes over typography only. A search is to find, so `words`
also passes over marks, digits' scripts and the Arabic letters that keyboards mix up; a column of
them (`SearchableField`) is searched with LIKE, alike on every database.
"""

import unicodedata
from collections.abc import Iterable
from typing import Any, Final

from django.db import models
from django.db.models import Q

# Arabic keyboards write other letters than those of Pakistan's languages for the same sounds.
SAME_LETTERS: Final = str.maketrans({"ي": "ی", "ى": "ی", "ك": "ک", "ۃ": "ہ", "ة": "ہ", "ه": "ہ"})
# Drawn between letters or around them, and part of no word.
DROPPED: Final = "\u0640\u200b\u200c\u200d\u2060\ufeff'’ʼ"
# Marks over Latin and Arabic letters; in other scripts they are vowels, and stay.
MARKS: Final = (
    ("\u0300", "\u036f"),
    ("\u0610", "\u061a"),
    ("\u064b", "\u065f"),
    ("\u06d6", "\u06ed"),
)
ALONE_MARKS: Final = "\u0670"


def fold(text: str) -> str:
    """The text without the difference of case, forms, spaces and punctuation.

    Letters, numbers and the marks that belong to letters (vowel signs) stay.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in plain if unicodedata.category(letter)[0] in "LNM")


def searchable(*texts: str) -> str:
    """The words of the texts with a space before and behind each, as they are searched."""
    return f" {' '.join(word for text in texts for word in words(text))} "


def words(text: str) -> list[str]:
    """The folded words of a text, in its order."""
    return "".join(folded(letter) for letter in unicodedata.normalize("NFKC", text)).split()


def folded(letter: str) -> str:
    """What one character of a text counts as: letters, a space, or nothing."""
    if letter in DROPPED:
        return ""
    plain = unicodedata.normalize("NFKD", letter.casefold()).translate(SAME_LETTERS)
    return "".join(_kept(part) for part in plain)


def pattern(word: str) -> str:
    """What to look for among `searchable` texts: words that begin so.

    Scripts that put no spaces between words are looked through everywhere.
    """
    return word if is_unspaced(word[0]) else f" {word}"


def is_unspaced(letter: str) -> bool:
    """Whether the letter is of a script without spaces between words (Chinese, Japanese)."""
    return (
        "\u3040" <= letter <= "\u30ff" or "\u3400" <= letter <= "\u9fff" or letter >= "\U00020000"
    )


def all_of(found: Iterable[str], *, column: str = "search_words") -> Q:
    """The rows whose searchable column holds every one of the words."""
    condition = Q()
    for word in found:
        condition &= Q(**{f"{column}__contains": pattern(word)})
    return condition


class SearchableField(models.TextField[str, str]):
    """The `searchable` form of other columns of its row, made anew whenever the row is saved."""

    def __init__(self, *sources: str, **options: Any) -> None:
        self.sources = sources
        super().__init__(**{**options, "default": "", "editable": False})

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        made = searchable(*(getattr(model_instance, name) for name in self.sources))
        setattr(model_instance, self.attname, made)
        return made

    def deconstruct(self) -> Any:
        name, path, _arguments, options = super().deconstruct()
        del options["default"], options["editable"]
        return name, path, list(self.sources), options


def _kept(part: str) -> str:
    if part in ALONE_MARKS or any(first <= part <= last for first, last in MARKS):
        return ""
    if part.isdecimal():
        return str(unicodedata.decimal(part))
    return part if unicodedata.category(part)[0] in "LNM" else " "
