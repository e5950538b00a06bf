"""The public state of a live room over plain HTTP, for whoever has missed its news."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from deliberate import boards


@require_safe
def live(request: HttpRequest, slug: str) -> HttpResponse:
    """The room's snapshot in the reader's language, or "you have it already".

    Whoever has heard of a later version than theirs names it (`?version=`), so that no cache on
    the way answers with an earlier one; this view has no need to read it.
    """
    # A whole room asks at once after an outage: one small query each, and the rest is read once.
    moment = boards.now(slug)
    if moment is None:
        raise Http404
    language = get_language() or settings.LANGUAGE_CODE
    tag = quote_etag(moment.mark(language))
    response = get_conditional_response(request, etag=tag)
    if response is None:
        response = JsonResponse(
            moment.snapshot(language), json_dumps_params={"ensure_ascii": False}
        )
    response["ETag"] = tag
    return response
