"""Where the reader stands: their own votes, the place these give them, and how sure that is."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.http import HttpRequest

from deliberate import participants
from deliberate.models import Conversation, Vote
from opinion_map import maths
from opinion_map.models import OpinionMap
from opinion_map.publication import PublishedMap

Place = dict[str, Any]


@dataclass(frozen=True)
class Own:
    """One reader's own part of a map; only they see it."""

    # The choice (1, 0, -1) by the number of the statement.
    votes: Mapping[int, int] = field(default_factory=dict)
    # `position` and `ellipse` as the map is shown.
    place: Place | None = None
    group: str | None = None


NOBODY = Own()


def of(request: HttpRequest, conversation: Conversation, published: PublishedMap) -> Own:
    """The reader's own votes and their place on that map; nothing for who has not voted."""
    participant = participants.find(
        conversation=conversation, user=request.user, session=request.session
    )
    if participant is None:
        return NOBODY
    rows = Vote.objects.filter(participant=participant)
    votes = dict(rows.values_list("statement__number", "choice"))
    model, rotation = _placing(published.pk, published.drawn_at)
    if not any(str(number) in model["statements"] for number in votes):
        return Own(votes=votes)
    honest = maths.place(votes, model)
    ellipse = [_turned(corner, rotation) for corner in honest["ellipse"]["outline"]]
    return Own(
        votes=votes,
        place={
            "position": _turned(honest["position"], rotation),
            "ellipse": {"outline": ellipse},
        },
        group=_nearest(_turned(maths.project(votes, model) or (0, 0), rotation), published),
    )


def _nearest(position: tuple[float, float], published: PublishedMap) -> str | None:
    """The letter of the group whose centre is nearest; None where there is nothing to choose."""
    centres = {group["id"]: group["centre"] for group in published.shown["groups"]}
    known = {letter: centre for letter, centre in centres.items() if centre}
    if len(centres) < 2 or len(known) < len(centres):
        return None
    return min(known, key=lambda letter: math.dist(position, known[letter]))


def _turned(point: Any, rotation: Any) -> tuple[float, float]:
    (x, y), turn = point, rotation
    return x * turn[0][0] + y * turn[1][0], x * turn[0][1] + y * turn[1][1]


@lru_cache(maxsize=64)
def _placing(map_id: int, _drawn_at: datetime) -> tuple[dict[str, Any], Any]:
    """The small part of a stored map that places people, and how the map is turned.

    Maps never change, so each process reads one once, and of it only these two parts.
    """
    model, rotation = OpinionMap.objects.values_list("model", "public__display__rotation").get(
        pk=map_id
    )
    return model, rotation or ((1.0, 0.0), (0.0, 1.0))
