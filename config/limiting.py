"""Holds back who does too much: asks accounts/limits.py about each address that is not a vote's.

Not a single round trip for votes and for pages that are read: nginx and the ballot box have their
own limits for those.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any, Final, cast

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils.decorators import sync_and_async_middleware

from accounts import client_address, joining, known_devices, limits
from config import errors

# Read, and yet not for nothing.
COSTLY_TO_READ: Final = {
    "search": "search",
    "deliberate:export": "export",
    "record:lines": "export",
    "opinion_map:csv": "export",
    "opinion_map:json": "export",
    "my-data-file": "export",
}
READ_PATHS: Final = ("/search/", "/api/", "/record/lines", "/accounts/data/")
READ_ENDINGS: Final = (".csv", "/map.json", ".jsonl")
POSTED: Final = {
    "account_login": "code",
    "second-factor": "code",
    "account_confirm_login_code": "code",
    "account_email_verification_sent": "code",
    "account_request_login_code": "mail",
    "account_reset_password": "mail",
    "account_signup": "mail",
    "deliberate:conversation": "statement",
    "api:statements": "statement",
    "api:similar": "similar",
    "petitions:new": "petition",
    "petitions:edit": "petition",
    "petitions:petition": "signature",
    "moderation:report": "report",
    "eid-start": "proof",
}
# The ballot box counts these.
VOTES: Final = {"deliberate:votes", "api:votes"}
# Never given back: what was typed there is no text of the person's.
SECRET: Final = re.compile(
    r"password|code|secret|token|otp|credential|number|login$", re.IGNORECASE
)
LONGEST_KEPT: Final = 20_000


@sync_and_async_middleware
def hold_back(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """The middleware; it must know who is signed in."""
    if iscoroutinefunction(get_response):
        answer = cast("Callable[[HttpRequest], Awaitable[HttpResponseBase]]", get_response)
        ask = sync_to_async(refusal, thread_sensitive=True)

        async def holding(request: HttpRequest) -> HttpResponseBase:
            action = action_of(request)
            refused = await ask(request, action) if action else None
            return refused or await answer(request)

        return holding

    def holding_now(request: HttpRequest) -> HttpResponseBase:
        action = action_of(request)
        refused = refusal(request, action) if action else None
        return refused or get_response(request)

    return holding_now


def action_of(request: HttpRequest) -> str:
    """Which limit the request counts under; empty: under none."""
    path = request.path_info
    if request.method in {"GET", "HEAD"}:
        if not (path.startswith(READ_PATHS) or path.endswith(READ_ENDINGS)):
            return ""
        name = _view_name(path)
        return COSTLY_TO_READ.get(name, "api" if name.startswith("api:") else "")
    if request.method != "POST":
        return ""
    name = _view_name(path)
    if not name or name in VOTES:
        return ""
    if name == "deliberate:conversation" and "text" not in request.POST:
        return ""
    if name == "account_reauthenticate_by_code":
        return "code" if "code" in request.POST else "mail"
    if name == "account_confirm_login_code" and request.POST.get("action") == "resend":
        return "mail"
    return POSTED.get(name, "form")


def refusal(request: HttpRequest, action: str) -> HttpResponse | None:
    """The answer to one request too many, with what was typed; None: it may go on."""
    seconds = limits.pause(
        action, account=_account(request, action), address=client_address.of_request(request)
    )
    if not seconds:
        return None
    return errors.page(request, status=429, retry_after=seconds, kept=kept(request))


def kept(request: HttpRequest) -> list[dict[str, Any]]:
    """What was typed, to be shown and sent again; nothing if a secret is among it."""
    if request.method != "POST" or request.path.startswith(errors.API):
        return []
    rows: list[dict[str, Any]] = []
    for name, values in request.POST.lists():
        if name == "csrfmiddlewaretoken":
            continue
        if SECRET.search(name):
            return []
        rows += [
            {"name": name, "value": value, "is_text": bool(re.search(r"\s", value.strip()))}
            for value in values
        ]
    return rows if sum(len(row["value"]) for row in rows) <= LONGEST_KEPT else []


def _account(request: HttpRequest, action: str) -> str:
    """Whoever is signed in; else whom the form is about, apart for browsers known to them."""
    if request.user.is_authenticated:
        return str(request.user.pk)
    typed = request.POST.get("login") or request.POST.get("email") or ""
    if not typed and action in {"code", "mail"}:
        waiting = joining.find(request)
        typed = waiting.email if waiting else ""
    email = typed.strip().lower()[:254]
    return f"{email} {known_devices.of(request, email)}" if email else ""


def _view_name(path: str) -> str:
    try:
        return resolve(path).view_name
    except Resolver404:
        return ""
