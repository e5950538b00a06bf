"""Where an account is signed in, and the end of it. This module alone writes SignIn.

A session knows when it began and when it was last used; for people with an office both are short.
"""

import re
import time
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils import timezone

from accounts import offices
from accounts.models import SignIn, User

BEGAN_AT: Final = "signed_in_at"
SEEN_AT: Final = "seen_at"
HAS_OFFICE: Final = "has_office"
DAY: Final = 24 * 3600


@dataclass(frozen=True)
class Limits:
    """How long a session lasts unused and altogether, and how often its use is noted; seconds."""

    idle: int
    absolute: int
    noted: int


CITIZEN: Final = Limits(idle=30 * DAY, absolute=90 * DAY, noted=DAY)
OFFICE: Final = Limits(idle=30 * 60, absolute=12 * 3600, noted=60)

SYSTEMS: Final = {
    r"iPhone|iPad": "iOS",
    r"Android": "Android",
    r"Windows": "Windows",
    r"Macintosh": "macOS",
    r"CrOS": "ChromeOS",
    r"Linux": "Linux",
    r"KaiOS": "KaiOS",
}
BROWSERS: Final = {
    r"Edg/|EdgA/": "Edge",
    r"OPR/|Opera": "Opera",
    r"SamsungBrowser": "Samsung Internet",
    r"Firefox|FxiOS": "Firefox",
    r"Chrome|CriOS|Chromium": "Chrome",
    r"Safari": "Safari",
}


def begin(request: HttpRequest, user: User) -> None:
    """Note that a session has begun; called when Django signs somebody in."""
    session = request.session
    session[HAS_OFFICE] = offices.holds_one(user)
    session[BEGAN_AT] = session[SEEN_AT] = _now(session)
    session.set_expiry(_limits(session).idle)
    if session.session_key is None:
        session.create()
    SignIn.objects.update_or_create(
        session_key=session.session_key,
        defaults={"user": user, "device": device_of(request), "seen_at": timezone.now()},
    )


def renew_key(request: HttpRequest, user: User) -> None:
    """A new password ends all other sessions, and gave this one another key."""
    key = request.session.session_key or ""
    end_all(user, but=key)
    if key and not SignIn.objects.filter(session_key=key).exists():
        begin(request, user)


def end_after_reset(request: HttpRequest, user: User) -> None:
    """A password set by a mailed link ends every session, this browser's too if it had one."""
    key = request.session.session_key or ""
    end_all(user, but=key)
    # The request still writes this one; the new password has made it nobody's.
    SignIn.objects.filter(user=user, session_key=key).delete()


def is_over(session: SessionBase) -> bool:
    """Whether a signed-in session has been unused, or has lasted, for too long."""
    began, seen = session.get(BEGAN_AT), session.get(SEEN_AT)
    if began is None or seen is None:
        return False
    now, limits = time.time(), _limits(session)
    return bool(now - float(began) > limits.absolute or now - float(seen) > limits.idle)


def note(request: HttpRequest, user: User) -> None:
    """Note that a session is used, not at each request; an office that came meanwhile counts."""
    session = request.session
    seen = session.get(SEEN_AT)
    if seen is None:
        return
    is_kept = not session.get_expire_at_browser_close()
    if is_kept and session.get_expiry_age() > _limits(session).idle:
        # The form to sign in has its own idea of how long.
        session.set_expiry(_limits(session).idle)
    if time.time() - float(seen) < _limits(session).noted:
        return
    session[HAS_OFFICE] = offices.holds_one(user)
    session[SEEN_AT] = _now(session)
    if is_kept:
        session.set_expiry(_limits(session).idle)
    SignIn.objects.filter(session_key=session.session_key).update(seen_at=timezone.now())


def of(user: User) -> list[SignIn]:
    """The account's sessions that hold, the newest first; rows of those that ended go."""
    rows = list(SignIn.objects.filter(user=user).order_by("-seen_at", "-pk"))
    holding = _holding([row.session_key for row in rows])
    ended = [row.pk for row in rows if row.session_key not in holding]
    if ended:
        SignIn.objects.filter(pk__in=ended).delete()
    return [row for row in rows if row.session_key in holding]


def end(user: User, *, pk: int) -> bool:
    """End one of the account's sessions; its open sockets close with it."""
    row = SignIn.objects.filter(user=user, pk=pk).first()
    if row is None:
        return False
    _store()(row.session_key).delete()
    row.delete()
    return True


def end_all(user: User, *, but: str = "") -> int:
    """End all of them, except that of the key; how many ended."""
    rows = list(SignIn.objects.filter(user=user).exclude(session_key=but))
    for row in rows:
        end(user, pk=row.pk)
    return len(rows)


def forget_ended() -> int:
    """Drop the rows of sessions that are gone; how many."""
    keys = list(SignIn.objects.values_list("session_key", flat=True))
    holding = _holding(keys)
    gone, _rows = SignIn.objects.filter(
        session_key__in=[key for key in keys if key not in holding]
    ).delete()
    return gone


def device_of(request: HttpRequest) -> str:
    """The browser and the system in two words; nothing that tells one phone from another."""
    agent = request.META.get("HTTP_USER_AGENT", "")
    words = [
        next((name for pattern, name in names.items() if re.search(pattern, agent)), "")
        for names in (BROWSERS, SYSTEMS)
    ]
    return ", ".join(word for word in words if word)


def _now(session: SessionBase) -> float:
    """A citizen's is the day's beginning: to the second it would lead to what they did then."""
    now = time.time()
    return now if session.get(HAS_OFFICE) else now - now % DAY


def _limits(session: SessionBase) -> Limits:
    return OFFICE if session.get(HAS_OFFICE) else CITIZEN


def _holding(keys: list[str]) -> set[str]:
    model = _store().get_model_class()
    return set(
        model.objects.filter(session_key__in=keys, expire_date__gt=timezone.now()).values_list(
            "session_key", flat=True
        )
    )


def _store() -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore
