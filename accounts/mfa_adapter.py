"""What this site adds to allauth's second factors: sealed secrets, and none removed by accident."""

import logging
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import factor_seals, second_factor
from accounts.models import User

logger = logging.getLogger(__name__)


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
        return factor_seals.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Open it again; of a seal that cannot be opened no code is right."""
        try:
            return factor_seals.unseal(encrypted_text)
        except factor_seals.Unreadable:
            logger.error("The secret of a second factor does not open: see rotate_identity_key.")
            # Not an error: that would be a page that fails, and would stop the person's other
            # codes. Not a fixed word: its codes could be computed.
            return generate_totp_secret()

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
