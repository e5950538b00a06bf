"""Whoever does too much is told so, gets the text back, and holds nobody else back."""

import re
from html import unescape
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, reverse

from accounts import limits
from accounts.limits import Limit, Rate
from config import limiting
from tests import factories

pytestmark = pytest.mark.django_db

PASSWORD = "a password for the tests"
TEXT = "A well for the village,\nand <b>a pump</b> & شکریہ."


@pytest.fixture
def once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything may be done once a minute by an account, and ten times from an address."""
    for action in limits.LIMITS:
        monkeypatch.setitem(limits.LIMITS, action, Limit(Rate(1, 60), Rate(10, 60)))


def signed_in() -> Client:
    client = Client()
    client.force_login(factories.user())
    return client


@pytest.mark.usefixtures("once")
def test_refusal_says_when_and_gives_the_text_back() -> None:
    conversation = factories.conversation()
    client = signed_in()
    path = conversation.get_absolute_url()
    client.post(path, {"text": "First."})

    answer = client.post(path, {"text": TEXT, "anyway": "yes"})

    page = answer.content.decode()
    said = re.findall(r"<textarea[^>]* name=\"text\"[^>]*>\n(.*?)</textarea>", page, re.DOTALL)
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 120
    assert re.search(r"Try again in \d minute", page)
    assert [unescape(text) for text in said] == [TEXT]
    assert 'name="anyway" value="yes"' in page
    assert f'action="{path}"' in page
    assert "csrfmiddlewaretoken" in page
    assert "<b>a pump" not in page


@pytest.mark.usefixtures("once")
def test_form_of_a_refusal_sends_the_same_again() -> None:
    conversation = factories.conversation()
    client = signed_in()
    path = conversation.get_absolute_url()
    client.post(path, {"text": "First."})
    refused = client.post(path, {"text": TEXT, "anyway": "yes"})
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', refused.content.decode()))

    cache.clear()
    answer = client.post(path, {**fields, "text": TEXT})

    assert answer.status_code == 302
    assert conversation.statements.count() == 2


@pytest.mark.usefixtures("once")
@pytest.mark.parametrize("name", ["password1", "password", "code", "oldpassword"])
def test_secret_never_comes_back(name: str) -> None:
    request = RequestFactory().post("/accounts/signup/", {name: "tell nobody", "email": "a@b.c"})

    assert limiting.kept(request) == []


@pytest.mark.usefixtures("once")
def test_api_is_told_in_its_own_words(client: Client) -> None:
    for _ in range(10):
        client.get("/api/v1/conversations/")

    answer = client.get("/api/v1/conversations/", headers={"accept-language": "ur"})

    assert (answer.status_code, answer.json()["code"]) == (429, "too_fast")
    assert int(answer["Retry-After"]) > 0


@pytest.mark.usefixtures("once")
def test_votes_ask_no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    statement = factories.statement()
    path = statement.conversation.get_absolute_url()
    client = signed_in()
    asked: list[str] = []
    monkeypatch.setattr(limits, "pause", lambda *_arguments, **_options: asked.append("") or 0)

    client.post(path, {"statement": str(statement.number), "choice": "agree"})
    client.post(f"{path}votes/", {"ballots": []}, content_type="application/json")
    client.post(f"/api/v1{path}votes/", {"ballots": []}, content_type="application/json")
    client.get(path)
    client.get("/")

    assert asked == []


@pytest.mark.parametrize(
    ("method", "path", "action"),
    [
        ("post", "/accounts/login/", "code"),
        ("post", "/accounts/login/code/", "mail"),
        ("post", "/accounts/password/reset/", "mail"),
        ("post", "/accounts/signup/", "mail"),
        ("post", "/petitions/new/", "petition"),
        ("post", "/petitions/1/edit/", "petition"),
        ("post", "/petitions/1/", "signature"),
        ("post", "/moderation/report/water/1/", "report"),
        ("post", "/api/v1/conversations/water/statements/", "statement"),
        ("post", "/api/v1/conversations/water/statements/similar/", "similar"),
        ("post", "/device/", "form"),
        ("get", "/search/", "search"),
        ("get", "/api/v1/petitions/", "api"),
        ("get", "/conversations/water/export/votes.csv", "export"),
        ("get", "/conversations/water/map.csv", "export"),
        ("get", "/record/lines.jsonl", "export"),
        ("get", "/conversations/water/", ""),
        ("get", "/petitions/", ""),
        ("post", "/conversations/water/votes/", ""),
        ("post", "/api/v1/conversations/water/votes/", ""),
        ("post", "/assist/conversations/water/votes/", "form"),
        ("post", "/nowhere/", ""),
        ("post", "/nowhere/votes/", ""),
    ],
)
def test_limit_of_an_address_is_the_one_of_the_table(method: str, path: str, action: str) -> None:
    request = getattr(RequestFactory(), method)(path)

    assert limiting.action_of(request) == action


@pytest.mark.parametrize(
    "name", sorted({*limiting.POSTED, *limiting.COSTLY_TO_READ, *limiting.VOTES})
)
def test_table_names_addresses_that_there_are(name: str) -> None:
    parts: list[dict[str, Any]] = [
        {},
        {"slug": "water"},
        {"slug": "water", "name": "votes"},
        {"petition_id": 1},
        {"slug": "water", "number": 1},
        {"provider_id": "tara"},
        {"form": "json"},
    ]
    found = []
    for kwargs in parts:
        try:
            found.append(reverse(name, kwargs=kwargs))
        except NoReverseMatch:
            continue

    assert found


# Lock-outs


def guess(client: Client, email: str, *, times: int = 1, address: str = "192.0.2.66") -> str:
    answer = None
    for number in range(times):
        answer = client.post(
            "/accounts/login/",
            {"login": email, "password": f"guess {number}"},
            REMOTE_ADDR=address,
        )
    return answer.content.decode() if answer else ""


@pytest.fixture
def victim() -> Any:
    user = factories.user(email="victim@example.org", password=PASSWORD)
    user.emailaddress_set.update_or_create(
        email=user.email, defaults={"verified": True, "primary": True}
    )
    return user


def sign_in(client: Client, **extra: str) -> int:
    return client.post(
        "/accounts/login/", {"login": "victim@example.org", "password": PASSWORD}, **extra
    ).status_code


def test_stranger_is_stopped_after_a_few_guesses(victim: Any) -> None:
    page = guess(Client(), victim.email, times=8)

    assert "Too many failed login attempts" in page
    assert sign_in(Client(), REMOTE_ADDR="192.0.2.66") == 200, "the right password is refused too"


def test_strangers_guesses_do_not_lock_a_known_browser_out(victim: Any) -> None:
    known = Client()
    assert sign_in(known) == 302
    known.post(reverse("account_logout"))

    guess(Client(), victim.email, times=8)

    assert sign_in(Client()) == 200, "control: an unknown browser is held back"
    assert sign_in(known) == 302


def test_known_browser_is_no_way_around_the_limit(victim: Any) -> None:
    known = Client()
    sign_in(known)
    known.post(reverse("account_logout"))

    page = guess(known, victim.email, times=8)

    assert "Too many failed login attempts" in page


def test_cookie_of_another_account_does_not_make_a_browser_known(victim: Any) -> None:
    other = factories.user(email="other@example.org", password=PASSWORD)
    other.emailaddress_set.update_or_create(email=other.email, defaults={"verified": True})
    attacker = Client()
    attacker.post("/accounts/login/", {"login": other.email, "password": PASSWORD})
    attacker.post(reverse("account_logout"))
    guess(Client(), victim.email, times=8)

    assert "Too many failed login attempts" in guess(attacker, victim.email)


def test_code_stays_open_to_the_owner_while_a_stranger_asks_for_codes(
    victim: Any, mailoutbox: list[Any]
) -> None:
    statuses = [
        Client()
        .post("/accounts/login/code/", {"email": victim.email}, REMOTE_ADDR="192.0.2.66")
        .status_code
        for _ in range(12)
    ]
    sent = len(mailoutbox)

    answer = Client().post(
        "/accounts/login/code/", {"email": victim.email}, REMOTE_ADDR="198.51.100.3"
    )

    assert statuses == [302] * 5 + [429] * 7
    assert sent == 5
    assert (answer.status_code, len(mailoutbox)) == (302, 6)


def test_nothing_marks_a_shared_phone(victim: Any) -> None:
    client = Client()
    client.cookies["shared-phone"] = "yes"

    sign_in(client)

    assert "known" not in client.cookies


def test_mark_of_a_known_browser_says_nothing_and_stays_within_accounts(victim: Any) -> None:
    client = Client()

    sign_in(client)

    cookie = client.cookies["known"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/accounts/", True, "Lax")
    assert "victim" not in cookie.value
