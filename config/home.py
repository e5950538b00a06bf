"""The front page: what goes on, first near the reader's own place if they have chosen one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from config import going_on, my_place
from deliberate import places

SHOWN = 6


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Open conversations, petitions nearly there, what councils answered and have not."""
    atlas = places.atlas()
    place = my_place.chosen(request, atlas)
    rings = atlas.rings(place) if place else ()
    return render(
        request,
        "home.html",
        {
            "going_on": going_on.read(going_on.Reach(atlas, rings=rings), most=SHOWN),
            "my_place": places.wording_of(place) if place else None,
            "places": [places.wording_of(each) for each in atlas],
        },
    )
