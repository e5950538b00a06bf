"""Finishes what somebody was doing when they had to sign in: see accounts/kept_acts.py.

Whatever form is answered by "sign in first" is kept on its way out, whichever view or door said
so. When its person is in, the same form enters by the same door, and every rule is asked anew.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import urlencode

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils.datastructures import MultiValueDict
from django.utils.decorators import sync_and_async_middleware
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import kept_acts, step_up
from accounts.kept_acts import Act
from config import notices


@dataclass(frozen=True)
class Kind:
    """What is said of a kept act, and whether it is done without asking once more."""

    sentence: Promise
    is_a_citizens: bool = True


SIGNATURE: Final = Kind(gettext_lazy("One step is left: then your signature is counted."))
VOTE: Final = Kind(gettext_lazy("One step is left: then your vote is counted."))
STATEMENT: Final = Kind(gettext_lazy("One step is left: then your statement is sent."))
FOLLOW: Final = Kind(gettext_lazy("One step is left: then you will be told what becomes of it."))
PETITION: Final = Kind(gettext_lazy("What you have written is kept. Sign in to go on."))
OTHER: Final = Kind(PETITION.sentence, is_a_citizens=False)
KINDS: Final[Mapping[str, Kind]] = {
    "follow": FOLLOW,
    "petitions:new": PETITION,
    "petitions:edit": PETITION,
}


def kind_of(act: Act) -> Kind:
    """What is being done, by its door and what is asked there."""
    try:
        name = resolve(act.path).view_name
    except Resolver404:
        return OTHER
    form = QueryDict(act.form)
    if name == "petitions:petition":
        return SIGNATURE if form.get("action") == "sign" else OTHER
    if name == "deliberate:conversation":
        return STATEMENT if "text" in form else VOTE
    return KINDS.get(name, OTHER)


@dataclass(frozen=True)
class Waiting:
    """What is done after signing in: in a sentence, with the matter that it is about, if any."""

    sentence: Promise
    matter: notices.Matter


def waiting(kind: Kind, path: str) -> Waiting:
    """What is said of such an act on that page's matter."""
    return Waiting(kind.sentence, notices.matters_of([path]).get(path, notices.Matter()))


def behind(request: HttpRequest, address: str) -> Waiting | None:
    """What waits behind that address; None if nothing does."""
    act = kept_acts.of_address(request, address) if address else None
    if act is None:
        return None
    kind = kind_of(act)
    return waiting(kind, QueryDict(act.form).get("path", "") if kind is FOLLOW else act.path)


@sync_and_async_middleware
def finish(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """The middleware; inside of all that tell who asks."""
    if iscoroutinefunction(get_response):
        answer = cast("Callable[[HttpRequest], Awaitable[HttpResponseBase]]", get_response)
        keep_beside = sync_to_async(_keep, thread_sensitive=True)

        async def finishing(request: HttpRequest) -> HttpResponseBase:
            response = await answer(request)
            act: Act | None = getattr(response, "kept_act", None)
            if act is not None:
                again = _again(request, act)
                return _bring_back(request, again, await answer(again))
            if _asks_to_sign_in(request, response):
                await keep_beside(request, response)
            return response

        return finishing

    def finishing_now(request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = get_response(request)
        act: Act | None = getattr(response, "kept_act", None)
        if act is not None:
            again = _again(request, act)
            return _bring_back(request, again, get_response(again))
        if _asks_to_sign_in(request, response):
            _keep(request, response)
        return response

    return finishing_now


@never_cache
@require_safe
def go_on(request: HttpRequest, token: str) -> HttpResponse:
    """Do the kept act, once. Its address is known to nobody but the browser it was kept for."""
    act = kept_acts.find(request, token)
    if act is None:
        messages.warning(
            request, _("Nothing waits here: it is done, or more than an hour has passed.")
        )
        return redirect("home")
    user = request.user
    if not user.is_authenticated:
        return redirect(f"{reverse('account_signup')}?{urlencode({'next': request.path})}")
    is_own = act.user_id == user.pk
    if is_own and not step_up.is_recent(request):
        return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': request.path})}")
    if not is_own and not kind_of(act).is_a_citizens:
        return _shown(request, act)
    taken = kept_acts.take(request, token)
    if taken is None:
        return redirect("home")
    response = HttpResponse()
    response.kept_act = taken  # type: ignore[attr-defined]
    return response


def _shown(request: HttpRequest, act: Act) -> HttpResponse:
    """An office's form whose session had ended: who is in now may be somebody else, so ask."""
    form = QueryDict(act.form)
    rows = [(name, value) for name, values in form.lists() for value in values]
    context = {"action": _address(act), "rows": rows, "path": act.path}
    return render(request, "account/go_on.html", context)


def _asks_to_sign_in(request: HttpRequest, response: HttpResponseBase) -> bool:
    return (
        request.method == "POST"
        and response.status_code == 302
        and response.headers["Location"].startswith(reverse("account_login") + "?")
    )


def _keep(request: HttpRequest, response: HttpResponseBase) -> None:
    address = kept_acts.keep(request)
    if address:
        join = f"{reverse('account_signup')}?{urlencode({'next': address})}"
        response.headers["Location"] = join


def _again(request: HttpRequest, act: Act) -> HttpRequest:
    """The act as a request of whoever is in now. Its page's token was checked when it came."""
    again: Any = HttpRequest()
    again.method = "POST"
    again.path = again.path_info = act.path
    again.META = request.META | {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": act.path,
        "QUERY_STRING": act.query,
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
    }
    again.content_type, again.content_params = "application/x-www-form-urlencoded", {}
    again.GET, again.POST = QueryDict(act.query), QueryDict(act.form)
    again.FILES = MultiValueDict()
    again._body = act.form.encode()
    again.COOKIES = request.COOKIES
    again._get_scheme = request._get_scheme  # type: ignore[attr-defined]
    for name in ("session", "user", "auser", "_messages", "allauth", "LANGUAGE_CODE"):
        if hasattr(request, name):
            setattr(again, name, getattr(request, name))
    again._dont_enforce_csrf_checks = True
    return cast(HttpRequest, again)


def _bring_back(
    request: HttpRequest, again: HttpRequest, response: HttpResponseBase
) -> HttpResponseBase:
    """Whatever the inner answer needs of the outer request: a token for its forms."""
    for name in ("CSRF_COOKIE", "CSRF_COOKIE_NEEDS_UPDATE"):
        if name in again.META:
            request.META[name] = again.META[name]
    return response


def _address(act: Act) -> str:
    return f"{act.path}?{act.query}" if act.query else act.path
