"""The card of a shared link: a picture of its size, from known words, drawn once."""

import struct

import pytest
from django.test import Client
from django.utils import translation

from deliberate import wording
from opinion_map import card, publication, worker
from tests import factories
from tests.opinion_map import blocs

pytestmark = pytest.mark.django_db

LONG = "Where should the district's new wells be dug, and who decides which village waits? " * 2


def size_of(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", png[16:24])


@pytest.mark.parametrize("language", ["en", "ur"])
def test_card_is_a_picture_in_each_language(client: Client, language: str) -> None:
    blocs.conversation(slug="water")
    worker.draw_stale()

    response = client.get(f"/conversations/water/card.png?lang={language}")

    assert response["Content-Type"] == "image/png"
    assert size_of(response.content) == (1200, 630)


def test_card_before_the_first_map_has_its_title(client: Client) -> None:
    factories.conversation(slug="water", title="A new well")

    assert size_of(client.get("/conversations/water/card.png").content) == (1200, 630)


def test_card_says_the_title_the_people_and_how_sure_the_map_is() -> None:
    conversation = blocs.conversation(slug="water", title="Water & wells")
    worker.draw_stale()

    svg = card.svg(wording.conversation_here(conversation), publication.newest(conversation))

    assert "Water &amp; wells" in svg
    assert "60 people voted" in svg
    assert "2 groups" in svg


def test_card_breaks_a_long_title_and_keeps_it_inside() -> None:
    conversation = factories.conversation(title=LONG)

    svg = card.svg(wording.conversation_here(conversation), None)

    assert svg.count('font-weight="700"') == card.MOST_LINES + 1


def test_card_in_urdu_begins_at_the_other_side() -> None:
    conversation = factories.conversation(title="نیا کنواں کہاں ہو؟", language="ur")

    with translation.override("ur"):
        svg = card.svg(wording.conversation_here(conversation), None)

    assert f'x="{card.WIDTH - card.EDGE}"' in svg
    assert 'text-anchor="end"' in svg
    assert "Noto Nastaliq Urdu" in svg


@pytest.mark.parametrize("slug", ["draft", "nothing"])
def test_card_of_what_is_not_public_is_no_file(client: Client, slug: str) -> None:
    factories.conversation(slug="draft", state="draft")

    assert client.get(f"/conversations/{slug}/card.png").status_code == 404
