"""The course of a petition's signatures, by the council's calendar."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from petitions import by_day, signatures
from petitions.models import Petition, Signature
from petitions.transitions import State
from tests.petitions import making

pytestmark = pytest.mark.django_db


def opened_days_ago(days: int) -> Petition:
    council = making.council(threshold=100, time_zone="Asia/Karachi")
    petition = making.collecting(of=council, threshold=100)
    Petition.objects.filter(pk=petition.pk).update(opened_at=timezone.now() - timedelta(days=days))
    petition.refresh_from_db()
    return petition


def test_new_petition_has_no_course_yet() -> None:
    assert by_day.signatures(opened_days_ago(1)) is None


def test_days_without_signatures_are_there() -> None:
    petition = opened_days_ago(5)

    course = by_day.signatures(petition)

    assert course is not None
    assert [day.count for day in course.days] == [0, 0, 0, 0, 0, 1]
    assert course.most == 1


def test_day_is_that_of_the_councils_calendar() -> None:
    petition = opened_days_ago(0)
    Petition.objects.filter(pk=petition.pk).update(
        opened_at=datetime(2025, 1, 1, tzinfo=UTC),
        closed_at=datetime(2025, 1, 9, tzinfo=UTC),
        state=State.CLOSED,
    )
    # 20:00 UTC is the next day in Karachi.
    Signature.objects.update(signed_at=datetime(2025, 1, 4, 20, 0, tzinfo=UTC))
    petition.refresh_from_db()

    course = by_day.signatures(petition)

    assert course is not None
    assert [day.day.isoformat() for day in course.days if day.count] == ["2025-01-05"]


def test_withdrawn_signatures_are_not_counted() -> None:
    petition = opened_days_ago(3)
    person = making.sign(petition)[0]
    signatures.withdraw(petition_id=petition.pk, user=person)

    course = by_day.signatures(petition)

    assert course is not None
    assert sum(day.count for day in course.days) == 1


def test_long_course_is_its_latest_sixty_days() -> None:
    course = by_day.signatures(opened_days_ago(100))

    assert course is not None
    assert len(course.days) == 60
    assert course.days[-1].count == 1


def test_page_draws_the_course(client: Client) -> None:
    petition = opened_days_ago(10)

    page = client.get(petition.get_absolute_url()).content.decode()

    assert "Signatures of each day" in page
    assert "M10 100v-100h.8V100" in page
