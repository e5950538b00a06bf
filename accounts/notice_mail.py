"""A notice as a mail: plain text and HTML, in the person's language, with nothing to be tracked by.

Neither subject nor text holds a word of the matter: mail is read over shoulders, and on servers.
"""

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import Notice, User
from accounts.notice_words import KINDS

SALT: Final = "accounts.notice_mail.stop"
# Longer than anybody keeps a mail; a link that has run out leads to the switch on the page.
STOP_LINK_SECONDS: Final = 365 * 24 * 3600


def send(notice: Notice) -> None:
    """Send it now; raises what the mail server's library raises."""
    with translation.override(notice.user.language or notice.facts.get("language") or "en"):
        message(notice).send()


def send_unkept(user: User, *, kind: str, path: str) -> None:
    """Send news of which no row may be kept, as it would tie the account to what it is about."""
    if user.is_active and user.wants_mail:
        send(Notice(user=user, kind=kind, path=path))


def message(notice: Notice) -> EmailMultiAlternatives:
    """The mail in the language that is active."""
    words = KINDS[notice.kind]
    stop = settings.SITE_URL + reverse("stop-mail", args=[stop_token(notice.user)])
    context: dict[str, Any] = {
        "words": words,
        "sentence": words.said(notice.facts),
        "due": due(notice),
        "url": settings.SITE_URL + notice.path,
        "stop": stop,
        "language": translation.get_language(),
        "direction": "rtl" if translation.get_language_bidi() else "ltr",
    }
    mail = EmailMultiAlternatives(
        subject=str(words.subject),
        body=render_to_string("accounts/mail/notice.txt", context),
        to=[notice.user.email],
        headers={
            "Auto-Submitted": "auto-generated",
            # One press in the mail program stops them all (RFC 8058).
            "List-Unsubscribe": f"<{stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
    mail.attach_alternative(render_to_string("accounts/mail/notice.html", context), "text/html")
    return mail


def due(notice: Notice) -> datetime | None:
    """The day that the news names, in the zone of whoever must keep it."""
    moment, zone = notice.facts.get("due"), notice.facts.get("zone", "UTC")
    return timezone.localtime(datetime.fromisoformat(moment), ZoneInfo(zone)) if moment else None


def stop_token(user: User) -> str:
    """What lets the mail's reader stop the mails without signing in, and nothing else."""
    return signing.dumps(user.pk, salt=SALT)


def user_of(token: str) -> User | None:
    """Whose mails the token stops."""
    try:
        pk = signing.loads(token, salt=SALT, max_age=STOP_LINK_SECONDS)
    except signing.BadSignature:
        return None
    return User.objects.filter(pk=pk, is_active=True).first()
