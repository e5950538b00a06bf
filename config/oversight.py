"""The overseers' page: everything that they may read, and how a map is drawn again."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from deliberate import wording
from deliberate.models import Conversation

ON_A_PAGE = 30


@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The desks, and each conversation's files."""
    rows = Conversation.objects.public().prefetch_related("texts").order_by("-opens_at", "-pk")
    found = Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "conversations": [(row, wording.conversation_here(row)) for row in found],
        "listing": found,
        "previous_query": f"page={found.number - 1}" if found.has_previous() else "",
        "next_query": f"page={found.number + 1}" if found.has_next() else "",
    }
    return render(request, "oversight.html", context)
