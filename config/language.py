"""The choice of language: a page of plain links that works without JavaScript and a session."""

from asgiref.typing import Scope
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, parse_cookie
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import (
    check_for_language,
    get_language,
    get_language_from_request,
    get_language_info,
)
from django.views.decorators.http import require_safe

from accounts.models import User
from config.offered_languages import Language


def offered() -> list[Language]:
    """The languages that a reader can choose."""
    return [row for row in settings.OFFERED_LANGUAGES if not row.is_pseudo]


def of_interface(code: str | None) -> str:
    """The language that the interface's words are in for a reader of that language."""
    for row in settings.OFFERED_LANGUAGES:
        if row.code == code:
            return row.interface_language
    return code or settings.LANGUAGE_CODE


@require_safe
def choices(request: HttpRequest) -> HttpResponse:
    """The languages by their own names, and how far each is translated."""
    back = urlencode({"next": _back(request)})
    here = get_language()
    rows = [
        {
            "language": row,
            "is_current": row.code == here,
            "interface_name": row.interface and get_language_info(row.interface)["name_local"],
            "query": back,
        }
        for row in offered()
    ]
    return render(request, "language.html", {"rows": rows, "back": _back(request)})


@require_safe
def choose(request: HttpRequest, code: str) -> HttpResponse:
    """Remember the language in a cookie and go back to where the reader was."""
    if code not in dict(settings.LANGUAGES) or not check_for_language(code):
        raise Http404
    response = HttpResponseRedirect(_back(request))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        samesite="Lax",
        secure=settings.HTTPS,
        httponly=True,
    )
    if isinstance(request.user, User):
        # Their mail too.
        User.objects.filter(pk=request.user.pk).update(language=code)
    return response


def of_scope(scope: Scope) -> str:
    """The language of a socket's handshake, by the same rules as a page's."""
    headers = dict(scope.get("headers", []))  # type: ignore[call-overload]
    request = HttpRequest()
    request.COOKIES = parse_cookie(headers.get(b"cookie", b"").decode("latin-1"))
    request.META["HTTP_ACCEPT_LANGUAGE"] = headers.get(b"accept-language", b"").decode("latin-1")
    return get_language_from_request(request)


def _back(request: HttpRequest) -> str:
    """Where the reader was, within this site."""
    back = request.GET.get("next", "/")
    if url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return back
    return "/"
