"""Proofs of identity: one keyed hash a person, never the number itself.

This module alone writes IdentityProof.
"""

import hashlib
import hmac
import unicodedata

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.models import IdentityProof, User

# The name of the key in use; a rotation adds another and hashes again at the next proof.
KEY_ID = "1"


class AlreadyProved(Exception):
    """The number, or the account, has a proof already: one person, one account."""


class NotANumber(ValueError):
    """What was given holds no identity number."""


def canonical(number: str) -> str:
    """One spelling of a number: Western digits and capitals, without spaces and dashes.

    Raises:
        NotANumber: nothing is left of it, or something that no number has.
    """
    letters = []
    for letter in unicodedata.normalize("NFKC", number):
        if unicodedata.category(letter) in {"Zs", "Pd", "Cf"}:
            continue
        value = unicodedata.digit(letter, None)
        if value is None and not (letter.isascii() and letter.isalpha()):
            raise NotANumber
        letters.append(letter.upper() if value is None else str(value))
    if not any(letter.isdigit() for letter in letters):
        raise NotANumber
    return "".join(letters)


def fingerprint(number: str) -> str:
    """The keyed hash under which a number is known; without the site's key it says nothing."""
    key = hashlib.sha256(b"identity-number:" + settings.IDENTITY_KEY.encode()).digest()
    return hmac.new(key, canonical(number).encode(), hashlib.sha256).hexdigest()


def prove(*, user: User, provider: str, number: str) -> IdentityProof:
    """Keep that this account's person was identified by the provider.

    Raises:
        AlreadyProved: the person has another account, or the account another person.
        NotANumber: there is no number.
    """
    name = fingerprint(number)
    try:
        with transaction.atomic():
            return IdentityProof.objects.create(
                user=user, provider=provider, number_hash=name, key_id=KEY_ID
            )
    except IntegrityError:
        raise AlreadyProved from None
