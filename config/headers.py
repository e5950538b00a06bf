"""What browsers shall forbid others, and themselves: headers on every answer, static files too."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, cast

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

# Nothing here asks where somebody is, listens or looks; passkeys and copying are the page's own.
UNUSED: Final = (
    "accelerometer",
    "autoplay",
    "browsing-topics",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "idle-detection",
    "microphone",
    "midi",
    "payment",
    "serial",
    "usb",
)
PERMISSIONS: Final = ", ".join(f"{name}=()" for name in UNUSED)
# Of nobody: the picture for shared links, and what anyone may read over the API.
FOR_OTHER_SITES: Final = {"opinion_map:card"}


@sync_and_async_middleware
def send(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """The middleware; outside of everything that answers."""
    if iscoroutinefunction(get_response):
        answer = cast("Callable[[HttpRequest], Awaitable[HttpResponseBase]]", get_response)

        async def sending(request: HttpRequest) -> HttpResponseBase:
            return mark(request, await answer(request))

        return sending

    def sending_now(request: HttpRequest) -> HttpResponseBase:
        return mark(request, get_response(request))

    return sending_now


def mark(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """The same answer, said to be ours alone."""
    response.headers.setdefault("Permissions-Policy", PERMISSIONS)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    name = request.resolver_match.view_name if request.resolver_match else ""
    is_for_all = name in FOR_OTHER_SITES or "Access-Control-Allow-Origin" in response.headers
    policy = "cross-origin" if is_for_all else "same-origin"
    response.headers.setdefault("Cross-Origin-Resource-Policy", policy)
    return response
