"""The database refuses what the code would never do."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from petitions import reviews
from petitions.models import (
    Council,
    CouncilMember,
    CouncilReview,
    Outcome,
    Petition,
    PetitionTransition,
    Signature,
)
from petitions.transitions import State
from tests.petitions import making

pytestmark = pytest.mark.django_db


def refused(write: Callable[[], object]) -> bool:
    try:
        with transaction.atomic():
            write()
    except IntegrityError:
        return True
    return False


@pytest.mark.parametrize(
    "fields",
    [
        {"threshold_number": None},
        {"threshold_number": 0},
        {"threshold_share": "0.01"},
        {"threshold_number": None, "threshold_share": "0"},
        {"threshold_number": None, "threshold_share": "1.00001"},
        {"population": 0},
        {"answer_days": 0},
        {"collecting_days": 4000},
    ],
)
def test_council_rule_is_whole(fields: dict[str, object]) -> None:
    making.council()

    assert refused(lambda: Council.objects.update(**fields))


def test_council_seat_is_once_for_a_person() -> None:
    council = making.council()
    clerk = making.clerk(council)

    assert refused(lambda: CouncilMember.objects.create(council=council, user=clerk))


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "open"},
        {"state": "draft"},
        {"state": "closed"},
        {"state": "withdrawn"},
        {"title": ""},
        {"text": ""},
        {"frozen_text_hash": ""},
        {"threshold": None},
        {"threshold": 0},
        {"collecting_until": None},
        {"answer_days": None},
        {"opened_at": None},
        {"collecting_until": F("opened_at")},
        {"closed_at": timezone.now()},
        {"signature_count": -1},
    ],
    ids=" ".join,
)
def test_collecting_petition_is_whole(fields: dict[str, object]) -> None:
    making.collecting()

    assert refused(lambda: Petition.objects.update(**fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "collecting"},
        {"threshold": 3},
        {"frozen_text_hash": "0" * 64},
        {"signature_count": 1},
        {"threshold_reached_at": timezone.now()},
    ],
    ids=" ".join,
)
def test_draft_has_nothing_of_an_open_petition(fields: dict[str, object]) -> None:
    making.draft()

    assert refused(lambda: Petition.objects.update(**fields))


def test_crossed_petition_cannot_become_withdrawn() -> None:
    making.review()

    assert refused(lambda: Petition.objects.update(state=State.WITHDRAWN, closed_at=timezone.now()))


def test_crossing_is_in_the_log_once() -> None:
    making.review()
    reached = PetitionTransition.objects.get(action="reach")
    reached.pk, reached._state.adding = None, True

    assert refused(reached.save)


def test_signature_is_once_for_a_person() -> None:
    petition = making.collecting()
    row = Signature.objects.get()

    assert refused(
        lambda: Signature.objects.create(
            petition=petition, person_key=row.person_key, signed_at=timezone.now()
        )
    )


@pytest.mark.parametrize(
    "fields",
    [{"state": "withdrawn"}, {"state": "?"}, {"withdrawn_at": timezone.now()}],
    ids=" ".join,
)
def test_signature_is_withdrawn_with_its_time(fields: dict[str, object]) -> None:
    making.collecting()

    assert refused(lambda: Signature.objects.update(**fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "in_review"},
        {"state": "answered"},
        {"state": "forgotten"},
        {"answered_at": timezone.now()},
        {"checked_out_until": timezone.now()},
        {"count_at_crossing": 1},
        {"threshold": 0},
        {"answer_due_at": timezone.now() - timedelta(days=1)},
    ],
    ids=" ".join,
)
def test_review_is_whole(fields: dict[str, object]) -> None:
    making.review()

    assert refused(lambda: CouncilReview.objects.update(**fields))


def test_review_is_once_for_a_petition_and_threshold() -> None:
    review = making.review()

    reviews.receive(review.petition, at=timezone.now())

    assert CouncilReview.objects.get() == review
    review.pk = None
    assert refused(lambda: review.save(force_insert=True))


@pytest.mark.parametrize("fields", [{"kind": "maybe"}, {"reasons": ""}], ids=str)
def test_outcome_is_whole(fields: dict[str, object]) -> None:
    making.answered()

    assert refused(lambda: Outcome.objects.update(**fields))


def test_outcome_is_once_for_a_review() -> None:
    outcome = making.answered()
    outcome.pk = None

    assert refused(lambda: outcome.save(force_insert=True))
