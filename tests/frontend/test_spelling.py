"""Each language is written in its own letters and marks, and not left in English."""

import re

import pytest

from tests.frontend.entries import LATIN_WORDS, Words, forms_of, own, said

# Keyboards for Arabic have these; Urdu writes ی ک ہ ۃ instead, and Western digits here.
FOREIGN_LETTERS = set("يىكهةۀ٠١٢٣٤٥٦٧٨٩")
LATIN_MARKS = re.compile(r"[\u0600-\u06ff][.,;?]")
# Names of things, which are the same in every language.
NAMES = {"CSV", "Deliberate", "JSON", "SHA", "UTC", "comments", "csv", "hash", "line", "summary"}
ALSO_NAMES = {"zh-hant": NAMES | {"Cookie", "UUID", "lines"}, "ur": NAMES}
# Letters of simplified Chinese that have another form in Taiwan and Hong Kong.
SIMPLIFIED = set("们这说对时会见个过还没问题书东业为义习乡买乱争亲从仅众优传伤伦价")
HALF_WIDTH_MARKS = re.compile(r"[\u4e00-\u9fff][,;:?!]|[\u4e00-\u9fff]\.(?!\w)")


def test_urdu_is_written_in_urdu_letters_and_marks(urdu: Words):
    bad = [
        said(entry)
        for entry in urdu.values()
        if FOREIGN_LETTERS & set(said(entry)) or LATIN_MARKS.search(said(entry))
    ]

    assert bad == []


@pytest.mark.parametrize("code", ["ur", "zh-hant"])
def test_only_names_are_left_in_latin_letters(words: Words, code: str):
    left = {
        entry.id: set(LATIN_WORDS.findall(said(entry))) - ALSO_NAMES[code] for entry in own(words)
    }

    assert {word: latin for word, latin in left.items() if latin} == {}


@pytest.mark.parametrize("code", ["zh-hant"])
def test_chinese_has_the_letters_and_marks_of_taiwan(words: Words, code: str):
    bad = [
        said(entry)
        for entry in own(words)
        if SIMPLIFIED & set(said(entry)) or HALF_WIDTH_MARKS.search(said(entry))
    ]

    assert bad == []


@pytest.mark.parametrize("code", ["et"])
def test_estonian_is_not_left_in_english(words: Words, code: str):
    same = {entry.id for entry in own(words) if entry.string in (entry.id, forms_of(entry.id))}

    # Names, and words that are the same in both languages.
    assert same <= {
        "Deliberate",
        "Number",
        "Urdu",
        "%(percent)d %%",
        "%(percent)s %% %(choice)s",
        "Sindhi",
        "Saraiki",
    }
