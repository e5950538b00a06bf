"""The switch of language."""

import pytest
from django.test import Client


@pytest.mark.parametrize(
    ("back", "to"),
    [
        ("/petitions/?page=2", "/petitions/?page=2"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_language_is_remembered_and_leads_back_within_the_site(
    client: Client, back: str, to: str
) -> None:
    response = client.get("/language/ur/", {"next": back})

    assert (response.status_code, response["Location"]) == (302, to)
    assert client.cookies["django_language"].value == "ur"


@pytest.mark.parametrize("code", ["xx", "UR", "en-gb", ".."])
def test_language_that_is_not_offered_is_no_page(client: Client, code: str) -> None:
    response = client.get(f"/language/{code}/")

    assert response.status_code == 404
    assert "django_language" not in client.cookies
