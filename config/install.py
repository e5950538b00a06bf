"""What makes the site an application on a phone: its manifest, its worker, its page without a line.

The worker (frontend/templates/sw.js) is the site's own script in the browser that answers when
the line does not. Its text changes with the site's version and the reader's language, which is
how a browser learns that it has to fetch the page without a line anew.
"""

import hashlib
import json
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from config.page import Page

ICONS = [
    ("icons/mark-192.png", "192x192", "any"),
    ("icons/mark-512.png", "512x512", "any"),
    ("icons/mark-maskable-512.png", "512x512", "maskable"),
]
# As in frontend/static/css/tokens.css
COLOUR = "#1e2257"


@require_safe
def manifest(request: HttpRequest) -> JsonResponse:
    """Name, icons and start of the installed site, in the reader's language."""
    name = Page.site_name
    return JsonResponse(
        {
            "id": "/",
            "name": name,
            "short_name": name,
            "description": _("Say what you think, see what people agree on, ask your council."),
            "lang": get_language(),
            "dir": "rtl" if get_language_bidi() else "ltr",
            "start_url": reverse("home"),
            "scope": "/",
            "display": "standalone",
            "background_color": COLOUR,
            "theme_color": COLOUR,
            "icons": [
                {"src": static(path), "sizes": sizes, "type": "image/png", "purpose": purpose}
                for path, sizes, purpose in ICONS
            ],
        },
        content_type="application/manifest+json",
        json_dumps_params={"ensure_ascii": False},
    )


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The worker; browsers look for a newer one at each visit, at most once a day."""
    return render(
        request,
        "sw.js",
        {
            "version": json.dumps(f"{version()} {get_language()}"),
            "offline": json.dumps(reverse("offline")),
            "shell": json.dumps([reverse("offline"), static("css/site.css")]),
        },
        content_type="text/javascript",
    )


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """What a reader sees without a line of a page that their phone has not kept."""
    # Everybody's page, which the phone keeps; a message for the reader is not spent on it.
    return render(request, "offline.html", {"user": AnonymousUser(), "messages": []})


@cache
def version() -> str:
    """Short, and another one after each change of the site's files."""
    listed = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if settings.HASHED_STATIC_FILES and listed.exists():
        return hashlib.sha256(listed.read_bytes()).hexdigest()[:12]
    return "unversioned"
