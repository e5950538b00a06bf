"""The pages of places: all of them, and what goes on in one."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from config import going_on, my_place
from deliberate import places
from deliberate.models import Place
from deliberate.places import Atlas

SHOWN = 30


@require_safe
def every_place(request: HttpRequest) -> HttpResponse:
    """All places, each below the one that it lies in."""
    atlas = places.atlas()
    mine = my_place.chosen(request, atlas)
    rows = [
        {
            "place": places.wording_of(place),
            "kind": place.get_kind_display(),
            "around": [places.wording_of(each) for each in atlas.around(place)],
        }
        for place in _by_where_they_lie(atlas)
    ]
    return render(
        request,
        "places.html",
        {"rows": rows, "my_place": places.wording_of(mine) if mine else None},
    )


@require_safe
def one_place(request: HttpRequest, slug: str) -> HttpResponse:
    """Conversations, petitions, answers and late answers of a place and of what lies in it."""
    atlas = places.atlas()
    place = atlas.find(slug)
    if place is None:
        raise Http404
    reach = going_on.Reach(atlas, only=frozenset(atlas.inside_ids(place)))
    context = {
        "place": places.wording_of(place),
        "kind": place.get_kind_display(),
        "around": [places.wording_of(each) for each in atlas.around(place)],
        "inside": [places.wording_of(each) for each in atlas.inside(place)],
        "is_mine": my_place.chosen(request, atlas) == place,
        "going_on": going_on.read(reach, most=SHOWN, closed=SHOWN),
    }
    return render(request, "place.html", context)


def _by_where_they_lie(atlas: Atlas) -> list[Place]:
    known = {place.pk for place in atlas}
    tops = [place for place in atlas if place.within_id not in known]
    return [place for top in tops for place in (top, *atlas.inside(top))]
