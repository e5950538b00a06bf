"""From what a provider said of a person to what is kept: everything else ends here.

A number becomes its keyed hashes, a birth date "over 16" or not, a district the slug of a place.
Names, addresses and the like are never looked at.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from accounts import identity

COMES_OF_AGE: Final = 16


class NoNumber(Exception):
    """The provider has sent no identity number of the kind that it was expected to send."""


class TooLittleAssurance(Exception):
    """The provider is not sure enough of who that is."""


@dataclass(frozen=True)
class Identified:
    """A person as the provider knows them, as far as we want to know it."""

    name: identity.Name
    assurance: str
    area: str = ""
    over_16: bool | None = None


def read(claims: Mapping[str, Any], settings: Mapping[str, Any], *, today: date) -> Identified:
    """What is kept of the claims, by the provider's settings (presets.py).

    Raises:
        TooLittleAssurance: less than the provider's entry requires, or not told at all.
        NoNumber: there is no such number in it.
    """
    said = _value(claims, settings["assurance_claim"])
    assurance = settings["assurance"].get(said) if isinstance(said, str) else None
    if assurance is None or not identity.is_at_least(assurance, settings["required"]):
        raise TooLittleAssurance
    return Identified(
        name=_name(claims, settings),
        assurance=assurance,
        area=_area(claims, settings),
        over_16=_over_16(_value(claims, settings["birth_date_claim"]), today=today),
    )


def _name(claims: Mapping[str, Any], settings: Mapping[str, Any]) -> identity.Name:
    number = _value(claims, settings["number_claim"])
    found = re.fullmatch(settings["number_pattern"], number) if isinstance(number, str) else None
    if found is None:
        raise NoNumber
    prefix = settings["national_prefix"]
    try:
        return identity.name(found[1].removeprefix(prefix))
    except identity.NotANumber:
        if not settings["foreign_numbers"] or (prefix and found[1].startswith(prefix)):
            raise NoNumber from None
    try:
        return identity.foreign(found[1], provider=settings["provider"])
    except identity.NotANumber:
        raise NoNumber from None


def _area(claims: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    said = _value(claims, settings["area_claim"]) if settings["area_claim"] else None
    return str(settings["areas"].get(said, "")) if isinstance(said, str) else ""


def _over_16(said: Any, *, today: date) -> bool | None:
    try:
        born = date.fromisoformat(said)
        birthday = born.replace(year=born.year + COMES_OF_AGE)
    except (TypeError, ValueError):
        # Nothing told, or born on 29 February and coming of age in a year without one.
        if not (isinstance(said, str) and re.fullmatch(r"\d{4}-02-29", said)):
            return None
        birthday = date(int(said[:4]) + COMES_OF_AGE, 3, 1)
    return today >= birthday


def _value(claims: Mapping[str, Any], path: str) -> Any:
    """The claim of that name, or the one inside another: `profile_attributes.date_of_birth`."""
    value: Any = claims
    for word in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(word)
    return value
