"""New people without an account, by address: a village comes in, a flood does not."""

import json
from uuid import uuid4

import pytest
from django.test import Client

from deliberate import ballot_box
from deliberate.models import Participant, Statement, Vote
from tests import factories
from tests.deliberate.sessions import new_session
from tests.deliberate.test_ballot_box import act, codes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def statement(settings) -> Statement:
    settings.NEW_VOTERS_PER_ADDRESS = 3
    return factories.statement()


def by_form(statement: Statement, address: str, client: Client | None = None):
    return (client or Client()).post(
        statement.conversation.get_absolute_url(),
        {"statement": statement.number, "choice": "agree"},
        REMOTE_ADDR=address,
    )


def test_form_of_one_too_many_is_held_back_with_the_page(statement) -> None:
    answers = [by_form(statement, "192.0.2.1") for _ in range(5)]

    assert [answer.status_code for answer in answers] == [302] * 3 + [429] * 2
    assert answers[-1]["Retry-After"] == "60"
    assert "Many people have begun to vote from your network" in answers[-1].content.decode()
    assert Participant.objects.count() == Vote.objects.count() == 3


def test_another_address_and_who_has_begun_are_not_held_back(statement) -> None:
    first = Client()
    by_form(statement, "192.0.2.2", first)
    for _ in range(4):
        by_form(statement, "192.0.2.2")

    again = by_form(statement, "192.0.2.2", first)
    other = by_form(statement, "192.0.2.3")

    assert (again.status_code, other.status_code) == (302, 302)
    assert Vote.objects.count() == 4


def test_account_is_not_held_back(statement) -> None:
    for _ in range(4):
        by_form(statement, "192.0.2.4")
    signed_in = Client()
    signed_in.force_login(factories.user())

    assert by_form(statement, "192.0.2.4", signed_in).status_code == 302


def test_batch_of_one_too_many_is_told_when_to_come_again(statement) -> None:
    for _ in range(3):
        by_form(statement, "192.0.2.5")
    ballot = {"id": str(uuid4()), "statement": statement.number, "choice": "agree"}

    answer = Client().post(
        f"{statement.conversation.get_absolute_url()}votes/",
        json.dumps({"ballots": [ballot]}),
        content_type="application/json",
        REMOTE_ADDR="192.0.2.5",
    )

    (told,) = answer.json()["answers"]
    assert (told["code"], told["retry_after"]) == ("too_fast", 60)


def test_socket_of_one_too_many_fails_no_other(statement) -> None:
    sessions = [new_session() for _ in range(4)]
    acts = [act(statement, one)._replace(address="192.0.2.6") for one in sessions]

    answers = ballot_box.BOX.cast(acts)

    assert sorted(codes(answers)) == ["ok", "ok", "ok", "too_fast"]


def test_village_behind_one_address_comes_in_at_once(settings) -> None:
    settings.NEW_VOTERS_PER_ADDRESS = 600
    statement = factories.statement()
    sessions = [new_session() for _ in range(200)]
    acts = [act(statement, one)._replace(address="192.0.2.7") for one in sessions]

    answers = ballot_box.BOX.cast(acts)

    assert codes(answers) == ["ok"] * 200
