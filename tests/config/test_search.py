"""Search finds what is public, in every language and spelling, and nothing else."""

from typing import Any

import pytest
from django.test import Client

from config import search
from deliberate import conversations
from deliberate.models import Statement, StatementText
from petitions.models import Petition
from tests import factories
from tests.petitions import making

pytestmark = pytest.mark.django_db


def find(client: Client, words: str, **query: Any) -> Any:
    return client.get("/search/", {"q": words, **query})


def titles(answer: Any) -> dict[str, list[str]]:
    return {
        group.kind: ["".join(piece.text for piece in found.title) for found in group.found]
        for group in answer.context["groups"]
    }


def test_search_finds_conversations_petitions_and_statements(client: Client) -> None:
    topic = factories.conversation(title="Wells and pumps", introduction="Where is water bad?")
    factories.statement(conversation=topic, text="The wells are dry.")
    factories.statement(conversation=topic, text="Roads first.")
    making.collecting(title="New wells for the east", text="Please dig.")

    answer = find(client, "wells")

    assert titles(answer) == {
        "conversations": ["Wells and pumps"],
        "petitions": ["New wells for the east"],
        "statements": ["The wells are dry."],
    }
    assert answer.context["count"] == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("صاف پانی ہر گاؤں میں", "پاني"),
        ("کتاب گھر", "كتاب"),
        ("۲۵ نئے نلکے", "25"),
        ("کِتابیں", "کتاب"),
        ("Õhtune buss linna", "ohtu"),
        ("自來水費太高", "水費"),
        ("Clean WATER first", "wat clean"),
        ("ﺻﺎﻑ پانی", "صاف"),
    ],
)
def test_search_passes_over_spelling(client: Client, text: str, words: str) -> None:
    factories.statement(text=text)

    assert titles(find(client, words)) == {"statements": [text]}


def test_search_finds_a_translation_and_says_its_language(client: Client) -> None:
    statement = factories.statement(text="Clean water first.")
    statement.texts.create(language="ur", text="پہلے صاف پانی۔")
    conversations.translate(
        statement.conversation, language="ur", title="پانی", introduction="", promise=""
    )

    answer = find(client, "پانی")

    page = answer.content.decode()
    assert titles(answer) == {"conversations": ["پانی"], "statements": ["پہلے صاف پانی۔"]}
    assert '<bdi lang="ur">' in page
    assert "<mark>پانی</mark>" in page


def test_search_finds_nothing_that_is_not_public(client: Client) -> None:
    draft = factories.conversation(state="draft", title="Secret wells")
    factories.statement(conversation=draft, text="Wells in the draft.")
    factories.statement(state=Statement.State.PENDING, text="Wells that wait.")
    factories.statement(state="rejected", rejection_reason="advert", text="Wells for sale.")
    hidden = factories.statement(state="rejected", rejection_reason="advert", text="Gone.")
    StatementText.objects.create(statement=hidden, language="ur", text="wells in a translation")
    making.draft(title="Wells in my drawer", text="Not yet.")

    answer = find(client, "wells")

    assert answer.context["count"] == 0
    assert "Nothing was found." in answer.content.decode()


def test_search_finds_a_draft_by_its_last_words_once_it_is_open(client: Client) -> None:
    making.collecting(title="Pumps", text="Old words.")
    Petition.objects.update(search_words=" stale ")
    petition = Petition.objects.get()
    petition.title = "Lamps"
    petition.save()

    assert titles(find(client, "lamps")) == {"petitions": ["Lamps"]}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("", "Write a word, or the beginning of one."),
        ("w", "Write at least two letters."),
        ("?!", "Write at least two letters."),
        ("%", "Write at least two letters."),
        ("__", "Write at least two letters."),
        ("ww", "Nothing was found."),
        ("x" * 5000, "Nothing was found."),
        ("\x00wells", "Nothing was found."),
        ("' OR 1=1 --", "Nothing was found."),
    ],
)
def test_search_says_what_to_do_when_it_shows_nothing(
    client: Client, words: str, sentence: str
) -> None:
    factories.statement(text="Clean water first.")

    answer = find(client, words)

    assert answer.status_code == 200
    assert sentence in answer.content.decode()


def test_search_comes_in_pages(client: Client) -> None:
    conversation = factories.conversation()
    for number in range(45):
        factories.statement(conversation=conversation, text=f"Lamp {number} is dark.")

    overview = find(client, "lamp")
    pages = [find(client, "lamp", **{"in": "statements", "page": page}) for page in (1, 2, 3)]
    beyond = find(client, "lamp", **{"in": "statements", "page": 4})

    assert len(titles(overview)["statements"]) == 5
    assert overview.context["count"] == 45
    assert [len(titles(page)["statements"]) for page in pages] == [20, 20, 5]
    assert len({title for page in pages for title in titles(page)["statements"]}) == 45
    assert beyond.status_code == 404


@pytest.mark.parametrize("page", ["0", "-1", "x", "1e3", "99999", "9" * 40])
def test_search_has_no_page_of_that_number(client: Client, page: str) -> None:
    factories.statement(text="Clean water first.")

    assert find(client, "water", **{"in": "statements", "page": page}).status_code == 404


@pytest.mark.parametrize("count", [1, 30])
def test_search_takes_few_queries_whatever_it_finds(
    client: Client, django_assert_max_num_queries: Any, count: int
) -> None:
    council = making.council()
    for number in range(count):
        topic = factories.conversation(title=f"Lamp {number}")
        conversations.translate(topic, language="ur", title="lamp", introduction="", promise="")
        factories.statement(conversation=topic, text=f"Lamp {number} is dark.").texts.create(
            language="ur", text="lamp"
        )
        making.collecting(title=f"Lamp {number}", of=council)
    client.force_login(factories.user())

    with django_assert_max_num_queries(12):
        answer = find(client, "lamp")

    assert answer.context["count"] == 3 * count


def test_search_is_bounded_by_the_words_it_looks_for(client: Client) -> None:
    factories.statement(text="a1 b2 c3 d4 e5 f6")

    answer = find(client, "a1 b2 c3 d4 e5 f6 this is not in it")

    assert search.MOST_WORDS == 6
    assert answer.context["count"] == 1


def test_search_sets_no_cookie(client: Client) -> None:
    assert not find(client, "water").cookies
