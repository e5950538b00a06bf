"""What this site adds to allauth: mails in HTML too, and the language of a new account."""

import logging
import re
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts import client_address, device_mail, known_devices, second_factor, step_up
from accounts.models import User

logger = logging.getLogger(__name__)
ADDRESS = re.compile(r"https?://\S+")


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts as people here need them."""

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Keep the language in which the person reads, for the mails to come."""
        user.language = get_language() or ""
        return super().save_user(request, user, form, commit=commit)

    def get_client_ip(self, request: HttpRequest) -> str:
        """What stands for the client's address in limits and rows: never the address itself."""
        return client_address.stand_in(client_address.of_request(request))

    def post_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponseBase:
        """Let the browser be known to the account from now on; of a new one its person is told."""
        response: HttpResponseBase = super().post_login(request, user, **options)
        if not options.get("signup") and not known_devices.of(request, user.email):
            device_mail.send.enqueue(user.pk)
        known_devices.remember(request, response, user)
        return response

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, str]]:
        """How to prove oneself again: with the second factor alone where there is one."""
        if not user.is_authenticated:
            return []
        found = {row["id"]: row for row in super().get_reauthentication_methods(user)}
        if second_factor.has(user):
            passkey = found.get("mfa_reauthenticate:webauthn")
            app = found.get("mfa_reauthenticate")
            return [
                *([passkey | {"description": _("Use a passkey")}] if passkey else []),
                *(
                    [app | {"description": _("Use a code from an app or from your list")}]
                    if app
                    else []
                ),
            ]
        password = found.get("reauthenticate")
        return [
            *([password | {"description": _("Use my password")}] if password else []),
            {
                "id": "reauthenticate_by_code",
                "description": _("Send me a code"),
                "url": reverse("account_reauthenticate_by_code"),
            },
        ]

    def is_reauthentication_required(self, *, app: str, **_more: Any) -> bool:
        """Ask again before an account's own locks are changed, unless it was asked just now.

        allauth would let accounts without a password through, and would keep the whole request,
        with the client's address, in the session.
        """
        request = context.request
        if not step_up.is_recent(request):
            again = reverse("account_reauthenticate")
            raise ImmediateHttpResponse(redirect_to_login(request.get_full_path(), again))
        return False

    def send_mail(self, template_prefix: str, email: str, words: dict[str, Any]) -> None:
        """Send it now; whoever waits for it is told if the mail server does not take it."""
        try:
            super().send_mail(template_prefix, email, words)
        except OSError as failure:
            logger.warning("A mail about an account was not sent: %s.", type(failure).__name__)
            if context.request is not None:
                sentence = _("The mail could not be sent. Ask for it again in some minutes.")
                messages.error(context.request, sentence)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell of a change to the account, without saying from where it came."""
        told = {"sessions_url": settings.SITE_URL + reverse("sessions")} | (context or {})
        with translation.override(user.language or get_language()):
            self.send_mail(template_prefix, email or user.email, told)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Wrong passwords of strangers are not held against a browser that was in before."""
        key: str = super()._get_login_attempts_cache_key(request, **credentials)
        known = known_devices.of(request, str(credentials.get("email", "")))
        return f"{key} {known}" if known else key

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMessage:
        """The text that allauth writes, and the same in HTML with its direction."""
        host = urlsplit(settings.SITE_URL).netloc
        context = {name: at_our_address(value) for name, value in context.items()}
        context["current_site"] = SimpleNamespace(domain=host, name=host)
        mail = super().render_mail(template_prefix, email, context, headers=headers)
        if isinstance(mail, EmailMultiAlternatives) and not mail.alternatives:
            html = render_to_string(
                "accounts/mail/text.html", {"paragraphs": paragraphs(str(mail.body), context)}
            )
            mail.attach_alternative(html, "text/html")
        return mail


def at_our_address(value: Any) -> Any:
    """A link as it must stand in mail: on SITE_URL, whatever host and port was asked for."""
    if not (isinstance(value, str) and ADDRESS.fullmatch(value)):
        return value
    parts = urlsplit(value)
    return settings.SITE_URL + urlunsplit(("", "", parts.path, parts.query, parts.fragment))


def paragraphs(body: str, context: dict[str, Any]) -> list[dict[str, str]]:
    """A text's paragraphs: each an address, a code to type, or words."""
    code = str(context.get("code", ""))
    found = []
    for text in re.split(r"\n\s*\n", body.strip()):
        kind = "words"
        if ADDRESS.fullmatch(text.strip()):
            kind = "address"
        elif code and text.strip() == code:
            kind = "code"
        found.append({"kind": kind, "text": text.strip()})
    return found
