"""Browsers from which an account was signed in to before: no stranger can lock those out.

Wrong passwords and asked-for codes are counted against an account's address. Whoever knows that
address could use the count up on purpose; a browser that was in before has a count of its own.
The cookie is sent to the pages of accounts alone and says nothing without the site's key.
"""

import hashlib
import hmac
import secrets
from typing import Final

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.models import User

PATH: Final = "/accounts/"
KEPT_SECONDS: Final = 180 * 24 * 3600
# Accounts of one browser; the one that came first goes.
MOST: Final = 4
# On a phone that is said to be shared nothing is kept (config/device.py).
SHARED: Final = "shared-phone"


def cookie_name() -> str:
    """Of the cookie; not `__Host-`, which would be sent with every page."""
    return "__Secure-known" if settings.HTTPS else "known"


def remember(request: HttpRequest, response: HttpResponseBase, user: User) -> None:
    """Let the answer to a sign-in mark the browser as known to that account."""
    if request.COOKIES.get(SHARED) == "yes":
        return
    mark = _mark(user.email)
    known = _read(request)
    if mark in known:
        return
    kept = dict(list(known.items())[-(MOST - 1) :]) | {mark: secrets.token_urlsafe(9)}
    response.set_cookie(
        cookie_name(),
        signing.dumps(kept, salt="known-device", compress=True),
        max_age=KEPT_SECONDS,
        path=PATH,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def of(request: HttpRequest, email: str) -> str:
    """What names this browser among those known to the account; empty if it is not known."""
    return _read(request).get(_mark(email), "")


def _read(request: HttpRequest) -> dict[str, str]:
    try:
        kept = signing.loads(
            request.COOKIES.get(cookie_name(), ""), salt="known-device", max_age=KEPT_SECONDS
        )
    except signing.BadSignature:
        return {}
    return kept if isinstance(kept, dict) else {}


def _mark(email: str) -> str:
    key = hashlib.sha256(b"known-device:" + settings.SECRET_KEY.encode()).digest()
    return hmac.new(key, email.lower().encode(errors="replace"), hashlib.sha256).hexdigest()[:16]
