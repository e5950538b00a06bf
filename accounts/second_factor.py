"""What proves a person beside their password or their mailbox: a passkey or an app's codes.

Recovery codes get one back in, and are no factor by themselves.
"""

from typing import Final

from allauth.mfa.models import Authenticator
from django.conf import settings

from accounts import offices
from accounts.models import User

TYPES: Final = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has(user: object) -> bool:
    """Whether the account has a passkey or an app that makes codes."""
    return (
        isinstance(user, User)
        and Authenticator.objects.filter(user_id=user.pk, type__in=TYPES).exists()
    )


def is_demanded(user: object) -> bool:
    """Whether this account must have one: it holds an office, and the site asks it of them."""
    return bool(settings.STAFF_SECOND_FACTOR) and offices.holds_one(user)


def is_missing(user: object) -> bool:
    """Whether the account must have one and has none: its office stays closed until it has."""
    return is_demanded(user) and not has(user)
