"""Phones that several people share: nothing is kept on them, and leaving forgets everything.

`Clear-Site-Data` makes the browser forget what a page cannot reach without JavaScript: its cache,
the kept pages, the votes that wait. (Only with HTTPS or on the machine itself; elsewhere the
page's script does the same.)
"""

from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from config import erasure, lite
from deliberate import participants

COOKIE: Final = "shared-phone"
FORGET: Final = '"cache", "storage"'


def is_shared(request: HttpRequest) -> bool:
    """Whether somebody said that others use this phone too."""
    return request.COOKIES.get(COOKIE) == "yes"


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Say whether the phone is shared, and leave it."""
    if request.method != "POST":
        return render(request, "device.html", {"may_erase": _own_key(request) is not None})
    act = request.POST.get("act")
    if act == "leave":
        return _leave(request)
    if act == "erase":
        return _erase(request)
    response = HttpResponseRedirect(reverse("device"))
    if act == "share":
        messages.success(request, _("This phone is shared: nothing is kept on it from now on."))
        response.set_cookie(
            COOKIE, "yes", max_age=lite.YEAR, samesite="Lax", secure=settings.HTTPS, httponly=True
        )
        response["Clear-Site-Data"] = FORGET
    else:
        messages.success(request, _("This phone is yours alone."))
        response.delete_cookie(COOKIE, samesite="Lax")
    return response


def _leave(request: HttpRequest) -> HttpResponse:
    """Sign out and forget the browser's own pseudonym, on any phone."""
    logout(request)
    response = HttpResponseRedirect(reverse("home"))
    for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, "messages"):
        response.delete_cookie(name, samesite="Lax")
    response["Clear-Site-Data"] = FORGET
    return response


def _erase(request: HttpRequest) -> HttpResponse:
    """Erase what was done here without an account, and the key that leads to it."""
    key = _own_key(request)
    if key is None:
        return HttpResponseRedirect(reverse("device"))
    erasure.erase_browser(key, remove_words=request.POST.get("remove_words") == "on")
    response = _leave(request)
    messages.success(request, _("What was done in this browser without an account is erased."))
    return response


def _own_key(request: HttpRequest) -> bytes | None:
    """The browser's own key; of somebody who is signed in, `My data` takes care of it."""
    if request.user.is_authenticated:
        return None
    return participants.person_key(user=None, session=request.session)


class SharedPhone(MiddlewareMixin):
    """On a shared phone sessions end with the browser, and signing out forgets."""

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        """Shorten a session that was just begun; clear the phone behind one that ended."""
        if not is_shared(request):
            return response
        session = request.session
        if session.modified and not session.is_empty():
            session.set_expiry(0)
        if request.method == "POST" and request.path == reverse("account_logout"):
            response["Clear-Site-Data"] = FORGET
        return response
