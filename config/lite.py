"""The light site: no pictures and no live line, for whom each kilobyte costs.

By the browser's own word (`Save-Data: on`), or by a switch of ours for browsers that have none.
"""

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

COOKIE: Final = "lite"
YEAR: Final = 365 * 24 * 3600


def is_on(request: HttpRequest) -> bool:
    """Whether this reader gets the light site; their own choice stands above the browser's."""
    choice = request.COOKIES.get(COOKIE)
    if choice in {"on", "off"}:
        return choice == "on"
    return request.headers.get("Save-Data", "").strip().lower() == "on"


@require_http_methods(["GET", "HEAD", "POST"])
def switch(request: HttpRequest) -> HttpResponse:
    """Show what the light site is, and switch it on or off."""
    back = way_back(request)
    if request.method != "POST":
        return render(request, "lite.html", {"back": back})
    response = HttpResponseRedirect(back)
    choice = "on" if request.POST.get("lite") == "on" else "off"
    response.set_cookie(COOKIE, choice, max_age=YEAR, samesite="Lax", secure=settings.HTTPS)
    return response


def way_back(request: HttpRequest) -> str:
    """Where the reader came from, if that was on this site; else the front page."""
    back = request.POST.get("next") or request.GET.get("next") or "/"
    safe = url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return back if safe else "/"
