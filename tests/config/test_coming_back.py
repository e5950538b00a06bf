"""Somebody who erased their account and comes back is one voice still."""

import pytest

from accounts import identity
from accounts.models import IdentityProof, User
from config import erasure, one_person
from deliberate import participants, votes
from deliberate.models import Choice, Vote
from petitions import signatures
from petitions.models import CouncilReview, Petition, Signature
from tests import factories
from tests.accounts.signing_in import browser, join
from tests.petitions import making

pytestmark = pytest.mark.django_db

EMAIL = "again@example.org"
NUMBER = "36603-1234567-1"
TIMES = 4


def come() -> User:
    """An account of the same mailbox, and proved to be the same person's."""
    join(browser(), EMAIL)
    user = User.objects.get(email=EMAIL)
    one_person.prove(user=user, provider="state", number=NUMBER)
    return user


def test_proof_of_an_erased_account_holds_nobody_off() -> None:
    for _ in range(TIMES):
        user = come()
        erasure.erase(user, remove_words=True)

    assert not IdentityProof.objects.exists()
    assert come().identity_proof.number_hash == identity.fingerprint(NUMBER)


def test_votes_of_somebody_who_comes_back_count_once() -> None:
    conversation = factories.conversation(participation="verified")
    statement = factories.statement(conversation=conversation)

    for _ in range(TIMES):
        user = come()
        own = participants.enter(conversation=conversation, user=user, session={})
        votes.cast_one(participant=own, statement_number=statement.number, choice=Choice.DISAGREE)
        assert Vote.objects.get().participant == own
        erasure.erase(user, remove_words=True)

    assert not Vote.objects.exists()


def test_signature_of_somebody_who_comes_back_counts_once_after_the_crossing_too() -> None:
    petition = making.collecting(threshold=2)
    making.sign(petition, people=1)
    assert CouncilReview.objects.count() == 1

    for _ in range(TIMES):
        user = come()
        signatures.sign(petition_id=petition.pk, user=user)
        assert Petition.objects.get().signature_count == 3
        erasure.erase(user, remove_words=True)

    petition.refresh_from_db()
    valid = petition.signatures.filter(state=Signature.State.VALID)
    assert petition.signature_count == valid.count() == 2
    assert CouncilReview.objects.count() == 1


def test_petition_that_fell_below_its_threshold_stays_with_the_council_and_crosses_once() -> None:
    petition = making.collecting(threshold=2)

    for _ in range(TIMES):
        user = come()
        signatures.sign(petition_id=petition.pk, user=user)
        erasure.erase(user, remove_words=True)

    petition.refresh_from_db()
    assert petition.signature_count == 1
    assert petition.threshold_reached_at is not None
    assert CouncilReview.objects.count() == 1
