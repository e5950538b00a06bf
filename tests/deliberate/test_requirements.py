"""What a conversation asks of verified people: how surely they were identified, where they live,
how old they are. Whoever lacks it is told what, at every door.
"""

from html import unescape
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts import identity
from accounts.models import IdentityProof, Role, RoleGrant, User
from deliberate import ballot_box, conversations, errors, participants
from deliberate.models import Conversation, Participant, Place, Vote
from record.models import RecordLine
from tests import factories
from tests.deliberate.test_ballot_box import act, codes

pytestmark = pytest.mark.django_db


@pytest.fixture
def vehari() -> Place:
    """A district in a province, with a town and a village in it."""
    punjab = Place.objects.create(slug="punjab", name="Punjab", kind="province")
    Place.objects.create(slug="multan", name="Multan", within=punjab)
    district = Place.objects.create(slug="vehari", name="Vehari", within=punjab)
    town = Place.objects.create(slug="burewala", name="Burewala", kind="town", within=district)
    Place.objects.create(slug="chak", name="Chak 1", kind="village", within=town)
    return district


def verified(**said: Any) -> User:
    person = factories.user()
    kept = {"provider": "test", "assurance": "substantial", **said}
    IdentityProof.objects.create(user=person, number_hash=f"{person.pk}", key_id="1", **kept)
    return person


def asking(place: Place | None = None, **rules: Any) -> Conversation:
    return factories.conversation(participation="verified", place=place, **rules)


def refused(conversation: Conversation, person: User) -> type[Exception]:
    return type(participants.refusal(conversation=conversation, user=person))


NOTHING = type(None)


@pytest.mark.parametrize("has", ["low", "substantial", "high"])
@pytest.mark.parametrize("least", ["low", "substantial", "high"])
def test_assurance_every_level_against_every_other(least: str, has: str) -> None:
    is_enough = identity.is_at_least(has, least)

    answer = refused(asking(least_assurance=least), verified(assurance=has))

    assert answer is (NOTHING if is_enough else errors.AssuranceNeeded)


@pytest.mark.parametrize(
    ("area", "answer"),
    [
        ("vehari", NOTHING),
        ("burewala", NOTHING),
        ("chak", NOTHING),
        ("punjab", errors.ResidenceNeeded),
        ("multan", errors.ResidenceNeeded),
        ("atlantis", errors.ResidenceNeeded),
        ("", errors.ResidenceNeeded),
    ],
)
def test_residence_is_within_the_place_of_the_conversation(
    vehari: Place, area: str, answer: type[Exception]
) -> None:
    assert refused(asking(vehari, residents_only=True), verified(area=area)) is answer


@pytest.mark.parametrize(
    ("over_16", "answer"), [(True, NOTHING), (False, errors.AgeNeeded), (None, errors.AgeNeeded)]
)
def test_age_must_be_told_and_enough(over_16: bool | None, answer: type[Exception]) -> None:
    assert refused(asking(over_16_only=True), verified(over_16=over_16)) is answer


def test_conversation_that_asks_for_nothing_more_takes_every_proof(vehari: Place) -> None:
    assert refused(asking(vehari), verified(assurance="low")) is NOTHING


def test_somebody_without_a_proof_is_asked_for_that_first(vehari: Place) -> None:
    conversation = asking(vehari, residents_only=True, over_16_only=True, least_assurance="high")

    assert refused(conversation, factories.user()) is errors.IdentityNeeded
    assert type(participants.refusal(conversation=conversation, user=None)) is errors.SignInNeeded


@pytest.mark.parametrize("people", [1, 40])
def test_many_people_are_asked_in_as_many_queries_as_one(
    vehari: Place, people: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    conversation = asking(vehari, residents_only=True, over_16_only=True, least_assurance="high")
    said = [{"assurance": "high", "area": "chak", "over_16": True}, {"area": "chak"}]
    ids = [verified(**said[number % 2]).pk for number in range(people)]

    with django_assert_num_queries(2):
        told = participants.refusals(conversation=conversation, user_ids=ids)

    assert [type(told[pk]) for pk in ids] == [
        errors.AssuranceNeeded if number % 2 else NOTHING for number in range(people)
    ]


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ({"least_assurance": "high"}, "assurance_needed"),
        ({"residents_only": True}, "residence_needed"),
        ({"over_16_only": True}, "age_needed"),
    ],
)
def test_refusal_is_told_at_every_door(
    client: Client, vehari: Place, rules: dict[str, Any], code: str
) -> None:
    conversation = asking(vehari, **rules)
    statement = factories.statement(conversation=conversation)
    person = verified()
    client.force_login(person)
    page = conversation.get_absolute_url()
    api = f"/api/v1{page}"

    by_box = ballot_box.BOX.cast([act(statement, client.session.session_key)])
    by_form = client.post(page, {"statement": statement.number, "choice": "agree"})
    said = {"text": "A well for everybody"}
    spoken = client.post(f"{api}statements/", said, content_type="application/json")
    shown = unescape(client.get(page).content.decode())

    assert codes(by_box) == [code]
    assert by_form.status_code == 403
    assert (spoken.status_code, spoken.json()["code"]) == (403, code)
    sentence = next(one for one in errors.IdentityNeeded.__subclasses__() if one.code == code)
    assert str(sentence.default) in shown
    assert "/accounts/identity/?next=" in shown
    assert not Vote.objects.exists()
    assert not Participant.objects.exists()


def test_page_says_before_the_first_vote_for_whom_it_is(client: Client, vehari: Place) -> None:
    conversation = asking(vehari, residents_only=True, over_16_only=True, least_assurance="high")
    factories.statement(conversation=conversation)

    page = client.get(conversation.get_absolute_url()).content.decode()

    assert "For people who live in Vehari." in page
    assert "For people of 16 and older." in page
    assert "For people who were identified by their identity card" in page


def test_page_of_a_conversation_for_anyone_says_nothing_of_it(client: Client) -> None:
    page = client.get(factories.statement().conversation.get_absolute_url()).content.decode()

    assert "For people" not in page


def test_api_tells_the_rules(client: Client, vehari: Place) -> None:
    conversation = asking(vehari, residents_only=True, least_assurance="substantial")

    rules = client.get(f"/api/v1{conversation.get_absolute_url()}").json()["rules"]

    assert rules["least_assurance"] == "substantial"
    assert (rules["residents_only"], rules["over_16_only"]) == (True, False)


@pytest.mark.parametrize(
    "rules", [{"least_assurance": "substantial"}, {"residents_only": True}, {"over_16_only": True}]
)
def test_field_worker_helps_nobody_in_who_lacks_it(
    client: Client, vehari: Place, rules: dict[str, Any]
) -> None:
    worker = factories.user()
    RoleGrant.objects.create(user=worker, role=Role.FIELD_WORKER)
    client.force_login(worker)
    conversation = asking(vehari, **rules)
    said = {"agreed": "on", "consent": "spoken", "language": "ur", "number": "3660312345671"}

    answer = client.post(f"/assist{conversation.get_absolute_url()}", said)

    assert answer.status_code == 403
    assert not Participant.objects.exists()


def test_field_worker_helps_somebody_in_whose_own_proof_is_enough(
    client: Client, vehari: Place
) -> None:
    worker = factories.user()
    RoleGrant.objects.create(user=worker, role=Role.FIELD_WORKER)
    client.force_login(worker)
    identity.prove(
        user=factories.user(),
        provider="counter",
        number="3660312345671",
        assurance="high",
        area="chak",
        over_16=True,
    )
    conversation = asking(vehari, residents_only=True, over_16_only=True, least_assurance="high")
    said = {"agreed": "on", "consent": "spoken", "language": "ur", "number": "3660312345671"}

    answer = client.post(f"/assist{conversation.get_absolute_url()}", said)

    assert answer.status_code == 302


def test_command_opens_a_conversation_that_asks_for_more(vehari: Place) -> None:
    call_command(
        "open_conversation", "wells", "Wells", "--participation=verified", "--place=vehari",
        "--least-assurance=high", "--residents-only", "--over-16-only",
    )  # fmt: skip

    opened = Conversation.objects.get()
    assert (opened.least_assurance, opened.residents_only, opened.over_16_only) == (
        "high", True, True,
    )  # fmt: skip
    facts = RecordLine.objects.get().facts
    assert (facts["least_assurance"], facts["residents_only"]) == ("high", True)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--over-16-only"], "identity has been verified"),
        (["--least-assurance=high", "--participation=account"], "identity has been verified"),
        (["--residents-only", "--participation=verified"], "has a place"),
    ],
)
def test_command_refuses_what_nothing_could_decide(options: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        call_command("open_conversation", "wells", "Wells", *options)


def test_database_refuses_it_too() -> None:
    with pytest.raises(IntegrityError):
        factories.conversation(participation="anyone", over_16_only=True)


def test_unknown_level_is_refused() -> None:
    with pytest.raises(ValidationError):
        conversations.open_new(
            slug="wells", title="Wells", participation="verified", least_assurance="total"
        )


def test_counter_can_tell_the_age(monkeypatch: pytest.MonkeyPatch) -> None:
    person = factories.user()
    monkeypatch.setattr("sys.stdin", StringIO("3660312345671\n"))

    call_command("prove_identity", person.email, "--over-16", "--assurance=high")

    assert refused(asking(over_16_only=True, least_assurance="high"), person) is NOTHING
