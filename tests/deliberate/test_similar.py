"""Statements that say nearly the same are shown before one more is stored."""

import pytest
from django.test import Client

from deliberate import folding, similar
from deliberate.models import Conversation, Statement, Vote
from tests import factories

pytestmark = pytest.mark.django_db

WELLS = "Broken filtration plants should be repaired before new ones are paid for."
OTHERS = [
    "Every Basic Health Unit should have a woman doctor three days a week.",
    "The road between the two towns needs crossings at the schools.",
    "Farmers who draw groundwater with large tube wells should pay for it.",
    "The council's meetings should be open to everyone and shown on the internet.",
]


@pytest.fixture
def room() -> Conversation:
    conversation = factories.conversation()
    for text in [WELLS, *OTHERS]:
        factories.statement(conversation=conversation, text=text)
    return conversation


@pytest.mark.parametrize(
    "text",
    [
        "Repair the broken filtration plants before buying new ones",
        "New filtration plants only when the broken ones have been repaired!",
    ],
)
def test_similar_finds_the_same_in_other_words(room: Conversation, text: str) -> None:
    assert [row.text for row in similar.to(room, text)] == [WELLS]


@pytest.mark.parametrize("text", ["Trees along the canal would give shade.", "", "ok", "?!"])
def test_similar_finds_nothing_for_another_matter(room: Conversation, text: str) -> None:
    assert similar.to(room, text) == []


def test_similar_finds_a_translation(room: Conversation) -> None:
    Statement.objects.get(text=WELLS).texts.create(
        language="ur", text="نئے فلٹریشن پلانٹ لگانے سے پہلے خراب پلانٹ ٹھیک کیے جائیں۔"
    )

    found = similar.to(room, "خراب فلٹریشن پلانٹ پہلے ٹھیک کیے جائیں")

    assert [row.text for row in found] == [WELLS]


@pytest.mark.parametrize("state", ["pending", "rejected"])
def test_similar_shows_only_what_is_accepted(room: Conversation, state: str) -> None:
    reason = "advert" if state == "rejected" else ""
    Statement.objects.filter(text=WELLS).update(state=state, rejection_reason=reason)

    assert similar.to(room, WELLS) == []


def test_similar_orders_the_most_alike_first_and_shows_few() -> None:
    candidates = [
        similar.Candidate(number, folding.searchable(f"Clean water for the village {extra}"))
        for number, extra in enumerate(["of my cousins in the hills", "now", "", "and cattle", "x"])
    ]

    found = similar.nearest(folding.searchable("Clean water for the village"), candidates)

    assert len(found) == similar.MOST
    assert found[0] == 2


def test_form_shows_what_stands_and_stores_nothing(client: Client, room: Conversation) -> None:
    url = room.get_absolute_url()
    client.get(url)
    text = "Repair broken filtration plants before new ones"

    answer = client.post(url, {"text": text, "look": "1"})

    page = answer.content.decode()
    assert answer.status_code == 409
    assert text in page
    assert "Send mine anyway" in page
    assert '<a href="?statement=0#vote" rel="nofollow"><bdi lang="en">Broken' in page
    assert Statement.objects.count() == 5


def test_form_sends_mine_anyway(client: Client, room: Conversation) -> None:
    url = room.get_absolute_url()
    client.get(url)
    text = "Repair broken filtration plants before new ones"

    answer = client.post(url, {"text": text, "look": "1", "anyway": "1"})

    assert answer.status_code == 302
    assert Statement.objects.get(text=text).author_id == Vote.objects.get().participant_id


def test_form_stores_at_once_what_nobody_has_said(client: Client, room: Conversation) -> None:
    client.get(room.get_absolute_url())

    answer = client.post(
        room.get_absolute_url(), {"text": "Trees along the canal give shade.", "look": "1"}
    )

    assert answer.status_code == 302
    assert Statement.objects.count() == 6


def test_form_links_the_twin_of_the_same_words(client: Client, room: Conversation) -> None:
    client.get(room.get_absolute_url())

    answer = client.post(
        room.get_absolute_url(), {"text": WELLS.upper(), "look": "1", "anyway": "1"}
    )

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "exactly this before" in page
    assert 'href="?statement=0#vote"' in page
    assert "data-anyway hidden" in page


def test_similar_still_finds_the_first_after_somebody_has_repeated_it() -> None:
    conversation = factories.conversation()
    for text in [WELLS, "Repair the broken filtration plants before buying new ones, 1"]:
        factories.statement(conversation=conversation, text=text)

    found = similar.to(conversation, "Repair the broken filtration plants before buying new ones")

    assert WELLS in [row.text for row in found]
