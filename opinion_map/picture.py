"""The map as a picture for one reader: what is marked on it, and its words."""

from typing import Any

from django.conf import settings
from django.utils.translation import get_language_bidi, get_language_info, ngettext
from django.utils.translation import gettext as _

from opinion_map import choice, drawing, reading
from opinion_map.asked import Asked
from opinion_map.own_place import Own
from opinion_map.statement_lines import Writer, divides, typical, unites, unsure

# Statements that are placed on the plane: those of which the page speaks.
PER_LIST, PER_GROUP = 4, 3


def svg(found: reading.Source, *, asked: Asked, own: Own, links: bool) -> str:
    """The map as SVG; with `links`, to be a part of the page, each mark can be picked.

    Raises
    ------
    NotThere
        The map has no such statement or group.
    """
    statement, group = reading.chosen(found, asked=asked, own=own)
    return drawing.map_svg(
        found.shown,
        labels=labels(found.shown),
        direction="rtl" if get_language_bidi() else "ltr",
        you=own.place,
        marks=_marks(found, asked, statement, group, links=links),
        chosen=group.letter if group else None,
        shares=statement.shares if statement else None,
        link=(lambda letter: asked.url("choice", group=letter, statement=None)) if links else None,
        prefix="plane",
    )


def labels(document: dict[str, Any]) -> drawing.Labels:
    """The words on a map in the reader's language."""
    return {
        "title": _("Opinion map"),
        "description": reading.how_sure(document),
        "group": _("Group {letter}"),
        "people": lambda count: (
            ngettext("%(count)d person", "%(count)d people", count) % {"count": count}
        ),
        "unreliable": (
            _("The groups are not certain yet.")
            if reading.groups_of(document)
            else _("People do not fall into groups here.")
        ),
        "you": _("You"),
        "empty": _("There is no map yet."),
    }


def _marks(
    found: reading.Source,
    asked: Asked,
    statement: choice.ChosenStatement | None,
    group: choice.ChosenGroup | None,
    *,
    links: bool,
) -> list[drawing.Mark]:
    picked = statement.number if statement else None
    strong = [one.line.number for one in group.statements[:PER_GROUP]] if group else []
    return [
        _mark(found, asked, number, links=links, picked=picked, strong=strong)
        for number in dict.fromkeys([*([] if picked is None else [picked]), *_named(found)])
    ]


def _mark(
    found: reading.Source,
    asked: Asked,
    number: int,
    *,
    links: bool,
    picked: int | None,
    strong: list[int],
) -> drawing.Mark:
    here = found.texts[number]
    is_chosen = number == picked
    return drawing.Mark(
        number=number,
        text=here.text_here if links or is_chosen else "",
        direction="rtl" if is_rtl(here.language_here) else "ltr",
        is_chosen=is_chosen,
        is_strong=number in strong,
        href=asked.url("choice", statement=number, group=None) if links else None,
    )


def _named(found: reading.Source) -> list[int]:
    """The statements of which the page speaks in words."""
    document, writer = found.shown, Writer(found.texts)
    lists = [typical(group, writer, most=PER_GROUP) for group in reading.groups_of(document)]
    lists += [one(document, writer, most=PER_LIST) for one in (unites, divides, unsure)]
    return [line.number for lines in lists for line in lines]


def is_rtl(language: str) -> bool:
    """Whether words of that language run from right to left."""
    if language.split("-")[0] in settings.LANGUAGES_BIDI:
        return True
    try:
        return bool(get_language_info(language)["bidi"])
    except KeyError:
        return False
