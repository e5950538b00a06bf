"""What this site adds to allauth's second factors: sealed secrets, and none removed by accident."""

import base64
import hashlib
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import second_factor
from accounts.models import User


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors as people here need them."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy("That is not the code. Wait for the next one and try it."),
        "cannot_delete_authenticator": gettext_lazy(
            "Your office needs a second step. Add another one before you remove this one."
        ),
    }

    def encrypt(self, text: str) -> str:
        """Seal an app's secret, so that a copy of the database makes no codes."""
        return _seal().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open it again."""
        return _seal().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Not the last one of somebody with an office."""
        user = authenticator.user
        if not second_factor.is_demanded(user) or authenticator.type not in second_factor.TYPES:
            return True
        others = Authenticator.objects.filter(user=user, type__in=second_factor.TYPES)
        return others.exclude(pk=authenticator.pk).exists()

    def generate_authenticator_name(self, user: User, type: Any) -> str:
        """A name to tell one passkey from another by."""
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return _("Passkey %(number)d") % {"number": number}

    def get_totp_issuer(self) -> str:
        """What the app calls the site."""
        return "Deliberate"


def _seal() -> MultiFernet:
    keys = [str(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    return MultiFernet(
        [
            Fernet(
                base64.urlsafe_b64encode(hashlib.sha256(b"second-factor:" + key.encode()).digest())
            )
            for key in keys
        ]
    )
