"""The doors of all addresses: who may not do what is asked there does not reach the view.

Denied by default: an address or a method without a row in addresses.csv is closed to everybody.
What anyone may do is let through without a look at the session or the database; else the account
is asked for, then its offices, then its second factor, and for some acts a fresh proof of who
sits there. Whether the matter's state allows it, and whether the person stands too near to it, the
transaction of the act asks (permissions.allows).
"""

import logging
from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import offices, permissions, second_factor, step_up
from accounts.models import User
from config import errors
from config.addresses import OPEN, WAYS, Door
from record import lines

logger = logging.getLogger(__name__)

READING = {"HEAD": "GET"}


class Guard:
    """The middleware; the innermost, so that it costs a request no thread."""

    sync_capable = async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.process_view: Callable[..., Any] = self._asked
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)
            self.process_view = self._asked_without_waiting

    def __call__(self, request: HttpRequest) -> Any:
        return self.get_response(request)

    def _asked(
        self, request: HttpRequest, _view: Any, _args: Any, _parts: Any
    ) -> HttpResponseBase | None:
        return None if _is_open(request) else refusal(request)

    async def _asked_without_waiting(
        self, request: HttpRequest, _view: Any, _args: Any, _parts: Any
    ) -> HttpResponseBase | None:
        if _is_open(request):
            return None
        return await sync_to_async(refusal, thread_sensitive=True)(request)


def _is_open(request: HttpRequest) -> bool:
    return (_name(request), _method(request)) in OPEN


def _name(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""


def _method(request: HttpRequest) -> str:
    method = request.method or ""
    return READING.get(method, method)


def refusal(request: HttpRequest) -> HttpResponseBase | None:
    """The answer to whoever may not come in; None: they may.

    Raises:
        PermissionDenied: their account has no role that may.
        Http404: and nobody is told that there is such a page.
    """
    by_method = WAYS.get(_name(request))
    if by_method is None:
        logger.error("%s has no row in addresses.csv and is closed.", _name(request) or "A view")
        raise PermissionDenied
    way = by_method.get(_method(request))
    if way is None:
        return _not_that_way(request, {"HEAD", *by_method} if "GET" in by_method else by_method)
    door = way.door(request.POST) if way.narrow else way.usual
    if door is None:
        raise PermissionDenied
    return _at(door, request)


def _at(door: Door, request: HttpRequest) -> HttpResponseBase | None:
    if permissions.is_open(door.action) or (door.is_hidden and settings.DEBUG):
        return None
    user = request.user
    if not isinstance(user, User) or not user.is_active:
        return _without_account(door, request)
    roles = {permissions.ANYONE, permissions.ACCOUNT}
    if not permissions.granting(door.action, roles):
        roles |= offices.of(user)
        if not permissions.granting(door.action, roles):
            if door.is_hidden:
                raise Http404
            raise PermissionDenied(_("This page is for people with another role."))
        if second_factor.is_missing(user):
            return step_up.ask(request)
    if permissions.needs_step_up(door.action, roles) and not step_up.is_fresh(request):
        return step_up.ask(request)
    if permissions.is_recorded(door.action, roles):
        _tell_record(door, request)
    return None


def _without_account(door: Door, request: HttpRequest) -> HttpResponseBase:
    if door.is_hidden:
        raise Http404
    if request.path.startswith(errors.API):
        return errors.page(request, status=401)
    # To sign in, and then back here; what was posted is kept and done then.
    return step_up.ask(request)


def _not_that_way(request: HttpRequest, methods: Any) -> HttpResponse:
    if request.path.startswith(errors.API):
        response = errors.page(request, status=405)
        response["Allow"] = ", ".join(sorted(methods))
        return response
    return HttpResponseNotAllowed(sorted(methods))


def _tell_record(door: Door, request: HttpRequest) -> None:
    """Who looked is nobody's affair; that somebody did, and in which office, is everybody's."""
    parts = request.resolver_match.kwargs if request.resolver_match else {}
    slug = parts.get("slug")
    with transaction.atomic():
        lines.append(
            kind="oversight.read",
            subject=reverse("deliberate:conversation", args=[slug]) if slug else "/",
            facts={"role": "overseer", "what": door.action},
        )
