"""Mail over SMTP whose failures name nobody.

What smtplib raises holds the address that was refused, and whatever the other server says of it;
from there it would go into the log and into the table of tasks. Only these can: other back ends
speak to no server.
"""

import smtplib
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.core.mail import EmailMessage
from django.core.mail.backends import smtp

T = TypeVar("T")


class MailRefused(OSError):
    """A mail was not taken: by which kind of failure, under which code, and whether for good.

    As a server that cannot be reached, it is an OSError for whoever sends mail below this room.
    """

    def __init__(self, kind: str, code: int | None, *, is_temporary: bool) -> None:
        again = "may be tried again" if is_temporary else "for good"
        super().__init__(f"{kind} {code or 'without a code'}, {again}")
        self.code = code
        self.is_temporary = is_temporary


class EmailBackend(smtp.EmailBackend):
    """Django's, which says of a failure only what no person can be known by."""

    def open(self) -> bool | None:
        """Connect, and sign in where the server wants it.

        Raises:
            MailRefused: the server does not want us.
        """
        return _without_names(super().open)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Send them; how many were taken.

        Raises:
            MailRefused: the server did not take one, or it is none that can be sent.
        """
        return _without_names(super().send_messages, email_messages)


def _without_names(act: Callable[..., T], *args: Any) -> T:
    """Outside of `except`, so that the failure is not even the context of the one that is told."""
    try:
        return act(*args)
    except (smtplib.SMTPException, ValueError) as failure:
        # ValueError: of addresses and headers that cannot be, which it quotes.
        told = _told(failure)
    raise told


def _told(failure: Exception) -> MailRefused:
    codes: list[Any] = [getattr(failure, "smtp_code", None)]
    if isinstance(failure, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _text in failure.recipients.values()]
    code = min((code for code in codes if isinstance(code, int) and code > 0), default=None)
    is_temporary = isinstance(failure, smtplib.SMTPException) if code is None else code < 500
    return MailRefused(type(failure).__name__, code, is_temporary=is_temporary)
