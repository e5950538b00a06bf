"""What people wrote keeps its own direction and language among words of the other direction."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from deliberate.models import Conversation
from tests import factories
from tests.frontend import spoken
from tests.petitions import making

pytestmark = pytest.mark.django_db

# Each in the letters of one direction, for a reader of the other.
WRITTEN = {
    "ur": ("en", "Zebra crossing at the school"),
    "en": ("ur", "اسکول کے سامنے زیبرا کراسنگ"),
}


@pytest.fixture(params=sorted(WRITTEN))
def reader(request: pytest.FixtureRequest) -> str:
    """The language that the pages are in."""
    return request.param


@pytest.fixture
def written(reader: str) -> tuple[str, str]:
    """The language and the words that everything on the pages is written in."""
    return WRITTEN[reader]


@pytest.fixture
def author() -> User:
    return factories.moderator()


@pytest.fixture
def conversation(written: tuple[str, str]) -> Conversation:
    language, words = written
    found = factories.conversation(
        language=language, title=words, introduction=words, promise=words
    )
    statement = factories.statement(conversation=found, language=language, text=words)
    for _ in range(3):
        factories.vote(statement=statement)
    return found


def outsiders(html: str, words: str, language: str) -> list[str]:
    """Where the words stand without a direction or a language of their own."""
    page = spoken.read(html)
    # A page's title has no markup inside.
    found = [text for text in page.texts if words in text.words and ">title" not in text.where]
    assert found, "the page does not show what was written"
    return [
        f"{text.where} ({text.language}): {text.words.strip()[:60]}"
        for text in found
        if not text.is_isolated or text.language != language
    ]


def look(client: Client, path: str, reader: str) -> str:
    response = client.get(path, headers={"accept-language": reader})
    assert response.status_code == 200
    return response.content.decode()


def test_home_and_conversation_keep_the_direction_of_what_people_wrote(
    client: Client, reader, written, conversation, author
):
    language, words = written
    client.force_login(author)
    paths = [
        reverse("home"),
        conversation.get_absolute_url(),
        reverse("opinion_map:map", args=[conversation.slug]),
        reverse("opinion_map:report", args=[conversation.slug]),
        reverse("moderation:report", args=[conversation.slug, 0]),
        reverse("deliberate:translations", args=[conversation.slug]) + "?all=1&language=et",
    ]

    bad = {path: outsiders(look(client, path, reader), words, language) for path in paths}

    assert {path: found for path, found in bad.items() if found} == {}


def test_petition_keeps_the_direction_of_what_its_creator_wrote(
    client: Client, reader, written, author
):
    language, words = written
    council = making.council(threshold=1, language=language)
    council.name = words
    council.save()
    draft = making.draft(creator=author, of=council, title=words, text=words, language=language)
    client.force_login(author)
    before = look(client, draft.get_absolute_url(), reader)
    petition = making.collecting(
        creator=author, of=council, title=words, text=words, language=language
    )
    clerk = making.clerk(council)

    bad = {"draft": outsiders(before, words, language)}
    for person, path in [
        (author, petition.get_absolute_url()),
        (author, reverse("petitions:list")),
        (clerk, reverse("council:queue")),
    ]:
        client.force_login(person)
        bad[path] = outsiders(look(client, path, reader), words, language)

    assert {path: found for path, found in bad.items() if found} == {}


def test_name_keeps_its_direction_whatever_its_language(client: Client, reader, written):
    _language, words = written
    petition = making.collecting(creator=factories.user(display_name=words))

    page = spoken.read(look(client, petition.get_absolute_url(), reader))

    named = [text.is_isolated for text in page.texts if words in text.words]
    assert named
    assert all(named)


@pytest.mark.parametrize("code", ["sd", "ps", "bal", "pnb", "skr"])
def test_page_of_a_language_whose_words_are_missing_says_that_they_are_urdu(client: Client, code):
    factories.conversation(title="پاڻي", language="sd")

    page = look(client, "/", code)

    assert '<html lang="ur" dir="rtl"' in page
    assert '<bdi lang="sd">پاڻي</bdi>' in page
