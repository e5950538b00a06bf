"""The pages of refusals: what happened, that nothing was lost, what to do."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


def page(request: HttpRequest, *, status: int, sentence: str = "") -> HttpResponse:
    """The page for a status, with the sentence that explains this case."""
    return render(request, f"errors/{status}.html", {"sentence": sentence}, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the request itself was malformed."""
    return page(request, status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403, with the sentence of whoever refused."""
    return page(request, status=403, sentence=str(exception or ""))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404."""
    return page(request, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault; nothing that was acknowledged is lost."""
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
