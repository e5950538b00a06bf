"""The pages of refusals: what happened, that nothing was lost, what to do."""

import math
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# The longest that a limit on signing in and the like holds somebody back (allauth's defaults).
LONGEST_LIMIT: Final = 300
# A database that was restarted or too busy is back by then.
SHORT_PAUSE: Final = 60
# Where programs ask, and the codes that they are told.
API: Final = "/api/"
CODES: Final = {
    400: ("bad_request", gettext_lazy("The message was not understood.")),
    401: ("sign_in_needed", gettext_lazy("Sign in first.")),
    403: ("forbidden", gettext_lazy("That could not be done.")),
    404: ("not_found", gettext_lazy("There is nothing at this address.")),
    405: ("bad_method", gettext_lazy("This address cannot be used in that way.")),
    429: (
        "too_fast",
        gettext_lazy("That was too fast. Wait a moment and try again; nothing is lost."),
    ),
    500: ("failed", gettext_lazy("That could not be done.")),
    503: ("try_later", gettext_lazy("That could not be stored now. Try again in a moment.")),
}


def page(
    request: HttpRequest,
    *,
    status: int,
    sentence: str = "",
    retry_after: int | None = None,
    kept: Sequence[Mapping[str, Any]] = (),
) -> HttpResponse:
    """The page for a status, with the sentence that explains this case; `retry_after` in seconds.

    `kept` is what was typed, to be sent again. Nothing on the pages 500 and 503 asks the database.
    """
    response = (
        _for_machines(status=status, sentence=sentence)
        if request.path.startswith(API)
        else _for_people(
            request, status=status, sentence=sentence, retry_after=retry_after, kept=kept
        )
    )
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


def _for_people(
    request: HttpRequest,
    *,
    status: int,
    sentence: str,
    retry_after: int | None,
    kept: Sequence[Mapping[str, Any]],
) -> HttpResponse:
    words = {
        "sentence": sentence,
        "minutes": math.ceil((retry_after or 0) / 60),
        "kept": kept,
    }
    return render(request, f"errors/{status}.html", words, status=status)


def _for_machines(*, status: int, sentence: str) -> HttpResponse:
    """The API's own refusals come from its views; these never reached one."""
    code, usual = CODES[status]
    return JsonResponse(
        {"code": code, "message": sentence or str(usual)},
        status=status,
        json_dumps_params={"ensure_ascii": False},
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the request itself was malformed."""
    return page(request, status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403, with the sentence of whoever refused."""
    return page(request, status=403, sentence=str(exception or ""))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404."""
    return page(request, status=404)


def too_many_requests(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """429, which allauth asks for: when it can be tried again."""
    return page(request, status=429, retry_after=LONGEST_LIMIT)


def server_error(request: HttpRequest) -> HttpResponse:
    """500, our fault; 503 where the database is away or too busy. What was confirmed is stored."""
    if isinstance(sys.exception(), OperationalError | InterfaceError):
        return page(request, status=503, retry_after=SHORT_PAUSE)
    return page(request, status=500)


def csrf_failure(request: HttpRequest, reason: str = "", **_options: Any) -> HttpResponse:
    """403 for a form whose page was open too long or whose cookies were blocked."""
    return page(
        request,
        status=403,
        sentence=_(
            "This page was open for too long, or your browser does not keep cookies. "
            "Go back, reload the page and send it again."
        ),
    )
