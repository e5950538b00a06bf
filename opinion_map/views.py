"""The pages of opinion maps: in words, as a picture, as data."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language_bidi, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from deliberate import participants, wording
from deliberate.models import Conversation
from deliberate.views import policy_sentence, visible
from opinion_map import drawing, publication, reading, snapshots


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """The whole map: text first, then the picture, then every number in a table."""
    conversation = visible(slug)
    response = render(
        request,
        "opinion_map/map.html",
        {
            "conversation": conversation,
            "here": wording.conversation_here(conversation),
            "policy_sentence": policy_sentence(conversation),
            "map": reading.of(conversation, rows=None if "every" in request.GET else reading.ROWS),
            "you": _own_group(request, conversation),
        },
    )
    response["Cache-Control"] = "private, no-cache"
    return response


@require_safe
def summary(request: HttpRequest, slug: str) -> HttpResponse:
    """The fragment that an open page puts in place of its older one."""
    conversation = visible(slug)
    response = render(
        request,
        "opinion_map/summary.html",
        {"conversation": conversation, "map": reading.of(conversation)},
    )
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
def picture(request: HttpRequest, slug: str) -> HttpResponse:
    """The map as SVG."""
    published = _published(slug)
    svg = drawing.map_svg(
        published.shown,
        labels=_labels(published),
        direction="rtl" if get_language_bidi() else "ltr",
    )
    response = HttpResponse(svg, content_type="image/svg+xml; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'self'"
    patch_vary_headers(response, ["Accept-Language", "Cookie"])
    return response


@require_safe
def document(request: HttpRequest, slug: str) -> HttpResponse:
    """The map as data, in the format opinion-map/1."""
    response = JsonResponse(_published(slug).document, json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "no-cache"
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _published(slug: str) -> publication.PublishedMap:
    published = publication.newest(visible(slug))
    if published is None:
        raise Http404
    return published


def _labels(published: publication.PublishedMap) -> dict[str, Any]:
    return {
        "title": _("Opinion map"),
        "description": reading.how_sure(published.shown),
        "group": _("Group {letter}"),
        "people": lambda count: (
            ngettext("%(count)d person", "%(count)d people", count) % {"count": count}
        ),
        "unreliable": _("The groups are not certain yet."),
        "you": _("You"),
        "empty": _("There is no map yet."),
    }


def _own_group(request: HttpRequest, conversation: Conversation) -> str | None:
    """The letter of the group whose centre is nearest to the reader's own votes."""
    participant = participants.find(
        conversation=conversation, user=request.user, session=request.session
    )
    if participant is None:
        return None
    return snapshots.nearest_group(conversation, participant)
