"""Seals the secrets of second factors, so that a copy of the database makes no codes.

A seal is the id of an identity key, a colon, and what Fernet made under a key derived from that
one: it opens for as long as IDENTITY_KEY names the id, whatever becomes of SECRET_KEY.
"""

import base64
import hashlib
import hmac
from collections import Counter
from typing import Final

from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken
from django.db import transaction

from accounts import identity_keys

# Where the library keeps each kind's secret.
FIELDS: Final = {Authenticator.Type.TOTP: "secret", Authenticator.Type.RECOVERY_CODES: "seed"}
# What stands for the key of what is no seal, or does not open under the key that it names.
UNREADABLE: Final = ""


class Unreadable(ValueError):
    """Not a seal of this site's, or one under a key that IDENTITY_KEY does not name any more."""


def seal(text: str) -> str:
    """Close it under the key in use."""
    key_id = identity_keys.current_id()
    return f"{key_id}:{_cipher(key_id).encrypt(text.encode()).decode()}"


def unseal(sealed: str) -> str:
    """Open it.

    Raises:
        Unreadable: it is no seal, or its key is not there.
    """
    key_id, _, token = sealed.partition(":")
    try:
        return _cipher(key_id).decrypt(token.encode()).decode()
    except (identity_keys.KeyMissing, InvalidToken) as error:
        raise Unreadable(key_id) from error


def is_readable(factor: Authenticator) -> bool:
    """Whether its codes can still be told; a passkey has none that are sealed."""
    try:
        unseal(_seal_of(factor))
    except Unreadable:
        return factor.type not in FIELDS
    return True


def by_key() -> Counter[str]:
    """How many secrets are under each key, and how many are no seals or do not open under it."""
    return Counter(_key_of(factor) for factor in _sealed())


def renew() -> int:
    """Close under the key in use what is under an earlier one; how many."""
    current = identity_keys.current_id()
    earlier = [row.pk for row in _sealed() if is_readable(row) and _key_of(row) != current]
    for pk in earlier:
        with transaction.atomic():
            # A recovery code that is used meanwhile stays used: both write the whole of `data`.
            factor = Authenticator.objects.select_for_update().filter(pk=pk).first()
            if factor is not None and is_readable(factor):
                name = FIELDS[Authenticator.Type(factor.type)]
                factor.data[name] = seal(unseal(factor.data[name]))
                factor.save(update_fields=["data"])
    return len(earlier)


def _sealed() -> list[Authenticator]:
    return list(Authenticator.objects.filter(type__in=FIELDS))


def _seal_of(factor: Authenticator) -> str:
    return str(factor.data.get(FIELDS.get(Authenticator.Type(factor.type), ""), ""))


def _key_of(factor: Authenticator) -> str:
    key_id, colon, _token = _seal_of(factor).partition(":")
    is_lost = bool(colon) and key_id not in identity_keys.ids()
    return key_id if is_lost or is_readable(factor) else UNREADABLE


def _cipher(key_id: str) -> Fernet:
    key = hmac.new(identity_keys.secret(key_id), b"second factors", hashlib.sha256).digest()
    return Fernet(base64.urlsafe_b64encode(key))
