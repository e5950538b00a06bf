"""The demo's places: two districts and a town in one of them."""

from config.demo import content
from deliberate import places
from deliberate.models import Place


def fill() -> dict[str, Place]:
    """The places by their slugs, made where they are missing."""
    found: dict[str, Place] = {}
    for row in content.load("places"):
        within = row.pop("within", None)
        found[row["slug"]] = places.establish(**row, within=found[within] if within else None)
    return found
