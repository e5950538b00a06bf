"""Files drawn on the server, sent once: ETag and 304, kept in the cache, right for a shared one."""

from collections.abc import Callable

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import quote_etag

KEPT_SECONDS = 3600
# Nothing that is drawn here runs or loads anything.
POLICY = "default-src 'none'; style-src 'self'"


def send(
    request: HttpRequest,
    *,
    mark: str,
    content_type: str,
    make: Callable[[], bytes],
    private: bool = False,
    varies: tuple[str, ...] = (),
    seconds: int = 0,
) -> HttpResponse:
    """The file that `mark` names, or "you have it already"; made only where it is not known.

    A private one is kept nowhere but in the reader's browser. `seconds` is how long caches may
    hand it out without asking.
    """
    tag = quote_etag(mark)
    response = get_conditional_response(request, etag=tag)
    if response is None:
        body = None if private else cache.get(f"file:{mark}")
        if body is None:
            body = make()
            if not private:
                cache.set(f"file:{mark}", body, KEPT_SECONDS)
        response = HttpResponse(body, content_type=content_type)
    response["ETag"] = tag
    response["Cache-Control"] = _cache_control(private=private, seconds=seconds)
    response["Content-Security-Policy"] = POLICY
    patch_vary_headers(response, ["Cookie"] if private else varies)
    return response


def _cache_control(*, private: bool, seconds: int) -> str:
    if private:
        return "private, no-cache"
    return f"public, max-age={seconds}" if seconds else "no-cache"
