"""No address of ours sends anybody elsewhere, whatever is asked of it."""

from urllib.parse import quote, urljoin, urlsplit

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client

from tests import factories
from tests.accounts.signing_in import browser, code_for, join

pytestmark = pytest.mark.django_db

PASSWORD = "a password for the tests"
HERE = "http://testserver"
ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "\t//evil.example",
    "\n//evil.example",
    "https:evil.example",
    "https:///evil.example",
    "http:\\\\evil.example",
    "//evil.example@testserver/",
    "https://testserver@evil.example/",
    "https://testserver.evil.example/",
    "javascript:alert(1)",
    "data:text/html,x",
    "/%2F/evil.example",
    "//evil%E3%80%82example",
    "/\x00//evil.example",
    " https://evil.example",
    "ftp://testserver/",
]

# What only looks like a way: Django's redirect() takes the first for a view's name, and fails on
# the others, for they are neither a name nor a path.
NO_PATHS = ["home", "nowhere", "?page=2", "ع'\"<"]


def leads_to(response: object) -> str:
    """The host to which a browser would go."""
    location = response.get("Location", "/")  # type: ignore[attr-defined]
    # Browsers drop these and take backslashes for slashes.
    seen = location.translate({9: None, 10: None, 13: None}).strip().replace("\\", "/")
    return urljoin(f"{HERE}/somewhere/", seen)


def is_ours(response: object) -> bool:
    parts = urlsplit(leads_to(response))
    return parts.scheme == "http" and parts.hostname == "testserver"


@pytest.mark.parametrize("there", ELSEWHERE)
@pytest.mark.parametrize(
    "path", ["/language/ur/", "/my-place/", "/accounts/signup/", "/accounts/login/"]
)
def test_reading_leads_nowhere_else(client: Client, path: str, there: str) -> None:
    client.force_login(factories.user())

    assert is_ours(client.get(f"{path}?next={quote(there)}"))


@pytest.mark.parametrize("there", ELSEWHERE)
@pytest.mark.parametrize("path", ["/lite/", "/device/", "/accounts/logout/", "/notices/follow/"])
def test_pressing_leads_nowhere_else(client: Client, path: str, there: str) -> None:
    client.force_login(factories.user())
    form = {"next": there, "path": there, "lite": "on", "act": "share"}

    for answer in (client.post(path, form), client.post(f"{path}?next={quote(there)}", form)):
        assert is_ours(answer)


@pytest.mark.parametrize("there", ELSEWHERE)
def test_signing_in_leads_nowhere_else(client: Client, there: str) -> None:
    user = factories.user(password=PASSWORD)
    form = {"login": user.email, "password": PASSWORD, "next": there}

    answer = client.post(f"/accounts/login/?next={quote(there)}", form)

    assert answer.status_code == 302
    assert is_ours(answer)


def test_signing_in_leads_back(client: Client) -> None:
    """The control: a page of ours is kept."""
    user = factories.user(password=PASSWORD)

    answer = client.post(
        "/accounts/login/", {"login": user.email, "password": PASSWORD, "next": "/petitions/"}
    )

    assert leads_to(answer) == f"{HERE}/petitions/"


@pytest.mark.parametrize("there", NO_PATHS)
@pytest.mark.parametrize(
    ("path", "instead"),
    [
        ("/accounts/second-factor/", "/accounts/2fa/"),
        ("/accounts/signup/", "/"),
    ],
)
def test_what_is_no_path_leads_where_nothing_was_asked(
    client: Client, path: str, instead: str, there: str
) -> None:
    user = factories.user()
    TOTP.activate(user, generate_totp_secret())
    client.force_login(user)

    answer = client.get(f"{path}?next={quote(there)}")

    assert (answer.status_code, answer["Location"]) == (302, instead)


@pytest.mark.parametrize("there", NO_PATHS)
def test_proving_again_by_a_code_leads_to_no_name_of_a_view(there: str) -> None:
    client, user = browser(), factories.user()
    client.force_login(user)
    path = f"/accounts/reauthenticate/code/?next={quote(there)}"
    client.post(path)

    answer = client.post(path, {"code": code_for(user.email)})

    assert (answer.status_code, answer["Location"]) == (302, "/accounts/email/")


@pytest.mark.parametrize("there", NO_PATHS)
def test_joining_goes_on_to_no_name_of_a_view(there: str) -> None:
    answer = join(browser(), "new@example.org", next=there)

    assert (answer.status_code, answer["Location"]) == (302, "/")
