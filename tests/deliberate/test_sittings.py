"""Votes in small sittings, with a pause after each ten."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from deliberate import showing
from deliberate.models import Conversation, Vote
from tests import factories

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture
def room() -> Conversation:
    conversation = factories.conversation()
    for _ in range(25):
        factories.statement(conversation=conversation)
    return conversation


def vote(client: Client, room: Conversation, numbers: range) -> str:
    page = ""
    for number in numbers:
        answer = client.post(
            room.get_absolute_url(), {"statement": number, "choice": "agree"}, follow=True
        )
        page = answer.content.decode()
    return page


def is_paused(page: str) -> bool:
    return "data-voting hidden" in page and "data-pause hidden" not in page


@pytest.mark.parametrize(
    ("minutes_ago", "count"),
    [
        ([], 0),
        ([1, 2, 3], 3),
        ([31, 32], 0),
        ([1, 29, 58], 3),
        ([1, 2, 40, 41], 2),
    ],
)
def test_sitting_ends_with_a_long_rest(minutes_ago: list[int], count: int) -> None:
    times = [NOW - timedelta(minutes=minutes) for minutes in minutes_ago]

    assert showing.sitting(times, now=NOW) == count


def test_page_asks_whether_it_is_enough_after_ten(client: Client, room: Conversation) -> None:
    client.get(room.get_absolute_url())

    ninth = vote(client, room, range(9))
    tenth = vote(client, room, range(9, 10))

    assert not is_paused(ninth)
    assert is_paused(tenth)
    assert "That was 10. Enough for today, or 10 more?" in tenth


def test_page_goes_on_after_the_pause_and_asks_again_after_ten_more(
    client: Client, room: Conversation
) -> None:
    client.get(room.get_absolute_url())
    vote(client, room, range(10))

    more = client.get(room.get_absolute_url() + "?more=1").content.decode()
    eleventh = vote(client, room, range(10, 11))
    twentieth = vote(client, room, range(11, 20))

    assert not is_paused(more)
    assert not is_paused(eleventh)
    assert is_paused(twentieth)


def test_page_counts_the_votes_and_not_the_address(client: Client, room: Conversation) -> None:
    client.get(room.get_absolute_url())
    vote(client, room, range(3))

    page = client.get(room.get_absolute_url() + "?after=2&sitting=10&pause=1").content.decode()

    assert not is_paused(page)


def test_page_does_not_pause_before_the_end(client: Client) -> None:
    conversation = factories.conversation()
    for _ in range(10):
        factories.statement(conversation=conversation)
    client.get(conversation.get_absolute_url())

    page = vote(client, conversation, range(10))

    assert "You have voted on every statement" in page
    assert not is_paused(page)


def test_sitting_begins_anew_after_a_rest(client: Client, room: Conversation) -> None:
    client.get(room.get_absolute_url())
    vote(client, room, range(9))
    Vote.objects.update(cast_at=timezone.now() - timedelta(hours=3))

    page = vote(client, room, range(9, 10))

    assert not is_paused(page)
