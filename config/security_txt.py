"""Whom to tell of a security hole, where those look who find one (RFC 9116)."""

from datetime import UTC, datetime, time, timedelta
from typing import Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

# The file says that it is good for so long; it is made anew each day.
GOOD_FOR: Final = timedelta(days=90)
LANGUAGES: Final = "en"


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The file; without a contact there is none."""
    if not settings.SECURITY_CONTACT:
        raise Http404
    day = timezone.now().astimezone(UTC).date() + GOOD_FOR
    fields = [
        *(("Contact", contact) for contact in settings.SECURITY_CONTACT),
        ("Expires", f"{datetime.combine(day, time()).isoformat()}Z"),
        ("Preferred-Languages", LANGUAGES),
        ("Canonical", settings.SITE_URL + reverse("security-txt")),
    ]
    text = "".join(f"{name}: {value}\n" for name, value in fields)
    return HttpResponse(text, content_type="text/plain; charset=utf-8")
