"""What identity providers call the things we ask for, and the file that names a site's providers.

A provider is an entry of the JSON file that OIDC_PROVIDERS names; docs/identity-providers.md
explains each word. This module knows no Django model, for the settings read it.
"""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

LEVELS: Final = ("low", "substantial", "high")
EIDAS: Final = {level: level for level in LEVELS}
DEFAULTS: Final[Mapping[str, Any]] = {
    "number_claim": "sub",
    # What of the claim is the number: the first group.
    "number_pattern": r"(.+)",
    # What stands before a number of this country, and is no part of it.
    "national_prefix": "",
    # Whether people are taken whose number is none of IDENTITY_NUMBERS.
    "foreign_numbers": True,
    "birth_date_claim": "birthdate",
    "area_claim": "",
    # {what the provider calls an area: the slug of a place of this site}.
    "areas": {},
    "assurance_claim": "acr",
    # {what the provider says: low, substantial or high}; whatever is not here is refused.
    "assurance": EIDAS,
    "required": "substantial",
    "acr_values": [],
    "scope": ["openid"],
    "fetch_userinfo": False,
    "token_auth_method": "client_secret_basic",
    # Where the sign-in page is, if it is on another host than the issuer.
    "sign_in_origin": "",
}
PRESETS: Final[Mapping[str, Mapping[str, Any]]] = {
    # Estonia: the Information System Authority's service; all data is in the ID token.
    "tara": {
        "name": "TARA",
        "issuer": "https://tara.ria.ee",
        "number_pattern": r"([A-Z]{2}.+)",
        "national_prefix": "EE",
        "birth_date_claim": "profile_attributes.date_of_birth",
        "acr_values": ["substantial"],
    },
    # Pakistan: a provider in front of the national register; its contract tells the claims' names.
    "pakistan": {
        "name": "NADRA",
        "number_claim": "cnic",
        "number_pattern": r"\D*((?:\d\D*){13})",
        "foreign_numbers": False,
        "area_claim": "district",
        "scope": ["openid", "profile"],
        "fetch_userinfo": True,
    },
}
OWN_WORDS: Final = {
    "id", "preset", "name", "issuer", "client_id", "client_secret", "client_secret_env"
}  # fmt: skip
NEEDED: Final = ("id", "name", "issuer", "client_id")


def read(path: str, *, may_be_plain: bool) -> list[dict[str, Any]]:
    """allauth's entries for the providers of that file; none without a file.

    Raises:
        ImproperlyConfigured: the file is not there, or does not say what it must.
    """
    if not path:
        return []
    try:
        entries = json.loads(Path(path).read_text())
    except (OSError, ValueError) as error:
        raise ImproperlyConfigured(f"OIDC_PROVIDERS: {path} cannot be read: {error}") from None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ImproperlyConfigured("OIDC_PROVIDERS: the file must hold a list of providers.")
    found = [app(entry, may_be_plain=may_be_plain) for entry in entries]
    if len({one["provider_id"] for one in found}) < len(found):
        raise ImproperlyConfigured("OIDC_PROVIDERS: two providers have the same id.")
    return found


def app(entry: Mapping[str, Any], *, may_be_plain: bool) -> dict[str, Any]:
    """One provider as allauth wants it, with everything of ours under `settings`.

    Raises:
        ImproperlyConfigured: something is missing, misspelt or unsafe.
    """
    preset = PRESETS.get(entry.get("preset", ""), {})
    if entry.get("preset") and not preset:
        raise _wrong(f"there is no preset {entry['preset']!r}")
    unknown = set(entry) - OWN_WORDS - set(DEFAULTS)
    if unknown:
        raise _wrong(f"nobody knows {', '.join(sorted(unknown))}")
    said = {**DEFAULTS, **preset, **entry}
    missing = [word for word in NEEDED if not said.get(word)]
    if missing:
        raise _wrong(f"a provider needs {', '.join(missing)}")
    if not re.fullmatch(r"[a-z0-9-]{1,40}", said["id"]):
        raise _wrong("an id is small letters, digits and dashes, 40 at most")
    _check(said, may_be_plain=may_be_plain)
    return {
        "provider_id": said["id"],
        "name": said["name"],
        "client_id": said["client_id"],
        "secret": _secret(said),
        "settings": {
            **{word: said[word] for word in DEFAULTS},
            "provider": said["id"],
            "server_url": said["issuer"].rstrip("/"),
            "sign_in_origin": said["sign_in_origin"] or _origin(said["issuer"]),
            "oauth_pkce_enabled": True,
        },
    }


def _check(said: Mapping[str, Any], *, may_be_plain: bool) -> None:
    for word in ("issuer", "sign_in_origin"):
        scheme = urlsplit(said[word]).scheme
        if said[word] and scheme != "https" and not (may_be_plain and scheme == "http"):
            raise _wrong(f"{word} must begin with https://")
    if said["required"] not in LEVELS or not set(said["assurance"].values()) <= set(LEVELS):
        raise _wrong(f"a level of assurance is one of {', '.join(LEVELS)}")
    if not re.fullmatch("[A-Z0-9]*", said["national_prefix"]):
        raise _wrong("national_prefix is capitals and digits")
    if not isinstance(said["foreign_numbers"], bool):
        raise _wrong("foreign_numbers is true or false")
    try:
        groups = re.compile(said["number_pattern"]).groups
    except re.error as error:
        raise _wrong(f"number_pattern: {error}") from None
    if groups != 1:
        raise _wrong("number_pattern must have one group: the number")


def _secret(said: Mapping[str, Any]) -> str:
    name = said.get("client_secret_env", "")
    secret = os.environ.get(name, "") if name else said.get("client_secret", "")
    if not secret:
        raise _wrong("a provider needs client_secret or client_secret_env")
    return str(secret)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _wrong(why: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"OIDC_PROVIDERS: {why} (docs/identity-providers.md).")
