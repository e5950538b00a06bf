"""Who holds a session: only while it holds."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deliberate import bearers
from tests import factories
from tests.deliberate.sessions import new_session, session_of

pytestmark = pytest.mark.django_db


def test_bearers_of_many_sessions_take_two_queries(client) -> None:
    keys = [new_session() for _ in range(30)]
    client.force_login(factories.user())

    with CaptureQueriesContext(connection) as queries:
        found = bearers.of([*keys, client.session.session_key])

    assert len(found) == 31
    assert len(queries) <= 3


def test_bearer_of_an_account_has_its_key_and_the_browsers(client) -> None:
    person = factories.user()
    client.get(f"/conversations/{factories.conversation().slug}/")
    client.force_login(person)

    (bearer,) = bearers.of([client.session.session_key]).values()

    assert bearer.user_id == person.pk
    assert bearer.person_key == bytes(person.participation_key)
    assert bearer.browser_key not in {None, bearer.person_key}


@pytest.mark.parametrize("key", ["", "-", "x" * 41, "UPPER" * 4, "{},NULL", "a'; --", "ф" * 32])
def test_bearer_of_what_is_no_session_is_nobody(key: str) -> None:
    assert bearers.of([key]) == {}


def test_bearer_of_an_expired_session_is_nobody() -> None:
    key = new_session()
    before = bearers.of([key])
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))

    assert list(before) == [key]
    assert bearers.of([key]) == {}


def test_bearer_of_a_session_whose_contents_changed_is_read_anew(client) -> None:
    client.get(f"/conversations/{factories.conversation().slug}/")
    key = client.session.session_key
    (before,) = bearers.of([key]).values()
    session = client.session
    session["participation_key"] = "ab" * 32
    session.save()

    (after,) = bearers.of([key]).values()

    assert before.person_key != after.person_key == bytes.fromhex("ab" * 32)


def test_bearer_with_contents_that_nobody_signed_keeps_no_key() -> None:
    key = new_session()
    row = session_of(key)
    row.session_data = "tampered:with"
    row.save()

    (bearer,) = bearers.of([key]).values()

    assert (bearer.user_id, bearer.person_key) == (None, None)
