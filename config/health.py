"""Tells whoever watches the process that it lives."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process answers; it asks nothing of the database."""
    return HttpResponse("ok\n", content_type="text/plain")
