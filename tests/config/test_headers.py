"""Headers that every answer carries, and the file that says whom to tell of a hole."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests import factories

ANSWERS = ["/", "/healthz", "/api/v1/openapi.json", "/nothing/", "/accounts/login/", "/sw.js"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ANSWERS)
def test_every_answer_forbids_what_nobody_needs(client: Client, path: str) -> None:
    headers = client.get(path).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "geolocation=()" in headers["Permissions-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "object-src 'none'" in headers["Content-Security-Policy"]
    is_for_all = path.startswith("/api/")
    assert headers["Cross-Origin-Resource-Policy"] == (
        "cross-origin" if is_for_all else "same-origin"
    )


@pytest.mark.django_db
def test_only_the_public_api_is_open_to_other_sites(client: Client) -> None:
    room = factories.conversation(slug="water")
    open_to_all = {
        path
        for path in (*ANSWERS, room.get_absolute_url(), "/api/v1/session/", "/petitions/")
        if "Access-Control-Allow-Origin"
        in client.get(path, headers={"origin": "https://elsewhere.example"}).headers
    }

    assert open_to_all == {"/api/v1/openapi.json"}


def test_contact_for_holes_is_where_it_is_looked_for(client: Client, settings: Any) -> None:
    settings.SECURITY_CONTACT = ["mailto:a@example.org", "https://example.org/tell"]

    answer = client.get("/.well-known/security.txt")

    fields = [line.split(": ", 1) for line in answer.content.decode().splitlines()]
    expires = datetime.strptime(dict(fields)["Expires"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert [value for name, value in fields if name == "Contact"] == settings.SECURITY_CONTACT
    assert timedelta(days=30) < expires - timezone.now() < timedelta(days=365)
    assert dict(fields)["Canonical"] == f"{settings.SITE_URL}/.well-known/security.txt"


def test_without_a_contact_there_is_no_file(client: Client, settings: Any) -> None:
    settings.SECURITY_CONTACT = []

    assert client.get("/.well-known/security.txt").status_code == 404
