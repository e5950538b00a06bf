"""What somebody was doing when they had to sign in first: kept, and done once they have.

Kept in the session, a few at most and for an hour, each under an address of its own that is where
signing in leads to. So an act is done only by whoever goes that way from it, in the same browser,
and only once.
"""

import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from django.core.cache import cache
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

SESSION_KEY: Final = "kept_acts"
SECONDS: Final = 60 * 60
MOST: Final = 3
LONGEST: Final = 60_000
# What is typed there is a secret, or moot once somebody is in.
NEVER_UNDER: Final = ("/accounts/", "/api/", "/assist/")


@dataclass(frozen=True)
class Act:
    """One form as it was sent, without the page's own token."""

    token: str
    path: str
    query: str
    form: str
    at: float
    # Whose it is; None: of somebody who was not signed in.
    user_id: int | None


def keep(request: HttpRequest) -> str:
    """Keep what was posted; the address that goes on with it, or nothing if there is none."""
    if (
        request.method != "POST"
        or request.path.startswith(NEVER_UNDER)
        or request.content_type
        not in {"application/x-www-form-urlencoded", "multipart/form-data", ""}
        or request.FILES
    ):
        return ""
    form = request.POST.copy()
    form.pop("csrfmiddlewaretoken", None)
    return keep_form(request, path=request.path, form=form.urlencode())


def keep_form(request: HttpRequest, *, path: str, form: str) -> str:
    """Keep a form to be sent to that path; the address that goes on with it."""
    query = request.META.get("QUERY_STRING", "") if path == request.path else ""
    if len(form) + len(query) > LONGEST:
        return ""
    user = request.user
    act = Act(
        token=secrets.token_urlsafe(24),
        path=path,
        query=query,
        form=form,
        at=time.time(),
        user_id=user.pk if user.is_authenticated else None,
    )
    others = {name: row for name, row in _rows(request).items() if _is_young(row)}
    kept = dict(list(others.items())[-(MOST - 1) :])
    request.session[SESSION_KEY] = kept | {act.token: asdict(act)}
    return reverse("go-on", args=[act.token])


def find(request: HttpRequest, token: str) -> Act | None:
    """The act of that token, unless it is done, too old or another account's."""
    row = _rows(request).get(token)
    if row is None or not _is_young(row):
        return None
    act = Act(**row)
    user_id = request.user.pk if request.user.is_authenticated else None
    return act if act.user_id in {None, user_id} else None


def waiting(session: Mapping[str, Any]) -> list[Act]:
    """All that a session keeps still, the oldest first."""
    rows = session.get(SESSION_KEY)
    return [Act(**row) for row in rows.values() if _is_young(row)] if isinstance(rows, dict) else []


def of_address(request: HttpRequest, address: str) -> Act | None:
    """The act that an address goes on with."""
    token = address.rstrip("/").rpartition("/")[2]
    try:
        is_one = address == reverse("go-on", args=[token])
    except NoReverseMatch:
        return None
    return find(request, token) if is_one else None


def take(request: HttpRequest, token: str) -> Act | None:
    """The same, and nobody gets it again: also of two requests that ask in one moment."""
    act = find(request, token)
    if act is None or not cache.add(f"kept-act:{token}", 1, timeout=2 * SECONDS):
        return None
    request.session[SESSION_KEY] = {
        name: row for name, row in _rows(request).items() if name != token
    }
    request.session.save()
    return act


def _rows(request: HttpRequest) -> dict[str, Any]:
    rows = request.session.get(SESSION_KEY)
    return rows if isinstance(rows, dict) else {}


def _is_young(row: dict[str, Any]) -> bool:
    return 0 <= time.time() - float(row["at"]) < SECONDS
