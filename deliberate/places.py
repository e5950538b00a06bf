"""Places: districts and towns with their names, and what is near one of them.

This module alone writes Place. A country has some hundreds of them, so they are read all at once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar, cast

from django.conf import settings
from django.db.models import Case, IntegerField, Model, QuerySet, Value, When
from django.utils.translation import get_language

from deliberate.models import Place

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class PlaceWording:
    """A place as one reader sees it."""

    slug: str
    name_here: str
    language_here: str
    url: str


class Atlas:
    """Every place of the site, read once for a page."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._places = {place.pk: place for place in places}

    def __iter__(self) -> Iterator[Place]:
        return iter(self._places.values())

    def __bool__(self) -> bool:
        return bool(self._places)

    @cached_property
    def _by_slug(self) -> Mapping[str, Place]:
        return {place.slug: place for place in self}

    def find(self, slug: str) -> Place | None:
        """The place of that slug."""
        return self._by_slug.get(slug)

    def named(self, place_id: int | None) -> PlaceWording | None:
        """The place's name for the reader, None for what is at home nowhere."""
        place = self._places.get(place_id) if place_id is not None else None
        return wording_of(place) if place else None

    def around(self, place: Place) -> list[Place]:
        """The places that it lies in, the largest first."""
        found: list[Place] = []
        here: Place | None = self._places.get(place.within_id or 0)
        while here is not None and here != place and here not in found:
            found.insert(0, here)
            here = self._places.get(here.within_id or 0)
        return found

    def inside(self, place: Place) -> list[Place]:
        """The places that lie in it, at every depth, each behind the one that it lies in."""
        return self._inside(place, {place.pk})

    def _inside(self, place: Place, known: set[int]) -> list[Place]:
        found: list[Place] = []
        for part in self:
            # Known ones are left out: two places that lie in each other are an operator's slip.
            if part.within_id == place.pk and part.pk not in known:
                known.add(part.pk)
                found += [part, *self._inside(part, known)]
        return found

    def inside_ids(self, place: Place) -> set[int]:
        """The place itself and all that lies in it."""
        return {place.pk, *(part.pk for part in self.inside(place))}

    def rings(self, place: Place) -> list[set[int]]:
        """The nearest first: the place with all that lies in it, then what it lies in."""
        return [self.inside_ids(place), {around.pk for around in self.around(place)}]


def atlas() -> Atlas:
    """Every place, in the order of the names."""
    return Atlas(Place.objects.all())


def slugs_inside(place_id: int) -> set[str]:
    """The place itself and all that lies in it, by their slugs; in one small query."""
    parts: dict[int | None, list[int]] = {}
    slugs: dict[int, str] = {}
    for pk, slug, within in Place.objects.order_by().values_list("pk", "slug", "within_id"):
        slugs[pk] = slug
        parts.setdefault(within, []).append(pk)
    found: set[int] = set()
    waiting = [place_id]
    while waiting:
        here = waiting.pop()
        # Two places that lie in each other are an operator's slip.
        if here in slugs and here not in found:
            found.add(here)
            waiting += parts.get(here, [])
    return {slugs[pk] for pk in found}


def wording_of(place: Place) -> PlaceWording:
    """The place's name in the reader's language, its own where none fits."""
    wanted = get_language() or place.language
    names = {**place.names, place.language: place.name}
    for language in settings.LANGUAGE_CHAINS.get(wanted, (wanted,)):
        if language in names:
            return PlaceWording(place.slug, names[language], language, place.get_absolute_url())
    return PlaceWording(place.slug, place.name, place.language, place.get_absolute_url())


def establish(
    *,
    slug: str,
    name: str,
    kind: str,
    language: str = "en",
    names: Mapping[str, str] | None = None,
    within: Place | None = None,
) -> Place:
    """The place of that slug with these names, made where it is missing."""
    place, _made = Place.objects.update_or_create(
        slug=slug,
        defaults={
            "name": name,
            "language": language,
            "names": dict(names or {}),
            "kind": Place.Kind(kind),
            "within": within,
        },
    )
    return place


def nearest_first(
    rows: QuerySet[Row], *, rings: Sequence[Iterable[int]], column: str
) -> QuerySet[Row]:
    """The rows, ring by ring, then the others; within a ring in their own order."""
    distance = Case(
        *(
            When(**{f"{column}__in": sorted(ring)}, then=Value(far))
            for far, ring in enumerate(rings)
        ),
        default=Value(len(rings)),
        output_field=IntegerField(),
    )
    ordered = rows.alias(distance=distance).order_by("distance", *rows.query.order_by)
    return cast("QuerySet[Row]", ordered)
