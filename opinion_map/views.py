"""The pages of opinion maps: in words, as a picture, as data."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from deliberate import orders, wording
from deliberate.models import Conversation
from deliberate.polis_files import guarded
from deliberate.views import policy_sentence, visible
from opinion_map import asked, delivery, own_place, publication, reading
from opinion_map import picture as pictures
from opinion_map.asked import Asked, NotThere
from opinion_map.languages import in_asked_language
from opinion_map.own_place import NOBODY, Own

# What a script may ask for alone, to put it in the place of the part it has.
PARTS = {
    "map": "opinion_map/whole.html",
    "choice": "opinion_map/choice.html",
    "numbers": "opinion_map/table.html",
}


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """The whole map: text first, then the picture, then every number in a table."""
    conversation = visible(slug)
    try:
        wish = asked.read(request.GET)
        if "step" in request.GET:
            return _to_step(request, conversation)
        context = _context(request, conversation, wish)
    except NotThere:
        return _nothing_there(request)
    template = PARTS.get(request.GET.get("part", ""), "opinion_map/map.html")
    return render(request, template, context)


@require_safe
def summary(request: HttpRequest, slug: str) -> HttpResponse:
    """The fragment that an open page puts in place of its older one."""
    conversation = visible(slug)
    context = {"conversation": conversation, "map": reading.of(conversation)}
    return render(request, "opinion_map/summary.html", context)


@require_safe
@in_asked_language
def picture(request: HttpRequest, slug: str) -> HttpResponse:
    """The map as SVG."""
    conversation = visible(slug)
    try:
        wish = asked.read(request.GET)
        found = _source(conversation, wish)
        own = _own(request, conversation, found) if "you" in request.GET else NOBODY
        statement, _group = reading.chosen(found, asked=wish, own=own)
        links = "links" in request.GET
    except NotThere:
        return _nothing_there(request)
    words = statement.text if statement else ""
    return delivery.send(
        request,
        mark=publication.mark(conversation, found.published, "map", wish, words, links, own.place),
        content_type="image/svg+xml; charset=utf-8",
        make=lambda: pictures.svg(found, asked=wish, own=own, links=links).encode(),
        private=own is not NOBODY,
        varies=("Accept-Language", "Cookie"),
    )


@require_safe
def document(request: HttpRequest, slug: str) -> HttpResponse:
    """The map as data, in the format opinion-map/1."""
    conversation = visible(slug)
    published = publication.newest(conversation)
    if published is None:
        raise Http404
    response = delivery.send(
        request,
        mark=publication.mark(conversation, published, "json"),
        content_type="application/json",
        make=lambda: json.dumps(published.document, ensure_ascii=False).encode(),
    )
    response["Access-Control-Allow-Origin"] = "*"
    return response


@require_safe
def numbers(request: HttpRequest, slug: str) -> HttpResponse:
    """The table of the map as CSV: one line a statement, everyone and each group."""
    conversation = visible(slug)
    found = reading.source(conversation)
    if found is None:
        raise Http404
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(_csv_rows(found))
    response = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{conversation.slug}-map.csv"'
    return response


def _context(request: HttpRequest, conversation: Conversation, wish: Asked) -> dict[str, Any]:
    """What the page and each of its parts are made of.

    Raises
    ------
    NotThere
        The reader asks for a version, a statement, a group or a column that there is not.
    """
    context = {
        "conversation": conversation,
        "here": wording.conversation_here(conversation),
        "policy_sentence": policy_sentence(conversation),
        "map": reading.nothing_yet(conversation),
    }
    steps = publication.versions(conversation)
    newest = steps[-1] if steps and wish.version is None else None
    found = reading.source(conversation, version=wish.version, known=newest)
    if found is None:
        if wish != asked.NOTHING:
            raise NotThere(str(wish))
        return context
    own = _own(request, conversation, found)
    statement, group = reading.chosen(found, asked=wish, own=own)
    return context | {
        "map": reading.words(conversation, found, asked=wish),
        "asked": wish,
        "own": own,
        "you": own.group,
        "statement": statement,
        "group": group,
        "table": reading.numbers(found, asked=wish, own=own),
        "history": _history(steps, found, wish),
        "picture_query": _picture_query(found, wish, own),
        "nothing_chosen": wish.url("choice", statement=None, group=None),
    }


def _source(conversation: Conversation, wish: Asked) -> reading.Source:
    found = reading.source(conversation, version=wish.version)
    if found is None:
        raise NotThere("version")
    return found


def _own(request: HttpRequest, conversation: Conversation, found: reading.Source) -> Own:
    return own_place.of(request, conversation, found.published)


def _history(
    steps: list[publication.Version], found: reading.Source, wish: Asked
) -> dict[str, Any] | None:
    """The way through the past maps, from the one that is shown; None where there is one only."""
    if len(steps) < 2:
        return None
    here = found.published
    # A version that was thinned out of the way stands where it would have been.
    at = max((turn for turn, one in enumerate(steps) if one.pk <= here.pk), default=0)
    links = [
        {
            "query": wish.url("map", version=None if one is steps[-1] else one.number),
            "drawn_at": one.drawn_at,
            "is_here": turn == at,
        }
        for turn, one in enumerate(steps)
    ]
    return {
        "steps": links,
        "at": at + 1,
        "count": len(steps),
        "before": links[at - 1] if at else None,
        "after": links[at + 1] if at + 1 < len(links) else None,
        "newest": links[-1],
        "is_past": here.pk < steps[-1].pk,
    }


def _to_step(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """From the slider's form to the address of the version that it stands for."""
    steps = publication.versions(conversation)
    step = asked.number(request.GET["step"])
    if step is None or not 1 <= step <= len(steps):
        raise NotThere("step")
    newest = step == len(steps)
    wish = asked.read(request.GET)
    query = wish.url("map", version=None if newest else steps[step - 1].number)
    return HttpResponseRedirect(request.path + query)


def _picture_query(found: reading.Source, wish: Asked, own: Own) -> str:
    """The query of the picture that belongs to the page; with the map's number, so it is kept."""
    pairs: dict[str, object] = {"v": found.published.pk, "lang": get_language()}
    for name in ("version", "statement", "group"):
        if (value := getattr(wish, name)) is not None:
            pairs[name] = value
    if own.place is not None:
        pairs["you"] = 1
    return urlencode(pairs)


def _nothing_there(request: HttpRequest) -> HttpResponse:
    """404 with what is missing: an older map was not kept, or a statement is not on it."""
    sentence = _(
        "This map is not there: of older maps one an hour is kept, and statements that were"
        " taken away leave every map."
    )
    return render(request, "errors/404.html", {"sentence": sentence}, status=404)


def _csv_rows(found: reading.Source) -> Iterator[list[object]]:
    letters = [group["id"] for group in found.shown["groups"]]
    choices = ("agree", "disagree", "pass")
    yield [
        "statement",
        "text",
        *choices,
        *(f"{letter}-{one}" for letter in letters for one in choices),
        "consensus",
        "divisiveness",
        # To be shown first, by this map: what statements are drawn by until the next one.
        "chance",
    ]
    rows = found.shown["statements"]
    chances = orders.shares([row["priority"] for row in rows]).tolist()
    for row, chance in zip(rows, chances, strict=True):
        counts = [row, *(row["groups"].get(letter) or {} for letter in letters)]
        yield [
            row["id"],
            guarded(found.texts[row["id"]].text_here),
            *(_blank(part.get(one)) for part in counts for one in choices),
            _blank(row["consensus"]),
            _blank(row["divisiveness"]),
            round(chance, 6),
        ]


def _blank(value: object) -> object:
    """Counts of too few people are left blank."""
    return "" if value is None else value
