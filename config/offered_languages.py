"""The languages on offer: names, direction, and whose words stand in where theirs are missing.

Read by the settings, so it asks nothing of Django but the table of languages that it adds to.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf.locale import LANG_INFO
from django.core.exceptions import ImproperlyConfigured


def gettext_noop(word: str) -> str:
    """Mark a word for the catalogues; Django's own of this name would ask for the settings."""
    return word


@dataclass(frozen=True)
class Language:
    """One language that a reader can choose."""

    code: str
    # In English; the settings hand it to whoever shows it in the reader's language.
    name: str
    own_name: str
    is_rtl: bool = False
    # The languages read instead where a text is missing, the nearest first.
    then: tuple[str, ...] = ("en",)
    # The language that the interface's words are in, where it is another.
    interface: str = ""
    # Whether somebody whose language it is has read the translation.
    is_reviewed: bool = True
    # Only for looking at pages in development: never in a list of languages.
    is_pseudo: bool = False

    @property
    def interface_language(self) -> str:
        """What a page in this language says about its own words (`<html lang>`)."""
        return self.interface or self.code

    @property
    def chain(self) -> tuple[str, ...]:
        """Whose texts to look for, in this order; the original comes after them."""
        return (self.code, *self.then)


def _of_pakistan(code: str, name: str, own_name: str) -> Language:
    """A language whose readers learnt to read in Urdu, and whose catalogue is still empty."""
    return Language(code, name, own_name, is_rtl=True, then=("ur", "en"), interface="ur")


ALL = (
    Language("en", gettext_noop("English"), "English", then=()),
    Language("ur", gettext_noop("Urdu"), "اردو", is_rtl=True),
    _of_pakistan("pnb", gettext_noop("Punjabi (Shahmukhi)"), "پنجابی"),
    _of_pakistan("ps", gettext_noop("Pashto"), "پښتو"),
    _of_pakistan("sd", gettext_noop("Sindhi"), "سنڌي"),
    _of_pakistan("skr", gettext_noop("Saraiki"), "سرائیکی"),
    _of_pakistan("bal", gettext_noop("Balochi"), "بلۏچی"),
    Language("et", gettext_noop("Estonian"), "Eesti", is_reviewed=False),
    Language("zh-hant", gettext_noop("Traditional Chinese"), "繁體中文", is_reviewed=False),
)
PSEUDO = (
    Language("en-xa", "English, stretched", "[Éñĝļîšĥ]", is_pseudo=True),
    Language("ar-xb", "English, mirrored", "[mirrored]", is_rtl=True, is_pseudo=True),
)
# What browsers call them beside our own codes. Punjabi in Pakistan is written in Arabic letters;
# Django's `pa` is in Gurmukhi, which its readers cannot read.
OTHER_CODES = {
    "pa-pk": "pnb",
    "pa-arab": "pnb",
    "lah": "pnb",
    "bcc": "bal",
    "bgn": "bal",
    "bgp": "bal",
    "pbt": "ps",
    "pbu": "ps",
    "pst": "ps",
    "snd": "sd",
}


def offered(codes: Iterable[str], *, with_pseudo: bool) -> tuple[Language, ...]:
    """The languages of these codes in their own order, and made known to Django.

    Raises:
        ImproperlyConfigured: there is no such language here, or English is left out.
    """
    codes = list(codes)
    known = {language.code: language for language in ALL}
    if unknown := [code for code in codes if code not in known]:
        raise ImproperlyConfigured(f"SITE_LANGUAGES: {unknown} not among {sorted(known)}.")
    if "en" not in codes:
        raise ImproperlyConfigured("SITE_LANGUAGES must have en: the sources are in English.")
    chosen = (*(known[code] for code in codes), *(PSEUDO if with_pseudo else ()))
    for language in chosen:
        LANG_INFO.setdefault(
            language.code,
            {
                "bidi": language.is_rtl,
                "code": language.code,
                "name": language.name,
                "name_local": language.own_name,
            },
        )
    for other, code in OTHER_CODES.items():
        for variant in (other, f"{other}-pk"):
            LANG_INFO.setdefault(variant, {"fallback": [code]})
    return chosen
