"""Ends a session that was unused, or lasted, for too long: shorter for people with an office."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, cast

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils.decorators import sync_and_async_middleware

from accounts import sign_ins
from accounts.models import User

# Votes and public data: their doors never open the session, and a query each would be felt. A
# session that was unused for too long is gone from the table all the same, and that is what they
# ask. By the names of the addresses, for what an office reads or enters may end in the same way.
UNOPENED: Final = frozenset(
    {
        "api:openapi",
        "api:votes",
        "deliberate:export",
        "deliberate:live",
        "deliberate:statements",
        "deliberate:votes",
        "opinion_map:beeswarm",
        "opinion_map:card",
        "opinion_map:csv",
        "opinion_map:json",
        "opinion_map:participation",
        "opinion_map:svg",
        "record:lines",
    }
)
# How those end: of other addresses the name is not even asked for.
ENDINGS: Final = ("/votes/", ".json", ".csv", ".svg", ".png", ".jsonl")


@sync_and_async_middleware
def end_old(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """The middleware; it must know who is signed in."""
    if iscoroutinefunction(get_response):
        answer = cast("Callable[[HttpRequest], Awaitable[HttpResponseBase]]", get_response)
        look_beside = sync_to_async(_look, thread_sensitive=True)

        async def ending(request: HttpRequest) -> HttpResponseBase:
            if _has_session(request):
                await look_beside(request)
            return await answer(request)

        return ending

    def ending_now(request: HttpRequest) -> HttpResponseBase:
        if _has_session(request):
            _look(request)
        response: HttpResponseBase = get_response(request)
        return response

    return ending_now


def _has_session(request: HttpRequest) -> bool:
    return request.session.session_key is not None and not _is_unopened(request.path_info)


def _is_unopened(path: str) -> bool:
    if not path.endswith(ENDINGS):
        return False
    try:
        return resolve(path).view_name in UNOPENED
    except Resolver404:
        return False


def _look(request: HttpRequest) -> None:
    if SESSION_KEY not in request.session:
        return
    if sign_ins.is_over(request.session):
        logout(request)
    elif isinstance(request.user, User):
        sign_ins.note(request, request.user)
