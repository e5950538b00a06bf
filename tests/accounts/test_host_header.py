"""Links in mail lead to the site, whatever host the request was for."""

import re
from typing import Any

import pytest
from django.test import Client

from tests import factories

pytestmark = pytest.mark.django_db

FORMS = ["/accounts/password/reset/", "/accounts/signup/", "/accounts/login/code/"]


@pytest.fixture(autouse=True)
def _address(settings: Any) -> None:
    settings.SITE_URL = "https://deliberate.example.org"
    settings.ALLOWED_HOSTS = ["deliberate.example.org", "testserver"]


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("host", ["evil.example", "deliberate.example.org.evil.example", "a@b"])
def test_mail_is_not_made_for_another_host(path: str, host: str, mailoutbox: list[Any]) -> None:
    user = factories.user()

    answer = Client().post(path, {"email": user.email, "password1": ""}, HTTP_HOST=host)

    assert (answer.status_code, mailoutbox) == (400, [])


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize(
    "extra",
    [
        {"HTTP_HOST": "deliberate.example.org:6666"},
        {"HTTP_HOST": "testserver", "HTTP_X_FORWARDED_HOST": "evil.example"},
    ],
)
def test_links_in_mail_lead_to_the_site(
    path: str, known: bool, extra: dict[str, str], mailoutbox: list[Any]
) -> None:
    email = factories.user(password="a password for the tests").email if known else "no@example.org"

    Client().post(path, {"email": email, "password1": ""}, **extra)

    (mail,) = mailoutbox
    texts = [mail.body, *(str(part[0]) for part in mail.alternatives)]
    links = [link for text in texts for link in re.findall(r"https?://[^\s\"<]+", text)]
    assert all(link.startswith("https://deliberate.example.org/") for link in links)
    assert not any("6666" in text or "evil" in text for text in texts)
