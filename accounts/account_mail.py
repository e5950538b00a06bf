"""A mail about an account that no request sends: from a task, or from a command."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.utils import translation

from accounts.models import User


def send(user: User, *, template: str, **context: Any) -> None:
    """Send `account/email/{template}_message.txt` in the person's own language."""
    site = {"domain": urlsplit(settings.SITE_URL).netloc}
    with translation.override(user.language or settings.LANGUAGE_CODE):
        words = {"user": user, "current_site": site} | context
        get_adapter().render_mail(f"account/email/{template}", user.email, words).send()
