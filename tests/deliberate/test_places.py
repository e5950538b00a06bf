"""Places, what lies in them and around them."""

import pytest
from django.db import IntegrityError

from deliberate import places
from deliberate.models import Conversation, Place
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def village() -> Place:
    district = places.establish(slug="vehari", name="Vehari", kind="district")
    town = places.establish(slug="burewala", name="Burewala", kind="town", within=district)
    places.establish(slug="multan", name="Multan", kind="district")
    return places.establish(slug="machiwal", name="Machiwal", kind="village", within=town)


def slugs(found: list[Place]) -> list[str]:
    return [place.slug for place in found]


def test_atlas_knows_what_lies_in_what(village: Place) -> None:
    atlas = places.atlas()
    district = atlas.find("vehari")

    assert district is not None
    assert slugs(atlas.around(village)) == ["vehari", "burewala"]
    assert slugs(atlas.inside(district)) == ["burewala", "machiwal"]
    assert atlas.around(district) == atlas.inside(village) == []
    assert atlas.find("atlantis") is None


def test_atlas_is_read_in_one_query(village: Place, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        atlas = places.atlas()
        for place in atlas:
            atlas.rings(place)
            places.wording_of(place)


def test_atlas_ends_where_places_lie_in_each_other(village: Place) -> None:
    Place.objects.filter(slug="vehari").update(within=village)
    atlas = places.atlas()

    assert slugs(atlas.inside(village)) == ["vehari", "burewala"]
    assert sorted(slugs(atlas.around(village))) == ["burewala", "vehari"]


def test_place_is_established_once_and_can_be_renamed(village: Place) -> None:
    again = places.establish(slug="machiwal", name="Machhiwal", kind="village")

    assert (again.pk, Place.objects.count()) == (village.pk, 4)
    assert Place.objects.get(slug="machiwal").name == "Machhiwal"


def test_place_of_no_known_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="planet"):
        places.establish(slug="mars", name="Mars", kind="planet")


def test_place_in_itself_is_refused_by_the_database(village: Place) -> None:
    with pytest.raises(IntegrityError):
        Place.objects.filter(pk=village.pk).update(within=village)


def test_rings_order_the_nearest_first_and_keep_the_rest_in_order(village: Place) -> None:
    for slug in ["multan", "vehari", "machiwal"]:
        factories.conversation(title=slug, place=Place.objects.get(slug=slug))
    factories.conversation(title="nowhere")
    rings = places.atlas().rings(village)

    rows = places.nearest_first(Conversation.objects.order_by("title"), rings=rings, column="place")

    assert [row.title for row in rows] == ["machiwal", "vehari", "multan", "nowhere"]
