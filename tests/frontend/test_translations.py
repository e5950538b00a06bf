"""The languages in force: the one a browser asks for, its numbers and dates, errors in Urdu."""

import re
from datetime import UTC, datetime

import pytest
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
from tests.frontend.entries import LATIN_WORDS

URDU = re.compile(r"[\u0600-\u06ff]")


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
