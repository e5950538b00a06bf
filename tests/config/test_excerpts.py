"""Passages are cut between words where a script has them, and are as wide in every script."""

import unicodedata
from pathlib import Path

import pytest
from django.template import Context, Template

from config import excerpts

ENGLISH = "Clean water for every street, before any new road is built. " * 9
URDU = "ہر گلی کے لیے صاف پانی، کسی بھی نئی سڑک سے پہلے۔ " * 9
CHINESE = "每條街道都要先有乾淨的水，然後才修建新的道路。" * 20
# Words and then none.
MIXED = "Uber 要" + "納管乘客要有保險" * 30
TEMPLATES = Path(__file__).parents[2] / "frontend" / "templates"


@pytest.mark.parametrize("text", [ENGLISH, URDU])
def test_beginning_ends_behind_a_word(text: str) -> None:
    passage = excerpts.beginning(text)

    kept = passage.removesuffix(" …")
    assert passage.endswith(" …")
    assert text.startswith(kept + " ")
    assert excerpts.LENGTH - excerpts.BEFORE <= len(kept) <= excerpts.LENGTH


@pytest.mark.parametrize("text", [CHINESE, MIXED])
def test_beginning_of_a_text_without_spaces_is_as_wide_as_others(text: str) -> None:
    kept = excerpts.beginning(text).removesuffix(" …")

    wide = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in kept)
    assert text.startswith(kept)
    assert excerpts.LENGTH - 2 <= wide <= excerpts.LENGTH


@pytest.mark.parametrize("text", ["", "Wells first", "先修井", "x" * 160, "水" * 80])
def test_beginning_of_a_short_text_is_all_of_it(text: str) -> None:
    assert excerpts.beginning(text) == text


def test_beginning_never_parts_a_mark_from_its_letter() -> None:
    kept = excerpts.beginning("กี่" * 200).removesuffix(" …")

    assert kept == "กี่" * excerpts.LENGTH


def test_beginning_of_nothing_but_marks_ends_too() -> None:
    assert len(excerpts.beginning("x" + "\u0301" * 5000)) < excerpts.MOST_LETTERS + 5


def test_beginning_is_one_line() -> None:
    assert excerpts.beginning(" Wells\n\nfirst ") == "Wells first"


def test_template_shortens_and_escapes() -> None:
    page = Template("{% load excerpts %}{{ text|beginning }}")

    said = page.render(Context({"text": "<b>" + CHINESE}))

    assert said.startswith("&lt;b&gt;每條街道")
    assert said.endswith(" …")
    assert len(said) < len(CHINESE) / 2


def test_no_template_shortens_by_counting_words() -> None:
    found = [str(at) for at in TEMPLATES.rglob("*.html") if "truncatewords" in at.read_text()]

    assert found == []


def test_passage_around_a_word_without_spaces_is_no_longer_than_others() -> None:
    text = CHINESE + "公園" + CHINESE

    pieces = excerpts.around(text, ["公園"])

    passage = "".join(piece.text for piece in pieces)
    assert [piece.text for piece in pieces if piece.is_found] == ["公園"]
    assert len(passage) <= excerpts.LENGTH / 2 + 4


def test_excerpt_marks_the_words_where_they_stand() -> None:
    text = "Before. " * 30 + "Here is clean water for all. " + "After. " * 30

    pieces = excerpts.around(text, ["wat"])

    passage = "".join(piece.text for piece in pieces)
    assert [piece.text for piece in pieces if piece.is_found] == ["wat"]
    assert passage.startswith("… ")
    assert passage.endswith(" …")
    assert len(passage) < excerpts.LENGTH + 10


@pytest.mark.parametrize(
    ("text", "words", "found"),
    [
        ("Clean water", ["water"], ["water"]),
        ("وہ كِتاب ہے", ["کتاب"], ["كِتاب"]),
        ("Straße 5", ["strasse"], ["Straße"]),
        ("水費,水費", ["水費"], ["水費", "水費"]),
        ("no such", ["word"], []),
        ("aa aa", ["aa", "a"], ["aa", "aa"]),
        ("", ["a"], []),
    ],
)
def test_excerpt_marks_what_was_written(text: str, words: list[str], found: list[str]) -> None:
    pieces = excerpts.marked(text, words)

    assert [piece.text for piece in pieces if piece.is_found] == found
    assert "".join(piece.text for piece in pieces) == text
