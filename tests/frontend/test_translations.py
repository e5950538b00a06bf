"""The interface's languages: each complete and in force, Urdu in Urdu's own letters."""

import os
import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from gettext import GNUTranslations

import pytest
from babel import Locale
from babel.messages.catalog import Catalog, Message
from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import (
    password_validators_help_texts,
    validate_password,
)
from django.core.exceptions import ValidationError
from django.template import Context, Template
from django.utils import translation

from accounts.models import User
from config import catalogues, offered_languages
from tests.frontend import extraction

Words = dict[extraction.Word, Message]

PLACEHOLDERS = re.compile(r"%\(\w+\)[sd]|%[sd%]|{\w*}|</?\w[^>]*>")
# Keyboards for Arabic have these; Urdu writes ی ک ہ ۃ instead, and Western digits here.
FOREIGN_LETTERS = set("يىكهةۀ٠١٢٣٤٥٦٧٨٩")
LATIN_MARKS = re.compile(r"[\u0600-\u06ff][.,;?]")
LATIN_WORDS = re.compile(r"[A-Za-z]{2,}")
# Names of things, which are the same in every language.
NAMES = {"CSV", "Deliberate", "JSON", "SHA", "UTC", "comments", "csv", "hash", "line", "summary"}
ALSO_NAMES = {"zh-hant": NAMES | {"Cookie", "UUID", "lines"}, "ur": NAMES}
URDU = re.compile(r"[\u0600-\u06ff]")
# Letters of simplified Chinese that have another form in Taiwan and Hong Kong.
SIMPLIFIED = set("们这说对时会见个过还没问题书东业为义习乡买乱争亲从仅众优传伤伦价")
HALF_WIDTH_MARKS = re.compile(r"[\u4e00-\u9fff][,;:?!]|[\u4e00-\u9fff]\.(?!\w)")
# The languages of which every word is translated.
COMPLETE = [row.code for row in offered_languages.ALL if row.code != "en" and not row.interface]
STAND_INS = [row for row in offered_languages.ALL if row.interface]
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

every_complete_language = pytest.mark.parametrize("code", COMPLETE)


@pytest.fixture(scope="module")
def all_words() -> dict[str, Words]:
    """The catalogue of each complete language."""
    found = {}
    for code in COMPLETE:
        entries = catalogues.read(catalogues.path(code))
        assert not entries.obsolete, "obsolete entries: run `make messages`"
        found[code] = {(entry.context, entry.id): entry for entry in entries if entry.id}
    return found


@pytest.fixture
def words(all_words: dict[str, Words], code: str) -> Words:
    """The catalogue of the language that the test is about."""
    return all_words[code]


@pytest.fixture
def urdu(all_words: dict[str, Words]) -> Words:
    """The catalogue of Urdu, which has what Django and allauth say too."""
    return all_words["ur"]


def forms_of(text: str | tuple[str, ...] | list[str]) -> list[str]:
    """A text's forms: itself, or the singular and the plural."""
    return [text] if isinstance(text, str) else list(text)


def said(entry: Message) -> str:
    """What an entry says, without what is filled in and without markup."""
    return " ".join(PLACEHOLDERS.sub(" ", form) for form in forms_of(entry.string))


def own(words: Words) -> list[Message]:
    """The entries that we translate ourselves, and not a library."""
    return [entry for entry in words.values() if catalogues.is_translated(entry)]


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


def compiled_catalogue(code: str) -> GNUTranslations:
    compiled = catalogues.path(code).with_suffix(".mo")
    assert compiled.exists(), "run `make catalogues`"
    with compiled.open("rb") as file:
        return GNUTranslations(file)


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


# Urdu


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


# The languages that nobody has reviewed


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


@every_complete_language
def test_catalogue_says_whether_it_needs_a_review(code: str):
    row = next(row for row in offered_languages.ALL if row.code == code)

    header = catalogues.path(code).read_text().split("\n\n")[0]

    assert ('"X-Review: needed\\n"' in header) is not row.is_reviewed


# The languages for which Urdu stands in


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


# In force


def test_every_language_on_offer_can_be_activated():
    codes = [row.code for row in settings.OFFERED_LANGUAGES if not row.is_pseudo]

    assert [code for code in codes if not translation.check_for_language(code)] == []


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("pa-PK", "pnb"),
        ("pa-Arab-PK,en;q=0.5", "pnb"),
        # Gurmukhi, which is not on offer.
        ("pa,en;q=0.5", "en"),
        ("pa-IN", "en"),
        ("skr-PK", "skr"),
        ("sd", "sd"),
        ("ps-AF,ur;q=0.5", "ps"),
        ("ur-PK", "ur"),
        ("zh-TW", "zh-hant"),
        ("zh-HK", "zh-hant"),
        ("et-EE", "et"),
        ("tlh", "en"),
    ],
)
def test_browsers_language_leads_to_ours(rf, asked: str, given: str):
    request = rf.get("/", headers={"accept-language": asked})

    assert translation.get_language_from_request(request) == given


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
    assert '<html lang="ur" dir="rtl"' in text
    assert 'href="#main">براہِ راست مواد پر جائیں</a>' in text
