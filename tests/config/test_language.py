"""The switch of language."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from config import offered_languages


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


def test_page_of_languages_names_each_in_itself_and_leads_back(client: Client) -> None:
    page = client.get("/language/", {"next": "/petitions/"}).content.decode()

    for code, name in [("ur", "اردو"), ("sd", "سنڌي"), ("bal", "بلۏچی"), ("zh-hant", "繁體中文")]:
        link = f'href="/language/{code}/?next=%2Fpetitions%2F" lang="{code}" hreflang="{code}"'
        assert link in page
        assert f"<bdi>{name}</bdi>" in page
    assert 'href="/petitions/"' in page
    assert "en-xa" not in page


def test_page_of_languages_says_how_far_each_is(client: Client) -> None:
    page = client.get("/language/", {"next": "//evil.example/"}).content.decode()

    assert page.count("made without a native reviewer") == 2
    assert page.count("they are in <bdi") == 5
    assert page.count("aria-current") >= 1
    assert 'href="//evil' not in page


@pytest.mark.parametrize("codes", [["ur"], ["en", "xx"]])
def test_languages_that_cannot_be_offered_stop_the_start(codes: list[str]) -> None:
    with pytest.raises(ImproperlyConfigured, match="SITE_LANGUAGES"):
        offered_languages.offered(codes, with_pseudo=False)


def test_languages_are_offered_in_the_order_that_was_asked_for() -> None:
    rows = offered_languages.offered(["et", "en"], with_pseudo=False)

    assert [row.code for row in rows] == ["et", "en"]
