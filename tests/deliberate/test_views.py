"""The conversation's page by forms alone."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from deliberate import statements
from deliberate.models import Conversation, Participant, Statement, Vote
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def statement() -> Statement:
    return factories.statement(text="Clean water before new roads.")


def url(statement: Statement) -> str:
    return statement.conversation.get_absolute_url()


def test_page_shows_one_statement_and_the_data_policy(client: Client, statement: Statement) -> None:
    response = client.get(url(statement))

    page = response.content.decode()
    assert response.status_code == 200
    assert "Clean water before new roads." in page
    assert "at least 10 people" in page


def test_page_read_makes_no_participant(client: Client, statement: Statement) -> None:
    client.get(url(statement))

    assert not Participant.objects.exists()


@pytest.mark.parametrize(("choice", "stored"), [("agree", 1), ("pass", 0), ("disagree", -1)])
def test_vote_by_form_is_stored_and_leads_to_the_next(
    client: Client, statement: Statement, choice: str, stored: int
) -> None:
    client.get(url(statement))

    response = client.post(url(statement), {"statement": statement.number, "choice": choice})

    assert response.status_code == 302
    assert response["Location"].startswith(url(statement))
    assert Vote.objects.get().choice == stored


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({}, 422),
        ({"statement": "", "choice": "agree"}, 422),
        ({"statement": "x", "choice": "agree"}, 422),
        ({"statement": "-1", "choice": "agree"}, 422),
        ({"statement": "9" * 30, "choice": "agree"}, 422),
        ({"statement": "0", "choice": "maybe"}, 422),
        ({"statement": "0"}, 422),
        ({"statement": "77", "choice": "agree"}, 409),
        ({"statement": "0\x00", "choice": "agree"}, 422),
    ],
)
def test_vote_that_is_malformed_is_refused_with_the_page(
    client: Client, statement: Statement, data: dict[str, str], status: int
) -> None:
    client.get(url(statement))

    response = client.post(url(statement), data)

    assert response.status_code == status
    assert "Clean water before new roads." in response.content.decode()
    assert not Vote.objects.exists()


def test_vote_in_a_closed_conversation_is_refused_in_words(
    client: Client, statement: Statement
) -> None:
    client.get(url(statement))
    Conversation.objects.update(state="closed")

    response = client.post(url(statement), {"statement": statement.number, "choice": "agree"})

    assert response.status_code == 409
    assert "closed" in response.content.decode()


def test_statement_by_form_is_stored(client: Client, statement: Statement) -> None:
    client.get(url(statement))

    response = client.post(url(statement), {"text": "Health units need doctors."}, follow=True)

    assert "Health units need doctors." in response.content.decode()
    assert Statement.objects.count() == 2
    assert Vote.objects.get().choice == 1


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [
        ("", 422, "required"),
        ("x" * 300, 422, "280"),
        ("CLEAN WATER, before new roads", 409, "exactly this before"),
        ("\u202e", 422, "Write your statement"),
    ],
)
def test_statement_refused_comes_back_as_it_was_typed(
    client: Client, statement: Statement, text: str, status: int, words: str
) -> None:
    client.get(url(statement))

    response = client.post(url(statement), {"text": text})

    page = response.content.decode()
    assert response.status_code == status
    assert words in page
    assert text in page
    assert Statement.objects.count() == 1


def test_author_sees_why_the_statement_was_rejected(client: Client, statement: Statement) -> None:
    client.get(url(statement))
    client.post(url(statement), {"text": "Vote for me."})
    mine = Statement.objects.exclude(pk=statement.pk).get()
    statements.reject(
        statement_id=mine.pk, version=0, reason="advert", explanation="No campaigning here."
    )

    page = client.get(url(statement)).content.decode()
    other = Client().get(url(statement)).content.decode()

    assert "No campaigning here." in page
    assert "No campaigning here." not in other


def test_conversation_for_accounts_asks_to_sign_in(client: Client, statement: Statement) -> None:
    Conversation.objects.update(participation="account")

    page = client.get(url(statement)).content.decode()
    response = client.post(url(statement), {"statement": statement.number, "choice": "agree"})

    assert re.search(r'href="/accounts/login/\?next=[^"]*conversations', page)
    # The vote is kept, and done once they have signed in.
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/signup/?next=%2Faccounts%2Fgo-on%2F")
    assert not Vote.objects.exists()


def test_statement_is_shown_in_the_readers_language(client: Client, statement: Statement) -> None:
    statement.texts.create(language="ur", text="نئی سڑکوں سے پہلے صاف پانی۔")

    page = client.get(url(statement), headers={"accept-language": "ur"}).content.decode()

    assert "نئی سڑکوں سے پہلے صاف پانی۔" in page
    assert 'dir="rtl"' in page


@pytest.mark.parametrize("slug", ["nothing", "draft"])
def test_conversation_that_is_not_public_is_no_page(client: Client, slug: str) -> None:
    factories.conversation(slug="draft", state="draft")

    assert client.get(f"/conversations/{slug}/").status_code == 404


@pytest.mark.parametrize("count", [1, 30])
@pytest.mark.parametrize("signed_in", [False, True])
def test_page_takes_few_queries_whatever_its_size(
    client: Client, django_assert_max_num_queries: Any, count: int, *, signed_in: bool
) -> None:
    conversation = factories.conversation(language="ur")
    for _ in range(count):
        made = factories.statement(conversation=conversation, language="ur")
        made.texts.create(language="en", text=f"Translated {made.number}")
    if signed_in:
        client.force_login(factories.user())
    client.get(conversation.get_absolute_url())
    for number in range(count // 2):
        client.post(conversation.get_absolute_url(), {"statement": number, "choice": "pass"})
        client.post(conversation.get_absolute_url(), {"text": f"Mine, number {number}"})
    client.get(conversation.get_absolute_url())

    # One of them only before the first map: the votes on each statement.
    with django_assert_max_num_queries(13):
        client.get(conversation.get_absolute_url())


def test_first_visit_takes_few_queries(client: Client, django_assert_max_num_queries: Any) -> None:
    statement = factories.statement()

    with django_assert_max_num_queries(12):
        client.get(url(statement))


def test_vote_by_form_leads_to_its_change(client: Client, statement: Statement) -> None:
    client.get(url(statement))

    page = client.post(
        url(statement), {"statement": statement.number, "choice": "disagree"}, follow=True
    ).content.decode()

    assert "Counted: you disagree." in page
    assert f'href="?statement={statement.number}#vote"' in page


def test_page_says_counted_only_of_what_is_stored(client: Client, statement: Statement) -> None:
    page = client.get(f"{url(statement)}?after={statement.number}").content.decode()

    assert "data-said role" in page
    assert not re.search(r"data-said role=\"status\">", page)


def test_statement_voted_on_shows_the_choice_and_the_way_back(
    client: Client, statement: Statement
) -> None:
    client.get(url(statement))
    client.post(url(statement), {"statement": statement.number, "choice": "pass"})

    page = client.get(f"{url(statement)}?statement={statement.number}").content.decode()

    assert re.search(r'value="pass" aria-pressed="true"', page)
    assert page.count('aria-pressed="true"') == 1
    assert "data-again>" in page


def test_vote_is_taken_back_by_form(client: Client, statement: Statement) -> None:
    client.get(url(statement))
    client.post(url(statement), {"statement": statement.number, "choice": "agree"})

    page = client.post(
        url(statement), {"statement": statement.number, "choice": "take-back"}, follow=True
    ).content.decode()

    assert "Your vote is taken back" in page
    assert not Vote.objects.exists()
    assert "aria-pressed" not in page


def test_closed_conversation_says_when_and_what_came_of_it(client: Client) -> None:
    conversation = factories.conversation(
        state="closed",
        closes_at=timezone.now() - timedelta(hours=1),
        result="The lamps will be mended.",
    )

    page = client.get(conversation.get_absolute_url()).content.decode()

    assert "This conversation is closed." in page
    assert "The lamps will be mended." in page
    assert f"{conversation.get_absolute_url()}map/" in page
    assert "data-vote " not in page


def test_closed_conversation_without_a_result_says_what_was_promised(client: Client) -> None:
    conversation = factories.conversation(state="closed", promise="An answer in March.")

    page = client.get(conversation.get_absolute_url()).content.decode()

    assert "Nothing has been published about it yet." in page
    assert page.count("An answer in March.") == 2


def test_conversation_to_come_says_when_it_opens(client: Client) -> None:
    conversation = factories.conversation(opens_at=timezone.now() + timedelta(days=3))
    statement = factories.statement(conversation=conversation)

    page = client.get(url(statement)).content.decode()
    answer = client.post(url(statement), {"statement": statement.number, "choice": "agree"})

    assert "This conversation has not opened yet." in page
    assert "at least 10 people" in page
    assert statement.text not in page
    assert answer.status_code == 409


def test_policy_stands_before_the_first_vote_and_after_it(
    client: Client, statement: Statement
) -> None:
    first = client.get(url(statement)).content.decode()
    client.post(url(statement), {"statement": statement.number, "choice": "agree"})
    then = client.get(url(statement)).content.decode()

    assert first.index("nobody can see how you voted") < first.index('value="agree"')
    assert then.count("nobody can see how you voted") == 1


def test_empty_conversation_asks_for_the_first_statement(client: Client) -> None:
    page = client.get(factories.conversation().get_absolute_url()).content.decode()

    assert "There are no statements yet. Write the first one." in page


@pytest.mark.parametrize("query", ["?after=x", "?after=-1", "?statement=99", "?after=" + "9" * 40])
def test_page_takes_junk_in_its_address(client: Client, statement: Statement, query: str) -> None:
    assert client.get(url(statement) + query).status_code == 200
