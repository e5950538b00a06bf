"""The reader's own place: chosen by them, kept in a cookie of their browser, known to nobody."""

from typing import Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_safe

from config.lite import way_back
from deliberate import places
from deliberate.models import Place
from deliberate.places import Atlas

COOKIE: Final = "place"
YEAR: Final = 365 * 24 * 3600


def chosen(request: HttpRequest, atlas: Atlas) -> Place | None:
    """The place that the reader chose, if it still is one."""
    slug = request.COOKIES.get(COOKIE)
    return atlas.find(slug) if slug else None


@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """Remember the place in a cookie, or forget it, and go back to where the reader was.

    A link and not a form that is posted, so that reading the page before it sets no cookie.
    """
    response = HttpResponseRedirect(way_back(request))
    slug = request.GET.get("place", "")
    if not slug:
        response.delete_cookie(COOKIE, samesite="Lax")
        return response
    if places.atlas().find(slug) is None:
        raise Http404
    response.set_cookie(
        COOKIE, slug, max_age=YEAR, samesite="Lax", secure=settings.HTTPS, httponly=True
    )
    return response
