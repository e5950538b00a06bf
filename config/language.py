"""The switch of language, a plain link that works without JavaScript and without a session."""

from asgiref.typing import Scope
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, parse_cookie
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language, get_language_from_request
from django.views.decorators.http import require_safe


@require_safe
def choose(request: HttpRequest, code: str) -> HttpResponse:
    """Remember the language in a cookie and go back to where the reader was."""
    if code not in dict(settings.LANGUAGES) or not check_for_language(code):
        raise Http404
    back = request.GET.get("next", "/")
    if not url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        back = "/"
    response = HttpResponseRedirect(back)
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=365 * 24 * 3600,
        samesite="Lax",
        secure=settings.HTTPS,
        httponly=True,
    )
    return response


def of_scope(scope: Scope) -> str:
    """The language of a socket's handshake, by the same rules as a page's."""
    headers = dict(scope.get("headers", []))  # type: ignore[call-overload]
    request = HttpRequest()
    request.COOKIES = parse_cookie(headers.get(b"cookie", b"").decode("latin-1"))
    request.META["HTTP_ACCEPT_LANGUAGE"] = headers.get(b"accept-language", b"").decode("latin-1")
    return get_language_from_request(request)
