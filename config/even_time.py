"""Forms that must not tell who has an account answer all in the same time.

Text and status are the same for known and unknown addresses (allauth sees to it); how long the
answer takes would tell them apart. So none comes before a time that all of them need.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, cast

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse_lazy
from django.utils.decorators import sync_and_async_middleware

FORMS: Final = [
    reverse_lazy(name)
    for name in (
        "account_login",
        "account_request_login_code",
        "account_reset_password",
        "account_signup",
    )
]


@sync_and_async_middleware
def level(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """The middleware; outside of everything that takes time."""
    if iscoroutinefunction(get_response):
        answer = cast("Callable[[HttpRequest], Awaitable[HttpResponseBase]]", get_response)

        async def levelled(request: HttpRequest) -> HttpResponseBase:
            if not _is_one(request):
                return await answer(request)
            began = time.monotonic()
            response = await answer(request)
            await asyncio.sleep(_rest(began))
            return response

        return levelled

    def levelled_now(request: HttpRequest) -> HttpResponseBase:
        if not _is_one(request):
            return cast("HttpResponseBase", get_response(request))
        began = time.monotonic()
        response = get_response(request)
        time.sleep(_rest(began))
        return cast("HttpResponseBase", response)

    return levelled_now


def _is_one(request: HttpRequest) -> bool:
    return request.method == "POST" and request.path_info in map(str, FORMS)


def _rest(began: float) -> float:
    return max(0.0, settings.EVEN_SECONDS - (time.monotonic() - began))
