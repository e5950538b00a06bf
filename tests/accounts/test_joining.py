"""One step from where one stands: an address, a code, and one is in."""

from datetime import timedelta
from importlib import import_module

import pytest
from allauth.account.models import EmailAddress
from allauth.core.context import request_context
from django.conf import settings
from django.core import mail
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts import joining
from accounts.models import User
from tests import factories
from tests.accounts.signing_in import browser, code_for, join

pytestmark = pytest.mark.django_db


def test_joining_makes_an_account_only_once_the_code_is_typed() -> None:
    client = browser()

    asked = client.post("/accounts/signup/", {"email": "New@Example.org"})
    before = User.objects.count()
    answer = client.post(asked.url, {"code": code_for("new@example.org")})

    user = User.objects.get()
    assert before == 0
    assert (answer.status_code, answer.url) == (302, "/")
    assert (user.email, user.has_usable_password()) == ("new@example.org", False)
    assert EmailAddress.objects.get(user=user).verified
    assert client.session["_auth_user_id"] == str(user.pk)


def test_joining_with_an_address_that_has_an_account_signs_it_in() -> None:
    user = factories.user(email="old@example.org", password="a long and quiet evening")

    answer = join(browser(), "old@example.org", password1="another long evening")

    user.refresh_from_db()
    assert answer.status_code == 302
    assert User.objects.count() == 1
    assert user.check_password("a long and quiet evening")


def test_joining_looks_the_same_whether_the_account_exists_or_not() -> None:
    factories.user(email="old@example.org")
    pages, letters = [], []

    for email in ("old@example.org", "new@example.org"):
        client = browser()
        asked = client.post("/accounts/signup/", {"email": email})
        page = client.get(asked.url)
        pages.append((asked.status_code, asked.url, page.content.decode().count("<")))
        letters.append((mail.outbox[-1].subject, len(mail.outbox[-1].body)))

    assert pages[0] == pages[1]
    assert letters[0] == letters[1]


def test_password_given_when_joining_signs_in_later() -> None:
    join(browser(), "new@example.org", password1="a long and quiet evening")

    answer = browser().post(
        "/accounts/login/", {"login": "new@example.org", "password": "a long and quiet evening"}
    )

    assert (answer.status_code, answer.url) == (302, "/")


def test_weak_password_is_refused_and_the_address_comes_back() -> None:
    answer = browser().post("/accounts/signup/", {"email": "a@example.org", "password1": "1234"})

    assert answer.status_code == 422
    assert b"a@example.org" in answer.content
    assert mail.outbox == []


def test_joining_goes_on_where_it_began_and_nowhere_else() -> None:
    here = join(browser(), "a@example.org", next="/petitions/")
    elsewhere = join(browser(), "a@example.org", next="https://elsewhere.example/")

    assert (here.url, elsewhere.url) == ("/petitions/", "/")


def test_code_may_be_typed_small_and_with_spaces() -> None:
    client = browser()
    asked = client.post("/accounts/signup/", {"email": "a@example.org"})
    code = code_for("a@example.org").lower().replace("-", " ")

    assert client.post(asked.url, {"code": f" {code} "}).status_code == 302


def test_code_is_void_after_five_wrong_ones() -> None:
    client = browser()
    asked = client.post("/accounts/signup/", {"email": "a@example.org"})

    wrong = [client.post(asked.url, {"code": "wrong"}).status_code for _ in range(5)]
    right = client.post(asked.url, {"code": code_for("a@example.org")})

    assert wrong == [422, 422, 422, 422, 302]
    assert right.status_code == 302
    assert "_auth_user_id" not in client.session


def parallel(client: Client, *, number: int) -> list[HttpRequest]:
    """Requests of one browser, each of which has read its session before any has saved it."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    requests = []
    for _ in range(number):
        request = RequestFactory(headers={"host": "localhost"}).get("/")
        request.session = store(client.session.session_key)
        request.session.get("joining")
        requests.append(request)
    return requests


def test_five_tries_are_five_of_requests_that_come_together() -> None:
    client = browser()
    client.post("/accounts/signup/", {"email": "a@example.org"})
    right = code_for("a@example.org")
    tried = parallel(client, number=20)

    found = []
    for request, code in zip(tried, ["wrong"] * 10 + [right] * 10, strict=True):
        waiting = joining.find(request)
        found.append(waiting is not None and joining.is_right(request, waiting, code))
        request.session.save()

    assert not any(found)
    assert joining.find(parallel(client, number=1)[0]) is None


def test_mails_of_requests_that_come_together_are_few() -> None:
    client = browser()
    client.post("/accounts/signup/", {"email": "a@example.org"})
    sent = parallel(client, number=10)
    waiting = [joining.find(request) for request in sent]

    for request, found in zip(sent, waiting, strict=True):
        assert found is not None
        with request_context(request):
            joining.send_again(request, found)

    assert len(mail.outbox) == 4


def test_guesses_at_one_mailbox_are_counted_over_all_its_codes() -> None:
    statuses = []
    for _ in range(4):
        client = browser()
        asked = client.post("/accounts/signup/", {"email": "a@example.org"})
        statuses += [client.post(asked.url, {"code": "wrong"}).status_code for _ in range(5)]

    assert statuses.count(429) == 5


def test_mails_sent_again_count_for_the_mailbox() -> None:
    for _ in range(3):
        client = browser()
        asked = client.post("/accounts/signup/", {"email": "a@example.org"})
        if asked.status_code == 302:
            for _again in range(3):
                client.post(asked.url, {"action": "resend"})

    assert len(mail.outbox) == 5


def test_code_is_void_after_a_quarter_of_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    client = browser()
    asked = client.post("/accounts/signup/", {"email": "a@example.org"})
    later = (timezone.now() + timedelta(minutes=16)).timestamp()
    monkeypatch.setattr("time.time", lambda: later)

    client.post(asked.url, {"code": code_for("a@example.org")})

    assert "_auth_user_id" not in client.session


def test_new_code_makes_the_old_one_void() -> None:
    client = browser()
    asked = client.post("/accounts/signup/", {"email": "a@example.org"})
    old = code_for("a@example.org")
    client.post(asked.url, {"action": "resend"})

    answer = client.post(asked.url, {"code": old})

    assert answer.status_code == 422
    assert client.post(asked.url, {"code": code_for("a@example.org")}).status_code == 302


def test_code_of_another_browser_opens_nothing() -> None:
    one, other = browser(), browser()
    one.post("/accounts/signup/", {"email": "a@example.org"})
    other.post("/accounts/signup/", {"email": "b@example.org"})

    other.post("/accounts/login/code/confirm/", {"code": code_for("a@example.org")})

    assert "_auth_user_id" not in other.session


def test_mails_of_one_try_are_few() -> None:
    client = browser()
    asked = client.post("/accounts/signup/", {"email": "a@example.org"})

    for _ in range(10):
        client.post(asked.url, {"action": "resend"})

    assert len(mail.outbox) == 4


def test_password_of_a_stranger_before_the_address_was_confirmed_is_void() -> None:
    victim = factories.user(email="v@example.org", password="set by a stranger")
    EmailAddress.objects.filter(user=victim).update(verified=False)

    join(browser(), "v@example.org")

    victim.refresh_from_db()
    assert not victim.has_usable_password()
    assert EmailAddress.objects.get(user=victim).verified


def test_session_gets_another_key_when_somebody_signs_in() -> None:
    client = browser()
    asked = client.post("/accounts/signup/", {"email": "a@example.org"})
    planted = client.session.session_key

    client.post(asked.url, {"code": code_for("a@example.org")})

    thief = browser()
    thief.cookies["sessionid"] = planted
    assert client.session.session_key != planted
    assert thief.get("/notices/").status_code == 302


def test_account_keeps_the_language_in_which_it_was_made() -> None:
    client = browser()
    client.cookies["django_language"] = "ur"

    join(client, "a@example.org")

    assert User.objects.get().language == "ur"


def test_switched_off_account_gets_no_session() -> None:
    user = factories.user(email="off@example.org")
    User.objects.filter(pk=user.pk).update(is_active=False)
    client = browser()

    join(client, "off@example.org")

    assert "_auth_user_id" not in client.session
