"""The map's pages: words, picture, data, and nothing that is not published."""

import pytest
from django.test import Client

from deliberate import statements
from opinion_map import publication, worker
from tests import factories
from tests.opinion_map import blocs

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("page", ["map/", "map/summary/"])
def test_map_says_who_stands_for_what(client: Client, page: str) -> None:
    conversation = blocs.conversation(slug="water")
    worker.draw_stale()

    text = client.get(f"/conversations/water/{page}").content.decode()

    assert "2 groups" in text
    assert "30 people" in text
    assert blocs.first(conversation).text in text


@pytest.mark.parametrize("page", ["map/", "map/summary/"])
def test_map_of_few_people_is_not_shown(client: Client, page: str) -> None:
    blocs.conversation(slug="water", people=publication.MINIMUM - 1)
    worker.draw_stale()

    text = client.get(f"/conversations/water/{page}").content.decode()

    assert "at least 10 people" in text
    assert "100 %" not in text


@pytest.mark.parametrize("page", ["map.svg", "map.json"])
def test_map_of_few_people_is_no_file(client: Client, page: str) -> None:
    blocs.conversation(slug="water", people=publication.MINIMUM - 1)
    worker.draw_stale()

    assert client.get(f"/conversations/water/{page}").status_code == 404


def test_map_data_has_the_contracts_form(client: Client) -> None:
    blocs.conversation(slug="water")
    worker.draw_stale()

    document = client.get("/conversations/water/map.json").json()

    assert document["format"] == "opinion-map/1"
    assert document["participants"] == []
    assert {"votes_sha256", "parameters", "groups", "statements", "consensus"} <= set(document)
    assert {"reliable", "variance_explained"} <= set(document)
    assert all(group["hull"] for group in document["groups"])


def test_map_data_of_an_open_conversation_has_its_participants(client: Client) -> None:
    blocs.conversation(slug="water", data_policy="open")
    worker.draw_stale()

    document = client.get("/conversations/water/map.json").json()

    assert len(document["participants"]) == 60
    assert {"id", "x", "y", "group", "votes"} <= set(document["participants"][0])


def test_map_picture_is_a_drawing_with_a_title(client: Client) -> None:
    blocs.conversation(slug="water")
    worker.draw_stale()

    response = client.get("/conversations/water/map.svg")

    text = response.content.decode()
    assert response["Content-Type"].startswith("image/svg+xml")
    assert "<title" in text
    assert "<script" not in text
    assert " style=" not in text


def test_rejected_statement_leaves_the_published_map_at_once(client: Client) -> None:
    conversation = blocs.conversation(slug="water")
    worker.draw_stale()
    statement = blocs.first(conversation)

    statements.reject(statement_id=statement.pk, version=0, reason="advert", explanation="Ad.")

    page = client.get("/conversations/water/map/").content.decode()
    document = client.get("/conversations/water/map.json").json()
    assert statement.text not in page
    assert 0 not in {row["id"] for row in document["statements"]}
    assert 0 not in {pick["statement"] for pick in document["consensus"]["agree"]}


@pytest.mark.parametrize("count", [2, 30])
def test_map_takes_the_same_queries_whatever_its_size(
    client: Client, django_assert_num_queries: object, count: int
) -> None:
    blocs.conversation(slug="water", statements=count)
    worker.draw_stale()

    with django_assert_num_queries(5):
        client.get("/conversations/water/map/summary/")


@pytest.mark.parametrize("page", ["map/", "map/summary/", "map.svg", "map.json"])
@pytest.mark.parametrize("slug", ["draft", "nothing"])
def test_map_of_what_is_not_public_is_no_page(client: Client, slug: str, page: str) -> None:
    factories.conversation(slug="draft", state="draft")

    assert client.get(f"/conversations/{slug}/{page}").status_code == 404
