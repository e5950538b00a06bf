"""What a session holds on the way of some minutes: taken out of it once its time is over.

The session goes on for weeks, as the key of a browser's own votes. An address that was typed beside
it, or a form that waits for its person to sign in, must not stay there for as long.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import SESSION_KEY as SIGNED_IN
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts import joining, kept_acts
from config import assisting, sign_in_pages

# Nothing here is of use for longer.
KEPT_FOR: Final = timedelta(seconds=kept_acts.SECONDS)
PASSING: Final = {
    joining.SESSION_KEY,
    sign_in_pages.AGAIN,
    assisting.SESSION_KEY,
    # allauth's: ways that were begun and not ended, with an address, an account or a secret.
    "account_email_verification_code",
    "account_login",
    "account_verified_email",
    "mfa.totp.secret",
    "mfa.webauthn.state",
    "socialaccount_sociallogin",
    "socialaccount_states",
}
# How somebody proved who they are, with their address: of use to a session that is signed in.
PROOFS: Final = {"account_authentication_methods", "account_authentication_methods_user"}


def forget(*, now: datetime | None = None) -> int:
    """Take out of all sessions what is over, and nothing else; from how many it was taken."""
    before = (now or timezone.now()) - KEPT_FOR
    rows = Session.objects.values_list("session_key", "session_data", "expire_date")
    return sum(_strip(*row, before=before) for row in rows.iterator())


def _strip(key: str, packed: str, ends: datetime, *, before: datetime) -> bool:
    held = SessionStore().decode(packed)
    left = without(held, kept_at=_kept_at(held, ends), before=before.timestamp())
    if left == held:
        return False
    # Not if its browser has changed it meanwhile: next time, then.
    same = Session.objects.filter(session_key=key, session_data=packed)
    return bool(same.update(session_data=SessionStore().encode(left)))


def without(held: Mapping[str, Any], *, kept_at: float, before: float) -> dict[str, Any]:
    """The session's content without what was put there before that moment to pass."""
    passing = PASSING if SIGNED_IN in held else PASSING | PROOFS
    left = {
        name: value
        for name, value in held.items()
        if name not in passing or _put_at(value, kept_at) > before
    }
    acts = left.get(kept_acts.SESSION_KEY)
    if isinstance(acts, dict):
        young = {name: act for name, act in acts.items() if _put_at(act, kept_at) > before}
        left[kept_acts.SESSION_KEY] = young
        if not young:
            del left[kept_acts.SESSION_KEY]
    return left


def _put_at(value: Any, kept_at: float) -> float:
    """When it was put there, if it says so; else when the session was last stored."""
    said = value.get("at", value.get("initiated_at")) if isinstance(value, dict) else None
    return float(said) if isinstance(said, int | float) else kept_at


def _kept_at(held: Mapping[str, Any], ends: datetime) -> float:
    age = held.get("_session_expiry") or settings.SESSION_COOKIE_AGE
    return ends.timestamp() - float(age)
