"""The public state of a live room over plain HTTP, for whoever has missed its news."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from deliberate.models import Conversation
from deliberate.snapshot import mark, snapshot


@require_safe
def live(request: HttpRequest, slug: str) -> HttpResponse:
    """The room's snapshot in the reader's language, or "you have it already".

    Whoever has heard of a later version than theirs names it (`?version=`), so that no cache on
    the way answers with an earlier one; this view has no need to read it.
    """
    conversation = Conversation.objects.public().filter(slug=slug).first()
    if conversation is None:
        raise Http404
    tag = quote_etag(mark(conversation))
    response = get_conditional_response(request, etag=tag)
    if response is None:
        response = JsonResponse(snapshot(conversation), json_dumps_params={"ensure_ascii": False})
    response["ETag"] = tag
    return response
