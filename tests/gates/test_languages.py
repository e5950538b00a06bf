"""No page says in English what is to be read in another language, or breaks under longer words.

A page in stretched English (pseudo_locales.py) shows what is not marked for translation; one in
a language of other letters shows what is not translated.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from config import pseudo_locales
from tests.frontend import spoken
from tests.gates.people import People
from tests.gates.plain_http import ask
from tests.gates.samples import PAGES, Sample
from tests.gates.visits import Visitor

pytestmark = pytest.mark.browser

every_page = pytest.mark.parametrize("sample", PAGES, ids=str)
LATIN = re.compile(r"[A-Za-z]{2,}")
# Names and codes, which are the same in every language: addresses of mail, keys to type, and the
# demo's councils where a list to choose from cannot mark them; what the sample searches for.
SAME_EVERYWHERE = re.compile(
    r"Deliberate|English, stretched|English, mirrored|\bCSV\b|\bJSON( lines)?\b|\bSHA\b|\bQR\b"
    r"|\bUTC\b|\bUUID\b|\bline_hash\b|\bCookie\b|\w+\.csv|\S+@\S+|\b[A-Z2-7]{16,}\b|https?://\S+"
    r"|[A-Z][\w ]+ (Council|Committee)|\bqqqq\b"
)


@pytest.fixture(scope="module", autouse=True)
def _pseudo_locales():
    """Written for the server too: it reads the folder of the same name."""
    pseudo_locales.write(Path(settings.PSEUDO_LOCALES))


def spoken_texts(html: str) -> Iterator[spoken.Text]:
    """What the page itself says, outside of the brackets of a stretched language."""
    page = spoken.read(html)
    brackets = {"begin": pseudo_locales.BEGIN, "end": pseudo_locales.END}
    yield from spoken.outside(page.texts, **brackets)
    for text in page.attributes:
        yield from spoken.outside([text], **brackets)


def english_words(html: str) -> list[str]:
    """Latin words that the page itself says: not what people wrote, nor names."""
    page = spoken.read(html)
    written = [text.words.strip() for text in page.texts if text.is_isolated or text.is_foreign]
    return [
        f"{text.where}: {text.words.strip()}"
        for text in spoken_texts(html)
        if not text.is_isolated
        and not text.is_foreign
        and LATIN.search(SAME_EVERYWHERE.sub("", without(text, written)))
    ]


def without(text: spoken.Text, written: list[str]) -> str:
    """The text; a page's title without what somebody wrote, which has no markup there."""
    words = text.words
    if ">title" in text.where:
        for part in written:
            words = words.replace(part, "") if len(part) > 3 else words
    return words


@every_page
@pytest.mark.parametrize("language", ["en-xa", "ur", "zh-hant"])
def test_page_says_nothing_in_english(people: People, sample: Sample, language: str):
    cookies = people.cookies(role=sample.role, language=language)

    answer = ask(people.url(sample), cookies=cookies)

    assert f'lang="{language}"' in answer.text
    assert english_words(answer.text) == []


@every_page
def test_page_fits_a_phone_with_longer_words(visitor: Visitor, sample: Sample):
    # As long as the other stretched language, and from right to left besides.
    direction, too_wide = visitor.width(sample, "ar-xb")

    assert direction == "rtl"
    assert too_wide == []


def test_english_words_are_found_wherever_the_page_says_them():
    html = """<html lang="en-xa"><title>⟦Ţéxţ:⟧ this – Deliberate</title><p title="Hint">
        ⟦Ýóú <b>%d</b> ḿöŕé⟧ and <bdi>this</bdi> <span lang="ur">Ab</span> ⟦ìñ⟧</p></html>"""

    assert english_words(html) == ["html>p: and", "p title: Hint"]
