"""Nobody learns from a form who has an account: not by its words, not by its time."""

import re
import statistics
import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.cache import cache
from django.test import Client

from tests import factories
from tests.accounts.signing_in import browser, join

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough password 8"
FORMS: dict[str, Callable[[str], dict[str, str]]] = {
    "/accounts/login/": lambda email: {"login": email, "password": "not it, I am afraid"},
    "/accounts/login/code/": lambda email: {"email": email},
    "/accounts/password/reset/": lambda email: {"email": email},
    "/accounts/signup/": lambda email: {"email": email, "password1": PASSWORD},
}
SAMPLES = 40


class CountedHasher(MD5PasswordHasher):
    """One hash as the real one makes it, and how many were made."""

    algorithm = "counted"
    made = 0
    seconds = 0.0

    def encode(self, password: str, salt: str) -> str:
        CountedHasher.made += 1
        time.sleep(CountedHasher.seconds)
        return super().encode(password, salt)


@pytest.fixture(autouse=True)
def _hasher(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountedHasher"]
    monkeypatch.setattr(CountedHasher, "made", 0)


@pytest.fixture
def known() -> str:
    """The address of somebody who has an account."""
    user = factories.user(email="known@example.org", password=PASSWORD)
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
    return str(user.email)


def sent(path: str, email: str) -> Any:
    return Client().post(path, FORMS[path](email))


def words(answer: Any, email: str) -> str:
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
    # Who asks knows who they are.
    text = re.sub(r'data-reader="\d+"', "", text)
    return text.replace(email, "EMAIL")


@pytest.mark.parametrize("path", FORMS)
def test_answer_is_the_same_for_known_and_unknown(
    path: str, known: str, mailoutbox: list[Any]
) -> None:
    unknown = "nobody@example.org"

    first, second = sent(path, known), sent(path, unknown)

    assert first.status_code == second.status_code
    assert first.get("Location") == second.get("Location")
    assert words(first, known) == words(second, unknown)
    assert set(first.cookies) == set(second.cookies)
    assert [mail.to for mail in mailoutbox] in ([[known], [unknown]], [])


@pytest.mark.parametrize("path", FORMS)
def test_page_that_follows_is_the_same(path: str, known: str) -> None:
    pages = []
    for email in (known, "nobody@example.org"):
        client = Client()
        client.post(path, FORMS[path](email))
        follows = client.post(path, FORMS[path](email)).get("Location")
        pages.append(words(client.get(follows), email) if follows else "")

    assert pages[0] == pages[1]


@pytest.mark.parametrize("path", ["/accounts/login/code/confirm/", "/accounts/confirm-email/"])
def test_wrong_code_is_wrong_for_known_and_unknown(path: str, known: str) -> None:
    begin = "/accounts/signup/" if "email" in path else "/accounts/login/code/"
    pages = []
    for email in (known, "nobody@example.org"):
        client = Client()
        client.post(begin, FORMS[begin](email))
        answers = [client.post(path, {"code": "WRONG1"}) for _ in range(4)]
        pages.append([(one.status_code, one.get("Location"), words(one, email)) for one in answers])

    assert pages[0] == pages[1]


def test_adding_an_address_answers_the_same_for_known_and_unknown(
    known: str, mailoutbox: list[Any]
) -> None:
    """Whoever has an account asks about others' addresses by adding them to their own."""
    told = []
    for number, email in enumerate((known, "nobody@example.org")):
        client = browser()
        join(client, f"asker{number}@example.org")
        mailoutbox.clear()
        answer = client.post("/accounts/email/", {"action_add": "", "email": email})
        pages = [client.get(answer["Location"]), client.get("/accounts/email/")]
        pages += [client.post("/accounts/confirm-email/", {"code": "WRONG1"}) for _ in range(4)]
        told.append(
            (
                (answer.status_code, answer["Location"], sorted(answer.cookies)),
                [
                    (page.status_code, words(page, email).replace(f"asker{number}@", "ASKER@"))
                    for page in pages
                ],
                [one.to == [email] for one in mailoutbox],
            )
        )

    assert told[0][0] == told[1][0]
    assert told[0][1] == told[1][1]
    assert told[0][2] == told[1][2] == [True]


@pytest.mark.parametrize("path", FORMS)
def test_as_many_passwords_are_hashed(path: str, known: str) -> None:
    counts = []
    for email in (known, "nobody@example.org"):
        CountedHasher.made = 0
        sent(path, email)
        counts.append(CountedHasher.made)

    assert counts[0] == counts[1]


def test_no_mail_tells_strangers_that_there_is_an_account(
    known: str, mailoutbox: list[Any]
) -> None:
    """What is told goes to the address itself, which knows."""
    sent("/accounts/signup/", known)

    assert [mail.to for mail in mailoutbox] == [[known]]


# By time


def difference(path: str, known: str) -> float:
    """How far the middle times for known and unknown lie apart, as a share; taken in turns."""
    times: dict[bool, list[float]] = {True: [], False: []}
    for number in range(2 * SAMPLES):
        cache.clear()
        is_known = number % 2 == 0
        email = known if is_known else f"nobody{number}@example.org"
        began = time.perf_counter()
        sent(path, email)
        times[is_known].append(time.perf_counter() - began)
    one, other = (statistics.median(times[is_known]) for is_known in (True, False))
    return abs(one - other) / max(one, other)


@pytest.mark.slow
@pytest.mark.parametrize("path", FORMS)
def test_time_is_the_same_for_known_and_unknown(settings: Any, path: str, known: str) -> None:
    settings.EVEN_SECONDS = 0.12

    assert difference(path, known) < 0.1


@pytest.mark.slow
def test_time_would_tell_without_the_care_that_is_taken(
    settings: Any, known: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: a password that is not hashed for nobody is measured as different."""
    settings.EVEN_SECONDS = 0
    monkeypatch.setattr(AuthenticationBackend, "_mitigate_timing_attack", lambda *_arguments: None)
    monkeypatch.setattr(CountedHasher, "seconds", 0.05)

    assert difference("/accounts/login/", known) > 0.1
