"""Who may keep an answer: everybody's caches, the reader's own browser, or nobody.

Three kinds of page, by the name of their view:
- PUBLIC: to a reader without cookies of their own it is the same as to all others in that
  language. Shared caches may keep it for a minute; a browser asks each time, and a 304 without a
  body tells it that nothing has changed. With a session the page is that reader's alone.
- OWN: has something of one person, but of the kind that their phone may keep for when there is
  no line (the worker in frontend/templates/sw.js keeps whatever is not `no-store`).
- everything else is kept nowhere.

On a phone that is shared (device.py) nothing is kept at all.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final, cast

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.decorators import sync_and_async_middleware

from config import device, lite

PUBLIC: Final = {
    "api:conversation",
    "api:conversations",
    "api:openapi",
    "api:petition",
    "api:petitions",
    "api:statements",
    "home",
    "offline",
    "manifest",
    "worker",
    "deliberate:live",
    "moderation:log",
    "opinion_map:beeswarm",
    "opinion_map:card",
    "opinion_map:csv",
    "opinion_map:json",
    "opinion_map:map",
    "opinion_map:participation",
    "opinion_map:report",
    "opinion_map:summary",
    "opinion_map:svg",
    "place",
    "places",
    "search",
    "petitions:list",
    "petitions:petition",
    "record:lines",
    "record:record",
    "security-txt",
}
OWN: Final = {"deliberate:conversation", "deliberate:statements"}

FOR_ALL: Final = "public, max-age=0, s-maxage=60, must-revalidate"
# For caches that know RFC 9213: they may give a page of the last ten minutes while they fetch the
# new one, or while the site is down. Browsers do not read it: a reader who asks gets the present.
FOR_NETWORKS: Final = "public, max-age=60, stale-while-revalidate=600, stale-if-error=86400"
FOR_THE_READER: Final = "private, no-cache"
FOR_NOBODY: Final = "private, no-store"
VARIES_BY: Final = ["Accept-Language", "Cookie", "Save-Data"]

# Cookies that say how a page shall look, and of whom nothing.
COOKIES_OF_LOOK: Final = {settings.LANGUAGE_COOKIE_NAME, lite.COOKIE}


@sync_and_async_middleware
def declare(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """The middleware; outside of everything that may set a cookie."""
    if iscoroutinefunction(get_response):
        answer = cast("Callable[[HttpRequest], Awaitable[HttpResponseBase]]", get_response)

        async def declaring(request: HttpRequest) -> HttpResponseBase:
            return mark(request, await answer(request))

        return declaring

    def declaring_now(request: HttpRequest) -> HttpResponseBase:
        return mark(request, get_response(request))

    return declaring_now


def mark(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """The same answer with the headers that caches read."""
    rule = of(request, response)
    # A file of one version of a map may say itself that everybody may keep it for longer.
    if rule != FOR_ALL or not response.get("Cache-Control", "").startswith("public, max-age="):
        response.headers["Cache-Control"] = rule
        if rule == FOR_ALL:
            response.headers["CDN-Cache-Control"] = FOR_NETWORKS
    response.headers.pop("Expires", None)
    if rule != FOR_NOBODY:
        patch_vary_headers(response, VARIES_BY)
    return response


def of(request: HttpRequest, response: HttpResponseBase) -> str:
    """The rule for this answer to this reader."""
    name = request.resolver_match.view_name if request.resolver_match else ""
    if (
        response.status_code not in {200, 304}
        or request.method not in {"GET", "HEAD"}
        or name not in PUBLIC | OWN
        or device.is_shared(request)
    ):
        return FOR_NOBODY
    if name in PUBLIC and is_nobody(request) and not response.cookies:
        return FOR_ALL
    return FOR_THE_READER


def is_nobody(request: HttpRequest) -> bool:
    """Whether nothing in the request tells this reader from any other."""
    return COOKIES_OF_LOOK.issuperset(request.COOKIES) and "Authorization" not in request.headers
