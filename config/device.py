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

from config import lite

COOKIE: Final = "shared-phone"
FORGET: Final = '"cache", "storage"'


def is_shared(request: HttpRequest) -> bool:
    """Whether somebody said that others use this phone too."""
    return request.COOKIES.get(COOKIE) == "yes"


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Say whether the phone is shared, and leave it."""
    if request.method != "POST":
        return render(request, "device.html")
    act = request.POST.get("act")
    if act == "leave":
        return _leave(request)
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
