"""The page of one's own votes and statements."""

from typing import Any

import pytest
from django.test import Client

from deliberate import statements
from deliberate.models import Conversation, Statement, Vote
from tests import factories
from tests.publishing import publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def room() -> Conversation:
    conversation = factories.conversation()
    for number in range(30):
        factories.statement(conversation=conversation, text=f"Lamp {number} should burn.")
    return conversation


def url(room: Conversation) -> str:
    return f"{room.get_absolute_url()}my-votes/"


def vote(client: Client, room: Conversation, number: int, choice: str) -> None:
    client.post(room.get_absolute_url(), {"statement": number, "choice": choice})


def test_page_of_somebody_new_says_so_and_makes_nobody(client: Client, room: Conversation) -> None:
    answer = client.get(url(room))

    assert "You have not voted here yet." in answer.content.decode()
    assert not answer.cookies
    assert not room.participants.exists()


def test_page_shows_ones_own_votes_and_nobody_elses(client: Client, room: Conversation) -> None:
    other = Client()
    other.get(room.get_absolute_url())
    vote(other, room, 1, "agree")
    client.get(room.get_absolute_url())
    vote(client, room, 2, "disagree")

    page = client.get(url(room)).content.decode()

    assert "Lamp 2 should burn." in page
    assert "Disagree" in page
    assert "Lamp 1 should burn." not in page
    assert f'href="{room.get_absolute_url()}?statement=2#vote"' in page


def test_page_takes_a_vote_back(client: Client, room: Conversation) -> None:
    client.get(room.get_absolute_url())
    vote(client, room, 2, "disagree")

    page = client.post(url(room), {"statement": "2"}, follow=True).content.decode()

    assert "Your vote is taken back" in page
    assert "You have not voted here yet." in page
    assert not Vote.objects.exists()


@pytest.mark.parametrize("statement", ["", "x", "-1", "9" * 30, "2\x00"])
def test_page_takes_back_nothing_it_does_not_understand(
    client: Client, room: Conversation, statement: str
) -> None:
    client.get(room.get_absolute_url())
    vote(client, room, 2, "disagree")

    answer = client.post(url(room), {"statement": statement})

    assert answer.status_code == 422
    assert Vote.objects.count() == 1


def test_page_takes_back_nothing_of_a_closed_conversation(
    client: Client, room: Conversation
) -> None:
    client.get(room.get_absolute_url())
    vote(client, room, 2, "disagree")
    Conversation.objects.update(state="closed")

    answer = client.post(url(room), {"statement": "2"})

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Lamp 2 should burn." in page
    assert "Take back" not in page


def test_vote_on_a_removed_statement_can_only_be_taken_back(
    client: Client, room: Conversation
) -> None:
    client.get(room.get_absolute_url())
    vote(client, room, 2, "disagree")
    removed = Statement.objects.get(number=2)
    statements.reject(statement_id=removed.pk, version=0, reason="advert", explanation="An ad.")

    page = client.get(url(room)).content.decode()

    assert "Removed by a moderator" in page
    assert "?statement=2#vote" not in page
    assert "Take back" in page


def test_author_sees_the_counts_that_everyone_may_see(client: Client, room: Conversation) -> None:
    client.get(room.get_absolute_url())
    client.post(room.get_absolute_url(), {"text": "Benches in the shade."})
    mine = Statement.objects.get(text="Benches in the shade.")
    for _ in range(8):
        factories.vote(statement=mine)
    publish()
    few = client.get(url(room)).content.decode()
    factories.vote(statement=mine)
    not_yet = client.get(url(room)).content.decode()
    for _ in range(4):
        factories.vote(statement=mine)
    publish()

    page = client.get(url(room)).content.decode()

    assert "Benches in the shade." in few
    assert "Disagree 0" not in few
    assert "Disagree 0" not in not_yet
    assert "Agree 14 · Disagree 0 · Pass 0" in page


def test_votes_come_in_pages(client: Client, room: Conversation) -> None:
    client.get(room.get_absolute_url())
    for number in range(25):
        vote(client, room, number, "agree")

    first = client.get(url(room)).content.decode()
    second = client.get(url(room) + "?page=2").content.decode()
    junk = client.get(url(room) + "?page=x")

    assert first.count("should burn.") == 20
    assert second.count("should burn.") == 5
    assert junk.status_code == 200


@pytest.mark.parametrize("count", [1, 30])
def test_page_takes_few_queries_whatever_its_size(
    client: Client, room: Conversation, django_assert_max_num_queries: Any, count: int
) -> None:
    client.force_login(factories.user())
    client.get(room.get_absolute_url())
    for number in range(count):
        vote(client, room, number, "agree")
    client.post(room.get_absolute_url(), {"text": "Benches in the shade."})

    with django_assert_max_num_queries(12):
        client.get(url(room))
