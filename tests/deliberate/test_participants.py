"""Pseudonyms: one person, one voice in a conversation, and no way back from it."""

import pytest
from django.apps import apps
from django.db import models

from accounts.models import IdentityProof, User
from deliberate import errors, participants
from deliberate.models import Conversation, Participant, Vote
from tests import factories

pytestmark = pytest.mark.django_db


def browser() -> dict[str, object]:
    session: dict[str, object] = {}
    participants.remember_browser(session)
    return session


def test_pseudonym_differs_between_conversations() -> None:
    one, two = factories.conversation(), factories.conversation()

    keys = {participants.pseudonym(conversation=each, person_key=b"k") for each in (one, two)}

    assert len(keys) == 2


def test_pseudonym_needs_the_sites_own_key(settings: pytest.FixtureRequest) -> None:
    conversation = factories.conversation()
    before = participants.pseudonym(conversation=conversation, person_key=b"k")

    settings.IDENTITY_KEY = "another key of the site, as whoever stole the database has none"

    assert participants.pseudonym(conversation=conversation, person_key=b"k") != before


def test_browser_keeps_its_key() -> None:
    session = browser()
    before = dict(session)

    participants.remember_browser(session)

    assert session == before


def test_participant_is_made_once_for_one_browser() -> None:
    conversation, session = factories.conversation(), browser()

    first = participants.enter(conversation=conversation, user=None, session=session)
    second = participants.enter(conversation=conversation, user=None, session=session)

    assert first == second
    assert participants.find(conversation=conversation, user=None, session=session) == first


def test_reading_makes_no_participant() -> None:
    found = participants.find(conversation=factories.conversation(), user=None, session=browser())

    assert found is None
    assert not Participant.objects.exists()


def test_somebody_who_signs_in_goes_on_with_what_the_browser_did() -> None:
    conversation, session = factories.conversation(), browser()
    before = participants.enter(conversation=conversation, user=None, session=session)

    after = participants.enter(conversation=conversation, user=factories.user(), session=session)

    assert after == before
    assert participants.find(conversation=conversation, user=None, session=session) is None


def test_an_account_with_votes_of_its_own_does_not_take_the_browsers() -> None:
    conversation, session, user = factories.conversation(), browser(), factories.user()
    account = participants.enter(conversation=conversation, user=user, session={})
    other = participants.enter(conversation=conversation, user=None, session=session)

    entered = participants.enter(conversation=conversation, user=user, session=session)

    assert entered == account
    assert entered != other


@pytest.mark.parametrize(
    ("participation", "who", "refused"),
    [
        ("anyone", "nobody", None),
        ("anyone", "account", None),
        ("anyone", "verified", None),
        ("account", "nobody", errors.SignInNeeded),
        ("account", "inactive", errors.SignInNeeded),
        ("account", "account", None),
        ("account", "verified", None),
        ("verified", "nobody", errors.SignInNeeded),
        ("verified", "inactive", errors.SignInNeeded),
        ("verified", "account", errors.IdentityNeeded),
        ("verified", "verified", None),
    ],
)
def test_participation_every_rule_and_person(
    participation: str, who: str, refused: type[errors.NotEntitled] | None
) -> None:
    conversation = factories.conversation(participation=participation)
    user: User | None = None
    if who != "nobody":
        user = factories.user(is_active=who != "inactive")
    if who == "verified":
        IdentityProof.objects.create(user=user, provider="test", number_hash="h", key_id="1")

    answer = participants.refusal(conversation=conversation, user=user)

    assert type(answer) is (refused or type(None))


def test_schema_has_no_foreign_key_path_from_a_vote_to_an_account() -> None:
    seen: set[type[models.Model]] = set()
    waiting: list[type[models.Model]] = [Vote]
    while waiting:
        model = waiting.pop()
        seen.add(model)
        waiting += [
            field.related_model
            for field in model._meta.get_fields()
            if isinstance(field, models.ForeignKey) and field.related_model not in seen
        ]

    assert Conversation in seen
    assert apps.get_model("accounts", "User") not in seen
