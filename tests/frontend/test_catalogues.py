"""Each complete language has every word that our sources mark, and no other."""

import os
import subprocess
import sys
from collections import Counter
from gettext import GNUTranslations

from babel import Locale
from django import forms

from config import catalogues, offered_languages
from tests.frontend import extraction
from tests.frontend.entries import (
    PLACEHOLDERS,
    Words,
    compiled_catalogue,
    every_complete_language,
    forms_of,
    own,
    said,
)

# What stands on buttons and in the row of links must not be longer.
SHORT = {
    (None, "Agree"): 16,
    (None, "Disagree"): 16,
    ("a vote", "Pass"): 16,
    (None, "Conversations"): 14,
    (None, "Petitions"): 14,
    ("the public record, short", "Record"): 14,
    (None, "Sign in"): 16,
    (None, "Sign out"): 16,
    (None, "Account"): 14,
}


def of_libraries(code: str) -> set[tuple[str | None, str]]:
    """The words that Django and allauth have in that language."""
    return {
        (entry.context, forms_of(entry.id)[0])
        for catalogue in catalogues.of_libraries(code)
        for entry in catalogue
        if entry.id and catalogues.is_translated(entry)
    }


@every_complete_language
def test_catalogue_has_every_word_of_our_sources_and_no_other(words: Words, code: str):
    found = extraction.ours()

    missing = [(str(source), word) for word, source in found.items() if word not in words]

    assert missing == [], "run `make messages` and translate"
    assert [word for word in words if word not in found] == [], "run `make messages`"


@every_complete_language
def test_every_word_is_translated_here_or_by_its_library(words: Words, code: str):
    elsewhere = set() if code == "ur" else of_libraries(code)

    missing = [
        entry.id
        for (context, word), entry in words.items()
        if not catalogues.is_translated(entry) and (context, forms_of(word)[0]) not in elsewhere
    ]

    assert missing == []


@every_complete_language
def test_no_entry_is_fuzzy(words: Words, code: str):
    assert [entry.id for entry in words.values() if entry.fuzzy] == []


@every_complete_language
def test_entries_have_the_plural_forms_of_the_language(words: Words, code: str):
    rule = Locale.parse(catalogues.folder_of(code)).plural_form
    wanted = len({rule(number) for number in range(200)})

    bad = [
        entry.id
        for entry in own(words)
        if not isinstance(entry.id, str) and len(entry.string) != wanted
    ]

    assert bad == []
    assert catalogues.read(catalogues.path(code)).num_plurals == wanted


@every_complete_language
def test_every_entry_keeps_placeholders_and_markup(words: Words, code: str):
    bad = [
        (entry.id, form)
        for entry in own(words)
        for form in forms_of(entry.string)
        if Counter(PLACEHOLDERS.findall(form))
        != Counter(PLACEHOLDERS.findall(forms_of(entry.id)[-1]))
    ]

    assert bad == []


@every_complete_language
def test_words_on_buttons_and_links_are_short(words: Words, code: str):
    long = {
        word: words[word].string for word, limit in SHORT.items() if len(said(words[word])) > limit
    }

    assert long == {}


@every_complete_language
def test_compiled_catalogue_says_what_the_catalogue_says(words: Words, code: str):
    compiled = compiled_catalogue(code)

    stale = [
        word
        for (context, word), entry in words.items()
        if isinstance(word, str)
        and catalogues.is_translated(entry)
        and entry.string
        != (compiled.pgettext(context, word) if context else compiled.gettext(word))
    ]

    assert stale == [], "run `make catalogues`"


def test_catalogues_compile_without_the_programs_of_gettext():
    before = words_of(compiled_catalogue("sd"))

    subprocess.run(
        [sys.executable, "-m", "config.catalogues"],
        cwd=extraction.ROOT,
        env={**os.environ, "PATH": "/nowhere"},
        check=True,
    )

    assert words_of(compiled_catalogue("sd")) == before


def words_of(compiled: GNUTranslations) -> dict[object, str]:
    """Everything but the header, which has the time in it."""
    return {word: text for word, text in compiled._catalog.items() if word}


@every_complete_language
def test_catalogue_says_whether_it_needs_a_review(code: str):
    row = next(row for row in offered_languages.ALL if row.code == code)

    header = catalogues.path(code).read_text().split("\n\n")[0]

    assert ('"X-Review: needed\\n"' in header) is not row.is_reviewed


def test_urdu_has_what_allauth_says_on_our_pages(urdu: Words):
    # Words with a plural are looked up by their singular.
    known = {(context, forms_of(word)[0]) for context, word in urdu}

    missing = [
        (str(source), context, word)
        for (context, word), source in extraction.of_allauth().items()
        if (context, forms_of(word)[0]) not in known
    ]

    assert missing == [], "add them to config/library_words.py, run `make messages` and translate"


def test_library_words_are_still_said_by_the_libraries():
    marked = set(extraction.words(extraction.ROOT / "config/library_words.py"))
    django = {
        word
        for name in ("db/models/fields", "forms", "core/validators.py", "utils/dateformat.py")
        for word in library_words(name)
    } | set(library_words("contrib/auth/password_validation.py"))

    stale = marked - set(extraction.of_allauth()) - django

    assert stale == set(), "take them out of config/library_words.py"


def library_words(name: str) -> list[extraction.Word]:
    """The words that a module or a folder of Django marks."""
    place = extraction.Path(forms.__file__).parents[1] / name
    sources = [place] if place.is_file() else sorted(place.glob("*.py"))
    return [word for source in sources for word in extraction.words(source)]
