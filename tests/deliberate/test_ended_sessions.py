"""A form that was made for one person is never put down to another: nobody is counted twice."""

import re
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from accounts import sign_ins
from accounts.models import User
from deliberate.models import Participant, Statement, Vote
from tests import factories

pytestmark = pytest.mark.django_db

READER = re.compile(r'name="reader" value="(\d+)"')


@pytest.fixture
def statement() -> Statement:
    return factories.statement()


@pytest.fixture
def user(client: Client) -> User:
    person = factories.user()
    client.force_login(person)
    return person


def url(statement: Statement) -> str:
    return statement.conversation.get_absolute_url()


def vote_of(page: str, statement: Statement) -> dict[str, object]:
    """The fields of the page's form for votes."""
    return {
        "statement": statement.number,
        "choice": "agree",
        "ballot": str(uuid4()),
        "reader": READER.findall(page)[0],
    }


def test_both_forms_name_the_account_they_were_made_for(client, statement, user) -> None:
    page = client.get(url(statement)).content.decode()

    assert READER.findall(page) == [str(user.pk)] * 2


def test_form_for_somebody_without_an_account_names_nobody(client, statement) -> None:
    page = client.get(url(statement)).content.decode()

    assert 'name="reader"' not in page


def test_vote_of_a_session_that_has_ended_is_nobody_elses(client, statement, user) -> None:
    form = vote_of(client.get(url(statement)).content.decode(), statement)
    client.post(url(statement), form)
    sign_ins.end_all(user)

    answer = client.post(url(statement), form | {"ballot": str(uuid4())})

    assert answer.status_code == 403
    assert "You were signed out, so nothing was counted." in answer.content.decode()
    assert statement.text in answer.content.decode()
    assert Vote.objects.count() == Participant.objects.count() == 1


def test_vote_of_one_account_is_not_another_ones(client, statement, user) -> None:
    form = vote_of(client.get(url(statement)).content.decode(), statement)
    client.force_login(factories.user())

    answer = client.post(url(statement), form)

    assert answer.status_code == 403
    assert not Vote.objects.exists()


def test_statement_of_a_session_that_has_ended_is_given_back(client, statement, user) -> None:
    client.get(url(statement))
    sign_ins.end_all(user)

    answer = client.post(url(statement), {"text": "My own words.", "reader": user.pk})

    assert answer.status_code == 403
    assert "My own words." in answer.content.decode()
    assert "You were signed out, so nothing was counted." in answer.content.decode()
    assert Statement.objects.count() == 1


@pytest.mark.parametrize("door", ["form", "api"])
def test_suspended_account_writes_no_statement_as_its_browser(
    client, statement, user, door
) -> None:
    client.get(url(statement))
    User.objects.filter(pk=user.pk).update(is_active=False)

    if door == "form":
        client.post(url(statement), {"text": "My own words."})
    else:
        path = reverse("api:statements", args=[statement.conversation.slug])
        answer = client.post(path, {"text": "My own words."}, content_type="application/json")
        assert answer.status_code == 403

    assert Statement.objects.count() == 1
    assert not Participant.objects.exists()
