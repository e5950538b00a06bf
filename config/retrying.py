"""Every refusal for now (429, 503) says after how many seconds it is worth to ask again."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, cast

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

# Where the view does not know better: limits are by the minute, a restart takes seconds.
SECONDS: Final = {429: 60, 503: 10}


@sync_and_async_middleware
def say_when(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """The middleware; outside of everything that may refuse."""
    if iscoroutinefunction(get_response):
        answer = cast("Callable[[HttpRequest], Awaitable[HttpResponseBase]]", get_response)

        async def saying(request: HttpRequest) -> HttpResponseBase:
            return mark(await answer(request))

        return saying

    def saying_now(request: HttpRequest) -> HttpResponseBase:
        return mark(get_response(request))

    return saying_now


def mark(response: HttpResponseBase) -> HttpResponseBase:
    """The same answer, with Retry-After if it is one of those."""
    if response.status_code in SECONDS and not response.has_header("Retry-After"):
        response.headers["Retry-After"] = str(SECONDS[response.status_code])
    return response
