"""Files for overseers who draw a map again; the door has told the public record of it."""

from django.http import Http404, HttpRequest, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from deliberate import export
from deliberate.export_views import as_file
from deliberate.models import Conversation
from opinion_map import recomputing


@require_safe
def file(request: HttpRequest, slug: str, name: str) -> StreamingHttpResponse:
    """The votes, or which statements are left out."""
    conversation = get_object_or_404(Conversation.objects.public(), slug=slug)
    if name not in recomputing.FILES:
        raise Http404
    text = export.as_csv(recomputing.FILES[name](conversation))
    return as_file(request, text, f"{conversation.slug}-{name}.csv")


@require_safe
def whole_map(request: HttpRequest, slug: str) -> JsonResponse:
    """The published map with the salt of its fingerprint."""
    conversation = get_object_or_404(Conversation.objects.public(), slug=slug)
    found = recomputing.document(conversation)
    if found is None:
        raise Http404
    name = f'attachment; filename="{conversation.slug}-map.json"'
    return JsonResponse(found, headers={"Content-Disposition": name, "Cache-Control": "no-store"})
