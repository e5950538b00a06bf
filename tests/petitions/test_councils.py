"""Councils' rules and seats."""

from decimal import Decimal

import pytest

from petitions import councils
from petitions.models import Council, CouncilText
from tests import factories
from tests.petitions import making

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("population", "share", "threshold"),
    [
        (1000, "0.01", 10),
        (150, "0.01", 2),
        (351_800, "0.01", 3518),
        (1, "0.00001", 1),
        (7, "1", 7),
        # 0.07 * 100 as floats is 7.000000000000001: a share must not ask for an eighth person.
        (100, "0.07", 7),
    ],
)
def test_threshold_of_share_is_rounded_up(population: int, share: str, threshold: int) -> None:
    council = making.council(
        threshold_number=None, threshold_share=Decimal(share), population=population
    )

    assert councils.threshold_of(Council.objects.get(pk=council.pk)) == threshold


def test_threshold_of_number_is_that_number() -> None:
    assert councils.threshold_of(making.council(threshold=42)) == 42


def test_establish_twice_is_one_council_under_the_newer_rule() -> None:
    rule = {"population": 10, "threshold_number": 2, "names": {"ur": "ضلع"}}
    councils.establish(slug="district", name="District", **rule)

    council = councils.establish(slug="district", name="District", **{**rule, "population": 20})

    assert Council.objects.get().population == council.population == 20
    assert CouncilText.objects.get().name == "ضلع"


def test_name_here_is_in_the_readers_language_or_the_original(
    django_assert_num_queries: object,
) -> None:
    from django.utils import translation

    council = councils.establish(
        slug="d", name="District", names={"ur": "ضلع"}, population=10, threshold_number=2
    )

    with translation.override("ur"):
        urdu = (council.name_here, council.language_here)
    with translation.override("en"):
        english = (council.name_here, council.language_here)

    assert urdu == ("ضلع", "ur")
    assert english == ("District", "en")


def test_seats_end_and_begin_again() -> None:
    council, person = making.council(), factories.user()
    seat = councils.appoint(council=council, user=person)

    councils.dismiss(council=council, user=person)

    assert list(councils.seats_of(person)) == []
    assert councils.appoint(council=council, user=person) == seat
    assert list(councils.seats_of(person)) == [seat]


def test_seats_of_inactive_account_are_none() -> None:
    council = making.council()
    person = making.clerk(council)
    person.is_active = False
    person.save()

    assert list(councils.seats_of(person)) == []
    assert list(councils.clerks_of(council.pk)) == []


def test_seat_outlives_its_account() -> None:
    council = making.council()
    making.clerk(council).delete()

    seat = council.members.get()

    assert seat.user is None
