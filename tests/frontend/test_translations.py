"""The interface in Urdu: complete, up to date, in Urdu's own letters, and in force."""

import re
from collections import Counter
from datetime import UTC, datetime
from gettext import GNUTranslations

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from django import forms
from django.contrib.auth.password_validation import (
    password_validators_help_texts,
    validate_password,
)
from django.core.exceptions import ValidationError
from django.template import Context, Template
from django.utils import translation

from accounts.models import User
from tests.frontend import extraction

CATALOGUE = extraction.ROOT / "frontend/locale/ur/LC_MESSAGES/django.po"
COMPILED = CATALOGUE.with_suffix(".mo")
PLACEHOLDERS = re.compile(r"%\(\w+\)[sd]|%[sd%]|{\w*}|</?\w[^>]*>")
# Keyboards for Arabic have these; Urdu writes ی ک ہ ۃ instead, and Western digits here.
FOREIGN_LETTERS = set("يىكهةۀ٠١٢٣٤٥٦٧٨٩")
LATIN_MARKS = re.compile(r"[\u0600-\u06ff][.,;?]")
LATIN_WORDS = re.compile(r"[A-Za-z]{2,}")
# Names of things, which are the same in every language.
NAMES = {"Deliberate", "JSON", "SHA", "comments", "csv", "hash", "line", "summary"}
URDU = re.compile(r"[\u0600-\u06ff]")


@pytest.fixture(scope="module")
def catalogue() -> dict[extraction.Word, Message]:
    with CATALOGUE.open("rb") as file:
        entries = read_po(file, locale="ur", abort_invalid=True)
    assert not entries.obsolete, "obsolete entries: run `make messages`"
    return {(entry.context, entry.id): entry for entry in entries if entry.id}


def forms_of(text: str | tuple[str, ...] | list[str]) -> list[str]:
    """A text's forms: itself, or the singular and the plural."""
    return [text] if isinstance(text, str) else list(text)


def said(entry: Message) -> str:
    """What an entry says in Urdu, without what is filled in and without markup."""
    return " ".join(PLACEHOLDERS.sub(" ", form) for form in forms_of(entry.string))


def test_catalogue_has_every_word_of_our_sources_and_no_other(catalogue):
    found = extraction.ours()

    missing = [(str(source), word) for word, source in found.items() if word not in catalogue]

    assert missing == [], "run `make messages` and translate"
    assert [word for word in catalogue if word not in found] == [], "run `make messages`"


def test_catalogue_has_what_allauth_says_on_our_pages(catalogue):
    # Words with a plural are looked up by their singular.
    known = {(context, forms_of(word)[0]) for context, word in catalogue}

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


def test_every_entry_is_translated_in_all_its_forms(catalogue):
    bad = [
        entry.id
        for entry in catalogue.values()
        if entry.fuzzy
        or len(forms_of(entry.string)) != len(forms_of(entry.id))
        or not all(form.strip() for form in forms_of(entry.string))
    ]

    assert bad == []


def test_every_entry_keeps_placeholders_and_markup(catalogue):
    bad = [
        (entry.id, form)
        for entry in catalogue.values()
        for form in forms_of(entry.string)
        if Counter(PLACEHOLDERS.findall(form))
        != Counter(PLACEHOLDERS.findall(forms_of(entry.id)[-1]))
    ]

    assert bad == []


def test_every_entry_is_written_in_urdu_letters_and_marks(catalogue):
    bad = [
        said(entry)
        for entry in catalogue.values()
        if FOREIGN_LETTERS & set(said(entry)) or LATIN_MARKS.search(said(entry))
    ]

    assert bad == []


def test_every_entry_leaves_only_names_in_latin_letters(catalogue):
    left = {entry.id: set(LATIN_WORDS.findall(said(entry))) - NAMES for entry in catalogue.values()}

    assert {word: latin for word, latin in left.items() if latin} == {}


def test_compiled_catalogue_says_what_the_catalogue_says(catalogue):
    assert COMPILED.exists(), "run `make catalogues`"
    with COMPILED.open("rb") as file:
        compiled = GNUTranslations(file)

    stale = [
        word
        for (context, word), entry in catalogue.items()
        if isinstance(word, str)
        and entry.string
        != (compiled.pgettext(context, word) if context else compiled.gettext(word))
    ]

    assert stale == [], "run `make catalogues`"


@pytest.mark.parametrize(
    ("number", "sentence"), [(0, "0 افراد"), (1, "1 فرد"), (2, "2 افراد"), (1000, "1000 افراد")]
)
def test_numbers_choose_the_form_of_the_word(number: int, sentence: str):
    with translation.override("ur"):
        words = translation.ngettext("%(count)d person", "%(count)d people", number)

    assert words % {"count": number} == sentence


def in_urdu(text: str) -> bool:
    """Whether a text is in Urdu, whatever single letters somebody typed into it."""
    return bool(URDU.search(text)) and not LATIN_WORDS.search(text)


class EveryField(forms.Form):
    """A field of each kind that our forms and allauth's have."""

    address = forms.EmailField(label="-")
    number = forms.IntegerField(label="-", min_value=2, max_value=4)
    key = forms.UUIDField(label="-")
    choice = forms.ChoiceField(label="-", choices=[("a", "-")])
    account = forms.ModelChoiceField(User.objects.none(), label="-")
    text = forms.CharField(label="-", min_length=3, max_length=4)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "typed",
    [
        {},
        dict.fromkeys(EveryField.base_fields, "x"),
        {"number": "1", "text": "abcde", "account": "7"},
        {"number": "5", "text": "a\0bc"},
    ],
)
def test_what_is_wrong_with_a_form_is_said_in_urdu(typed: dict[str, str]):
    with translation.override("ur"):
        errors = [str(error) for field in EveryField(typed).errors.values() for error in field]

    assert len(errors) >= len(EveryField.base_fields)
    assert [error for error in errors if not in_urdu(error)] == []


def test_rules_for_passwords_are_said_in_urdu():
    with translation.override("ur"):
        said_before = password_validators_help_texts()
        with pytest.raises(ValidationError) as short_and_common:
            validate_password("qwerty")
        with pytest.raises(ValidationError) as like_the_address:
            validate_password("somebody@example", User(email="somebody@example.org"))
        said_after = short_and_common.value.messages + like_the_address.value.messages

    assert (len(said_before), len(said_after)) == (3, 3)
    assert [text for text in said_before + said_after if not in_urdu(text)] == []


@pytest.mark.parametrize(
    ("pattern", "written"),
    [
        ('{{ at|date:"DATE_FORMAT" }}', "22 نومبر 2026"),
        ('{{ at|date:"TIME_FORMAT" }}', "14:05"),
        ('{{ at|date:"DATETIME_FORMAT" }}', "22 نومبر 2026، 14:05"),
        ('{{ number|floatformat:"g" }}', "1,234,567"),
    ],
)
def test_dates_and_numbers_are_written_as_in_pakistan(pattern: str, written: str):
    values = {"at": datetime(2026, 11, 22, 14, 5, tzinfo=UTC), "number": 1_234_567}

    with translation.override("ur"):
        assert Template(pattern).render(Context(values)) == written


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/petitions/", "/record/", "/accounts/login/"])
def test_page_is_in_urdu_from_right_to_left(client, address: str):
    answer = client.get(address, headers={"accept-language": "ur"})

    text = answer.content.decode()
    assert '<html lang="ur" dir="rtl">' in text
    assert 'href="#main">براہِ راست مواد پر جائیں</a>' in text
