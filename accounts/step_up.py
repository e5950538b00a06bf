"""That whoever sits at the screen is still the person: proved again within minutes.

An account that must have a second factor proves it with a passkey or an app's code alone; one
that has chosen to have one, also with a recovery code; the others with what they sign in with.
"""

import time
from typing import Any, Final

from allauth.account.internal.flows.login import (
    get_authentication_records,
    record_authentication,
)
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts import kept_acts, second_factor
from accounts.models import User

SECONDS: Final = 10 * 60


def is_fresh(request: HttpRequest) -> bool:
    """Whether the person proved who they are within the last ten minutes, strongly enough."""
    user = request.user
    if not isinstance(user, User) or second_factor.is_missing(user):
        return False
    if second_factor.is_demanded(user):
        return any(_is_a_factor(record) for record in _young(request, user))
    return is_recent(request)


def is_recent(request: HttpRequest) -> bool:
    """The same for the pages of the account itself, where a factor is set up or replaced."""
    user = request.user
    if not isinstance(user, User):
        return False
    records = _young(request, user)
    if second_factor.has(user):
        return any(record.get("method") == "mfa" for record in records)
    return bool(records)


def prove(request: HttpRequest, user: User, factor: Authenticator) -> None:
    """Whoever has just set up a factor has used it: they are not asked for it a moment later."""
    if factor.type in second_factor.TYPES:
        record_authentication(
            request, user, method="mfa", id=factor.pk, type=factor.type, reauthenticated=True
        )


def ask(request: HttpRequest) -> HttpResponse:
    """To the page that asks again, and back here; what was posted is kept, and done then."""
    if not request.user.is_authenticated:
        # On its way out config/kept_acts.py keeps what was posted.
        return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
    back = kept_acts.keep(request) or request.get_full_path()
    if second_factor.is_missing(request.user):
        return redirect_to_login(back, reverse("second-factor"))
    return redirect_to_login(back, reverse("account_reauthenticate"))


def _young(request: HttpRequest, user: User) -> list[dict[str, Any]]:
    now = time.time()
    return [
        record
        for record in get_authentication_records(request, user)
        if now - float(record.get("at", 0)) < SECONDS
    ]


def _is_a_factor(record: dict[str, Any]) -> bool:
    return record.get("method") == "mfa" and record.get("type") in second_factor.TYPES
