"""Where a language has few words of its own another's stand in, and never English."""

import pytest
from babel.messages.catalog import Catalog
from django.utils import translation

from config import catalogues, offered_languages
from tests.frontend.entries import Words, compiled_catalogue

STAND_INS = [row for row in offered_languages.ALL if row.interface]


@pytest.mark.parametrize("row", STAND_INS, ids=lambda row: row.code)
def test_language_with_few_words_of_its_own_says_that_it_is_in_another(
    row: offered_languages.Language, urdu: Words
):
    translated = sum(
        catalogues.is_translated(entry) for entry in catalogues.read(catalogues.path(row.code))
    )

    # From half of the words on, a page is in the language itself: take `interface` away.
    assert translated < len(urdu) / 2
    assert translation.get_language_info(row.code)["name_local"] == row.own_name


@pytest.mark.parametrize("row", STAND_INS, ids=lambda row: row.code)
def test_missing_words_are_urdu_and_never_english(row: offered_languages.Language, urdu: Words):
    compiled = compiled_catalogue(row.code)

    english = [
        entry.id
        for (context, word), entry in urdu.items()
        if isinstance(word, str)
        and entry.string != word
        and word == (compiled.pgettext(context, word) if context else compiled.gettext(word))
    ]

    assert english == []
    assert compiled.gettext("November") == "نومبر"


def test_own_words_come_before_those_of_the_stand_in():
    mine, other = Catalog(locale="sd"), Catalog(locale="ur")
    mine.add("Agree", "متفق آهيان")
    mine.add("Pass", "")
    for word in ("Agree", "Pass"):
        other.add(word, "اردو")
    other.add(("%(n)d vote", "%(n)d votes"), ("%(n)d ووٹ", "%(n)d ووٹ"))
    other.add("Guess", "اندازہ", flags=["fuzzy"])

    made = catalogues.filled(mine, then=[other])

    assert [made["Agree"].string, made["Pass"].string] == ["متفق آهيان", "اردو"]
    assert made["%(n)d vote"].string == ("%(n)d ووٹ", "%(n)d ووٹ")
    assert made.get("Guess") is None


@pytest.mark.parametrize("code", ["et", "zh-hant"])
def test_plurals_that_we_leave_to_a_library_are_not_hidden(code: str):
    with translation.override(code):
        said = translation.ngettext(
            "Your password must contain at least %(min_length)d character.",
            "Your password must contain at least %(min_length)d characters.",
            12,
        )

    assert "password" not in said
