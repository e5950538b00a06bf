"""Signatures: one person one, an exact count, and a threshold that is crossed once."""

import random
from datetime import timedelta
from typing import Any

import pytest
from django.db import models
from django.test import Client
from django.utils import timezone

from accounts.models import User
from petitions import clocks, errors, leaving, lifecycle, signatures, signers
from petitions.models import CouncilReview, Petition, PetitionTransition, Signature
from petitions.transitions import State
from record.models import RecordLine
from tests import factories
from tests.petitions import making

pytestmark = pytest.mark.django_db


def test_sign_counts_once_however_often_it_is_sent() -> None:
    petition, person = making.collecting(), factories.user()

    first = signatures.sign(petition_id=petition.pk, user=person)
    second = signatures.sign(petition_id=petition.pk, user=person)

    assert first == signatures.Receipt(changed=True, count=2)
    assert second == signatures.Receipt(changed=False, count=2)
    assert petition.signatures.count() == Petition.objects.get().signature_count == 2
    assert signers.has_signed(petition=petition, user=person)


def test_creator_signing_again_changes_nothing() -> None:
    person = factories.user()
    petition = making.collecting(creator=person)

    receipt = signatures.sign(petition_id=petition.pk, user=person)

    assert receipt == signatures.Receipt(changed=False, count=1)


def test_withdraw_counts_once_and_signing_again_revives_the_row() -> None:
    petition = making.collecting()
    (person,) = making.sign(petition)

    first = signatures.withdraw(petition_id=petition.pk, user=person)
    second = signatures.withdraw(petition_id=petition.pk, user=person)
    again = signatures.sign(petition_id=petition.pk, user=person)

    assert first == signatures.Receipt(changed=True, count=1)
    assert second == signatures.Receipt(changed=False, count=1)
    assert again == signatures.Receipt(changed=True, count=2)
    assert petition.signatures.filter(state=Signature.State.VALID).count() == 2
    assert petition.signatures.count() == 2


def test_withdraw_of_a_signature_never_given_changes_nothing() -> None:
    petition = making.collecting()

    receipt = signatures.withdraw(petition_id=petition.pk, user=factories.user())

    assert receipt == signatures.Receipt(changed=False, count=1)


def test_sign_without_confirmed_address_is_refused() -> None:
    petition = making.collecting()

    with pytest.raises(errors.EmailNotVerified):
        signatures.sign(petition_id=petition.pk, user=factories.user(verified_email=False))

    assert petition.signatures.count() == 1


def test_sign_by_inactive_account_is_refused() -> None:
    petition = making.collecting()

    with pytest.raises(errors.EmailNotVerified):
        signatures.sign(petition_id=petition.pk, user=factories.user(is_active=False))


def test_sign_of_unknown_petition_is_refused() -> None:
    with pytest.raises(errors.NotFound):
        signatures.sign(petition_id=12345, user=factories.user())


def unopened() -> Petition:
    return making.draft()


def past_its_deadline() -> Petition:
    petition = making.collecting()
    making.let_deadline_pass(petition)
    return petition


def closed_by_the_clock() -> Petition:
    petition = past_its_deadline()
    lifecycle.close_due()
    return petition


def answered() -> Petition:
    return making.answered().review.petition


@pytest.mark.parametrize(
    "make",
    [unopened, past_its_deadline, closed_by_the_clock, answered],
    ids=lambda make: make.__name__,
)
def test_sign_is_refused_when_not_open_and_leaves_no_row(make) -> None:
    petition = make()
    before = (petition.signatures.count(), Petition.objects.get().signature_count)

    with pytest.raises(errors.PetitionClosed):
        signatures.sign(petition_id=petition.pk, user=factories.user())

    assert (petition.signatures.count(), Petition.objects.get().signature_count) == before


def test_withdraw_after_the_deadline_is_refused_and_leaves_the_row() -> None:
    petition = making.collecting()
    (person,) = making.sign(petition)
    making.let_deadline_pass(petition)

    with pytest.raises(errors.PetitionClosed):
        signatures.withdraw(petition_id=petition.pk, user=person)

    assert signers.has_signed(petition=petition, user=person)


def test_sign_at_the_last_moment_counts() -> None:
    petition = making.collecting()
    Petition.objects.update(collecting_until=timezone.now() + timedelta(seconds=20))

    assert signatures.sign(petition_id=petition.pk, user=factories.user()).changed


def test_sign_is_refused_when_the_stored_text_was_changed() -> None:
    petition = making.collecting()
    Petition.objects.update(text="Something that nobody signed.")

    with pytest.raises(errors.WordingChanged):
        signatures.sign(petition_id=petition.pk, user=factories.user())

    assert Petition.objects.get().signature_count == 1


def test_crossing_makes_one_review_at_once() -> None:
    council = making.council(threshold=3, answer_days=60, time_zone="Asia/Karachi")
    petition = making.collecting(of=council)

    making.sign(petition, people=1)
    assert CouncilReview.objects.count() == 0
    making.sign(petition, people=3)

    review = CouncilReview.objects.get()
    stored = Petition.objects.get()
    assert stored.threshold_reached_at == review.crossed_at
    assert (review.threshold, review.count_at_crossing, stored.signature_count) == (3, 3, 5)
    assert review.state == CouncilReview.State.WAITING
    assert review.answer_due_at == clocks.end_of_day(
        start=review.crossed_at, days=60, zone="Asia/Karachi"
    )
    reached = PetitionTransition.objects.get(action="reach")
    assert (reached.actor, reached.signature_count) == ("system", 3)
    line = RecordLine.objects.get(kind="petition.threshold_reached")
    assert line.facts == {
        "role": "system",
        "council": council.slug,
        "threshold": 3,
        "signatures": 3,
    }


def test_crossing_counts_the_days_it_opened_under() -> None:
    council = making.council(threshold=2, answer_days=60)
    petition = making.collecting(of=council)
    council.answer_days = 1
    council.save()

    making.sign(petition)

    review = CouncilReview.objects.get()
    assert review.answer_due_at - review.crossed_at > timedelta(days=59)


def test_crossing_is_kept_whatever_the_count_does_later() -> None:
    petition = making.collecting(threshold=3)
    signers = making.sign(petition, people=2)
    before = CouncilReview.objects.values().get()

    for person in signers:
        signatures.withdraw(petition_id=petition.pk, user=person)
    for person in signers:
        signatures.sign(petition_id=petition.pk, user=person)

    assert CouncilReview.objects.values().get() == before
    assert Petition.objects.get().threshold_reached_at == before["crossed_at"]
    assert RecordLine.objects.filter(kind="petition.threshold_reached").count() == 1


@pytest.mark.parametrize("seed", range(5))
def test_count_equals_the_rows_after_any_order_of_acts(seed: int) -> None:
    choose = random.Random(seed)
    petition = making.collecting(threshold=4)
    people = [factories.user() for _ in range(6)]

    for _ in range(60):
        act = choose.choice([signatures.sign, signatures.withdraw])
        receipt = act(petition_id=petition.pk, user=choose.choice(people))
        rows = petition.signatures.filter(state=Signature.State.VALID).count()
        assert receipt.count == rows == Petition.objects.get().signature_count

    reached = Petition.objects.get().threshold_reached_at is not None
    assert CouncilReview.objects.count() == int(reached)


def test_person_key_has_nothing_in_common_between_petitions() -> None:
    person = factories.user()
    petitions = [making.collecting() for _ in range(3)]
    for petition in petitions:
        signatures.sign(petition_id=petition.pk, user=person)

    keys = [
        signers.person_key(petition=row, participation_key=bytes(person.participation_key))
        for row in Petition.objects.all()
    ]
    stored = {bytes(key) for key in Signature.objects.values_list("person_key", flat=True)}

    assert len(set(keys)) == 3
    assert set(keys) <= stored
    assert len(stored) == Signature.objects.count() == 6
    assert bytes(person.participation_key) not in stored


def test_person_key_needs_the_key_outside_the_database(settings) -> None:
    petition = making.collecting()
    key = signers.person_key(petition=petition, participation_key=b"somebody")

    settings.IDENTITY_KEY = "another key that is long enough for anybody"

    assert signers.person_key(petition=petition, participation_key=b"somebody") != key


def test_petition_whose_keys_are_gone_is_shown_and_changed_by_nobody(
    client: Client, settings: Any
) -> None:
    settings.IDENTITY_KEY = f"1:{'o' * 40}"
    petition = making.collecting()
    making.let_deadline_pass(petition)
    person = petition.creator
    Petition.objects.filter(pk=petition.pk).update(secret=b"")
    settings.IDENTITY_KEY = f"2:{'n' * 40}"
    client.force_login(person)
    petition.refresh_from_db()

    assert client.get(petition.get_absolute_url()).status_code == 200
    assert not signers.has_signed(petition=petition, user=person)
    for act in (signatures.sign, signatures.withdraw):
        with pytest.raises(errors.PetitionClosed):
            act(petition_id=petition.pk, user=person)
    signatures.join(from_key=b"one", into_key=b"two")
    assert list(leaving.signatures_of(person)) == []


def test_no_foreign_key_leads_from_a_signature_to_an_account() -> None:
    reached: set[type[models.Model]] = set()
    waiting: list[type[models.Model]] = [Signature]
    while waiting:
        model = waiting.pop()
        reached.add(model)
        # The petition has a creator; a signature row itself points to nothing but its petition.
        related = {
            field.related_model for field in model._meta.concrete_fields if field.is_relation
        }
        waiting.extend(related - {*reached, Petition})

    assert reached == {Signature}
    assert User not in reached


def test_load_fills_a_demo_petition_and_repeats_nothing() -> None:
    petition = making.collecting(threshold=6, is_demo=True)
    people = [(number.to_bytes(32), timezone.now()) for number in range(5)]

    first = signatures.load(petition_id=petition.pk, people=people)
    second = signatures.load(petition_id=petition.pk, people=people)

    assert first == signatures.Receipt(changed=True, count=6)
    assert second == signatures.Receipt(changed=False, count=6)
    assert CouncilReview.objects.get().count_at_crossing == 6


def test_load_refuses_a_petition_of_real_people() -> None:
    petition = making.collecting()

    with pytest.raises(errors.NotEntitled):
        signatures.load(petition_id=petition.pk, people=[(b"x" * 32, timezone.now())])

    assert Petition.objects.get().state == State.COLLECTING
    assert petition.signatures.count() == 1
