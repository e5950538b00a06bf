"""The printable report, its pictures, and the card that is shown where a link is shared."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, get_language_bidi, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from deliberate import participants, wording
from deliberate.views import policy_sentence, visible
from opinion_map import card as cards
from opinion_map import delivery, drawing, participation, publication, reading
from opinion_map import report as reports
from opinion_map.languages import in_asked_language

PICTURE = "image/svg+xml; charset=utf-8"
# Sites that show a shared link fetch its card again and again.
CARD_SECONDS = 300


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """Everything that is published of a conversation, for paper."""
    conversation = visible(slug)
    found = reading.source(conversation)
    return render(
        request,
        "opinion_map/report.html",
        {
            "conversation": conversation,
            "here": wording.conversation_here(conversation),
            "policy_sentence": policy_sentence(conversation),
            "report": reports.of(conversation, found),
            "mark": found.published.pk if found else 0,
            "assisted": participants.assisted_count(conversation),
        },
    )


@require_safe
@in_asked_language
def beeswarm(request: HttpRequest, slug: str) -> HttpResponse:
    """Every statement as a dot, from those that unite to those that divide."""
    conversation = visible(slug)
    published = publication.newest(conversation)
    if published is None:
        raise Http404
    labels: drawing.Labels = {
        "title": _("What unites and what divides"),
        "description": _("Each dot is a statement; a full one is agreed or refused by most."),
        "unites": _("unites"),
        "divides": _("divides"),
        "statements": lambda count: (
            ngettext("%(count)d statement", "%(count)d statements", count) % {"count": count}
        ),
    }
    return delivery.send(
        request,
        mark=publication.mark(conversation, published, "beeswarm"),
        content_type=PICTURE,
        make=lambda: drawing.beeswarm_svg(
            published.shown, labels=labels, direction=_direction()
        ).encode(),
        varies=("Accept-Language", "Cookie"),
    )


@require_safe
@in_asked_language
def timeline(request: HttpRequest, slug: str) -> HttpResponse:
    """Votes over time as columns."""
    conversation = visible(slug)
    spans = participation.of(conversation)
    labels: drawing.Labels = {
        "title": _("Participation over time"),
        "description": _("Votes by day."),
        "empty": _("Nothing to show yet."),
        "total": lambda count: (
            ngettext("%(count)d vote", "%(count)d votes", count) % {"count": count}
        ),
    }
    days = [(span.last, span.votes) for span in spans]
    return delivery.send(
        request,
        mark=publication.digest("timeline", conversation.pk, days, get_language()),
        content_type=PICTURE,
        make=lambda: drawing.timeline_svg(days, labels=labels, direction=_direction()).encode(),
        varies=("Accept-Language", "Cookie"),
    )


@require_safe
@in_asked_language
def card(request: HttpRequest, slug: str) -> HttpResponse:
    """The picture that stands beside a shared link."""
    conversation = visible(slug)
    here = wording.conversation_here(conversation)
    published = publication.newest(conversation)
    number = published.pk if published else 0
    return delivery.send(
        request,
        mark=publication.digest("card", conversation.pk, number, here, get_language()),
        content_type="image/png",
        make=lambda: cards.png(here, published),
        varies=("Accept-Language", "Cookie"),
        seconds=CARD_SECONDS,
    )


def _direction() -> str:
    return "rtl" if get_language_bidi() else "ltr"
