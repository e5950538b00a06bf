"""What this site adds to allauth: mails in HTML too, and the language of a new account."""

import re
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import get_language

from accounts.models import User

ADDRESS = re.compile(r"https?://\S+")


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts as people here need them."""

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Keep the language in which the person reads, for the mails to come."""
        user.language = get_language() or ""
        return super().save_user(request, user, form, commit=commit)

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMessage:
        """The text that allauth writes, and the same in HTML with its direction."""
        mail = super().render_mail(template_prefix, email, context, headers=headers)
        if isinstance(mail, EmailMultiAlternatives) and not mail.alternatives:
            html = render_to_string(
                "accounts/mail/text.html", {"paragraphs": paragraphs(str(mail.body), context)}
            )
            mail.attach_alternative(html, "text/html")
        return mail


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
