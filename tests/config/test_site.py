"""The front page, the process's health, the pages of errors."""

import pytest
from django.test import Client

from tests import factories


def test_health_needs_no_database(client: Client) -> None:
    response = client.get("/healthz")

    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_home_shows_open_conversations_and_no_others(client: Client) -> None:
    factories.conversation(title="Clean water")
    factories.conversation(title="A plan", state="draft")
    factories.conversation(title="Long past", state="closed")

    page = client.get("/").content.decode()

    assert "Clean water" in page
    assert "A plan" not in page
    assert "Long past" not in page


@pytest.mark.django_db
def test_home_sets_no_cookie(client: Client) -> None:
    client.get("/")

    assert not client.cookies


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 6])
def test_home_takes_the_same_queries_whatever_its_size(
    client: Client, django_assert_num_queries: object, count: int
) -> None:
    for _ in range(count):
        factories.statement()

    with django_assert_num_queries(6):
        client.get("/")


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("ur", "rtl")])
def test_page_that_does_not_exist_says_so_in_the_readers_language(
    client: Client, language: str, direction: str
) -> None:
    response = client.get("/nothing/here/", headers={"accept-language": language})

    page = response.content.decode()
    assert response.status_code == 404
    assert f'lang="{language}" dir="{direction}"' in page


@pytest.mark.django_db
def test_form_without_its_token_is_refused_in_words() -> None:
    statement = factories.statement()
    strict = Client(enforce_csrf_checks=True)

    response = strict.post(statement.conversation.get_absolute_url(), {"text": "Water."})

    assert response.status_code == 403
    assert "reload" in response.content.decode()
