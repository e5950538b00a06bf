"""Conversations over the HTTP API: what is told to whom, and that the doors are the pages' own."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from deliberate import conversations, statements
from deliberate.models import Choice, Conversation, Statement, StatementText, Vote
from tests import factories
from tests.answers import checked, get, post
from tests.publishing import publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def water() -> Conversation:
    made = factories.conversation(slug="water", title="Water", language="en")
    for _ in range(3):
        factories.statement(conversation=made)
    return made


def ballot(number: int, word: str = "agree") -> dict[str, object]:
    return {"id": str(uuid4()), "statement": number, "choice": word}


def test_conversation_tells_its_rules_and_its_published_counts(client: Client, water) -> None:
    factories.vote(statement=water.statements.get(number=0))
    before = get(client, "conversations/water/")["tally"]
    for _ in range(9):
        factories.vote(statement=water.statements.get(number=0))
    publish()

    answer = get(client, "conversations/water/")

    assert before["votes"] == 0
    assert (answer["tally"]["votes"], answer["tally"]["participants"]) == (10, 10)
    assert answer["rules"]["data_policy"] == "aggregate"
    assert "at least 10 people" in answer["rules"]["data_policy_says"]
    assert (answer["title"], answer["state"], answer["takes_votes"]) == ("Water", "open", True)


def test_conversation_links_lead_somewhere(client: Client, water) -> None:
    links = get(client, "conversations/water/")["links"]

    statuses = {name: client.get(path).status_code for name, path in links.items()}

    assert {name for name, status in statuses.items() if status != 200} == {
        "map",
        "similar",
        "socket",
        "votes",
    }
    assert (statuses["votes"], statuses["similar"]) == (405, 405)


def test_conversation_is_told_in_the_readers_language(client: Client, water) -> None:
    conversations.translate(
        water, language="ur", title="پانی", introduction="", promise="", result=""
    )

    answer = get(client, "conversations/water/", accept_language="ur")

    assert (answer["title"], answer["language"], answer["original_language"]) == (
        "پانی",
        "ur",
        "en",
    )


@pytest.mark.parametrize(
    "path",
    [
        "conversations/draft/",
        "conversations/draft/statements/",
        "conversations/draft/next/",
        "conversations/draft/my-votes/",
        "conversations/nothing/",
    ],
)
def test_draft_is_there_for_nobody(client: Client, path: str) -> None:
    factories.conversation(slug="draft", state="draft")

    response = client.get(f"/api/v1/{path}")

    assert checked(response, "GET", f"/api/v1/{path}")["code"] == "not_found"
    assert response.status_code == 404


def test_conversations_are_told_page_by_page_though_others_come(client: Client) -> None:
    now = timezone.now()
    for number in range(5):
        # Two of them opened at the same moment.
        factories.conversation(slug=f"c{number}", opens_at=now - timedelta(days=number // 2 + 1))
    first = get(client, "conversations/?limit=2")
    factories.conversation(slug="newer", opens_at=now - timedelta(minutes=1))
    Conversation.objects.get(slug="c1").delete()

    second = get(client, first["next"].removeprefix("/api/v1/"))
    third = get(client, second["next"].removeprefix("/api/v1/"))

    assert [row["slug"] for row in first["items"]] == ["c1", "c0"]
    assert [row["slug"] for row in second["items"]] == ["c3", "c2"]
    assert [row["slug"] for row in third["items"]] == ["c4"]
    assert third["next"] is None


def test_conversations_are_chosen_by_whether_they_are_over(client: Client, water) -> None:
    conversations.close(factories.conversation(slug="past"))
    factories.conversation(slug="draft", state="draft")

    shown = {
        show: [row["slug"] for row in get(client, f"conversations/?show={show}")["items"]]
        for show in ("open", "closed")
    }

    assert shown == {"open": ["water"], "closed": ["past"]}


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=ten",
        "limit=٣",
        "cursor=1",
        "cursor=-1-2",
        "cursor=%00",
        "cursor=" + "9" * 18 + "-1",
        "cursor=1-" + "9" * 19,
        "show=draft",
    ],
)
def test_list_asked_for_nonsense_says_so(client: Client, query: str) -> None:
    response = client.get(f"/api/v1/conversations/?{query}")

    assert checked(response, "GET", "/api/v1/conversations/")["code"] == "bad_frame"
    assert response.status_code == 400


@pytest.mark.parametrize("rows", [1, 3])
def test_conversations_are_read_in_few_queries(
    client: Client, rows: int, django_assert_num_queries
) -> None:
    for _ in range(rows):
        factories.conversation()

    with django_assert_num_queries(2):
        get(client, "conversations/")


@pytest.mark.parametrize("rows", [1, 3])
def test_statements_are_read_in_few_queries(
    client: Client, rows: int, django_assert_num_queries
) -> None:
    made = factories.conversation(slug="water")
    for _ in range(rows):
        factories.statement(conversation=made)

    # The conversation with its words, the page with its words, the tally with its counts.
    with django_assert_num_queries(5):
        get(client, "conversations/water/statements/")


def test_statements_are_the_accepted_ones_with_counts_of_ten_people(client: Client, water) -> None:
    few, many, gone = water.statements.order_by("number")
    Statement.objects.filter(pk=gone.pk).update(state="rejected", rejection_reason="advert")
    for _ in range(9):
        factories.vote(statement=few)
    for choice in [Choice.AGREE] * 7 + [Choice.PASS] * 2 + [Choice.DISAGREE]:
        factories.vote(statement=many, choice=choice)
    publish()

    answer = get(client, "conversations/water/statements/")

    assert [row["id"] for row in answer["items"]] == [0, 1]
    assert [row["counts"] for row in answer["items"]] == [
        None,
        {"agree": 7, "pass": 2, "disagree": 1},
    ]


def test_statements_counts_stand_still_until_five_people_moved_them(client: Client, water) -> None:
    for _ in range(10):
        factories.vote(statement=water.statements.get(number=0))
    publish()
    before = get(client, "conversations/water/statements/")["items"][0]["counts"]
    for _ in range(4):
        factories.vote(statement=water.statements.get(number=0))
    publish()

    after = get(client, "conversations/water/statements/")["items"][0]["counts"]

    assert before == after == {"agree": 10, "pass": 0, "disagree": 0}


def test_statements_are_told_page_by_page_in_their_translation(client: Client, water) -> None:
    StatementText.objects.create(
        statement=water.statements.get(number=2), language="ur", text="پانی", source="machine"
    )
    first = get(client, "conversations/water/statements/?limit=2", accept_language="ur")

    second = get(client, first["next"].removeprefix("/api/v1/"), accept_language="ur")

    (row,) = second["items"]
    assert [row["id"] for row in first["items"]] == [0, 1]
    assert (row["id"], row["text"], row["language"]) == (2, "پانی", "ur")
    assert row["original"].startswith("Statement number")
    assert second["next"] is None


def test_public_answers_are_kept_by_caches_and_others_are_not(client: Client, water) -> None:
    public = client.get("/api/v1/conversations/water/")
    again = client.get(
        "/api/v1/conversations/water/", headers={"If-None-Match": public.headers["ETag"]}
    )
    own = client.get("/api/v1/conversations/water/next/")

    assert "public" in public.headers["Cache-Control"]
    assert {"Accept-Language", "Cookie"} <= set(public.headers["Vary"].split(", "))
    assert public.headers["Access-Control-Allow-Origin"] == "*"
    assert not public.cookies
    assert again.status_code == 304
    assert "no-store" in own.headers["Cache-Control"]
    assert "Access-Control-Allow-Origin" not in own.headers


def test_session_gives_the_token_that_a_vote_needs(water) -> None:
    client = Client(enforce_csrf_checks=True)
    begun = get(client, "session/")

    answers = [
        client.post(
            "/api/v1/conversations/water/votes/",
            data=json.dumps({"ballots": [ballot(0)]}),
            content_type="application/json",
            headers=headers,
        )
        for headers in ({}, {"X-CSRFToken": begun["token"]})
    ]

    assert begun["signed_in"] is False
    assert [answer.status_code for answer in answers] == [403, 200]
    assert answers[0].json()["code"] == "forbidden"
    assert "cookies" in answers[0].json()["message"]
    assert Vote.objects.count() == 1


def test_session_knows_who_is_signed_in(client: Client) -> None:
    client.force_login(factories.user())

    assert get(client, "session/")["signed_in"] is True


def test_votes_are_cast_changed_and_taken_back(client: Client, water) -> None:
    cast = [ballot(0), ballot(1, "pass"), ballot(0, "take-back"), ballot(9)]

    status, answer = post(client, "conversations/water/votes/", {"ballots": cast})
    repeated = post(client, "conversations/water/votes/", {"ballots": cast})[1]

    results = [one.get("code", one["result"]) for one in answer["answers"]]
    assert (status, results) == (200, ["counted"] * 3 + ["statement_unavailable"])
    assert repeated["answers"] == answer["answers"]
    assert Vote.objects.values_list("statement__number", "choice").get() == (1, 0)


def test_votes_that_are_none_are_refused(client: Client, water) -> None:
    status, answer = post(client, "conversations/water/votes/", {"ballots": [{"id": 1}]})

    assert (status, answer["code"]) == (400, "bad_frame")


def test_next_statement_is_one_not_voted_on(client: Client, water) -> None:
    post(client, "conversations/water/votes/", {"ballots": [ballot(0), ballot(2)]})

    answer = get(client, "conversations/water/next/")

    assert answer["next"]["id"] == 1
    assert (answer["voted"], answer["remaining"], answer["total"]) == (2, 1, 3)


def test_next_statement_makes_no_participant(client: Client, water) -> None:
    get(client, "conversations/water/next/")

    assert not water.participants.exists()


def test_statement_is_submitted_and_its_author_sees_what_became_of_it(
    client: Client, water
) -> None:
    get(client, "session/")
    status, submitted = post(
        client, "conversations/water/statements/", {"text": " Mend  the pumps. "}
    )
    statements.reject(
        statement_id=water.statements.get(number=3).pk,
        version=0,
        reason="off-topic",
        explanation="It is about roads.",
    )

    (mine,) = get(client, "conversations/water/my-statements/")["items"]

    assert (status, submitted["id"], submitted["state"]) == (201, 3, "accepted")
    assert submitted["text"] == mine["text"] == "Mend the pumps."
    assert (mine["state"], mine["reason"]) == ("rejected", "off-topic")
    assert mine["explanation"] == "It is about roads."


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"text": "  "}, 422, "statement_empty"),
        ({"text": "x" * 281}, 422, "statement_too_long"),
        ({"text": "mend the PUMPS!"}, 409, "statement_duplicate"),
        ({"text": 7}, 400, "bad_frame"),
        ({"text": "\ud800"}, 400, "bad_frame"),
        ({"text": "a", "as": "me"}, 400, "bad_frame"),
        ({}, 400, "bad_frame"),
        ([], 400, "bad_frame"),
        (None, 400, "bad_frame"),
        ({"text": "x" * 300_000}, 413, "too_large"),
    ],
)
def test_statement_refused_is_refused_by_its_code(
    client: Client, water, body: object, status: int, code: str
) -> None:
    factories.statement(conversation=water, text="Mend the pumps.")

    answered, answer = post(client, "conversations/water/statements/", body)

    assert (answered, answer["code"]) == (status, code)
    assert answer.get("twin") == (3 if code == "statement_duplicate" else None)
    assert water.statements.count() == 4


def test_statements_too_many_in_an_hour_are_told_when_to_come_back(client: Client, water) -> None:
    for number in range(statements.STATEMENTS_AN_HOUR):
        post(client, "conversations/water/statements/", {"text": f"My wish number {number}."})

    response = client.post(
        "/api/v1/conversations/water/statements/",
        data='{"text": "One wish more."}',
        content_type="application/json",
    )

    assert (response.status_code, response.headers["Retry-After"]) == (429, "3600")
    assert response.json()["code"] == "too_many_statements"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"participation": "account"}, "sign_in_needed"),
        ({"closes_at": timezone.now() - timedelta(hours=1)}, "closed"),
    ],
)
def test_statement_of_somebody_who_may_not_is_refused(
    client: Client, water, fields: dict[str, object], code: str
) -> None:
    Conversation.objects.update(**fields)

    status, answer = post(client, "conversations/water/statements/", {"text": "Mend the pumps."})

    assert answer["code"] == code
    assert status in {403, 409}


def test_similar_statements_are_shown_and_nothing_is_stored(client: Client, water) -> None:
    near = factories.statement(conversation=water, text="Mend the broken pumps first.")

    status, answer = post(
        client, "conversations/water/statements/similar/", {"text": "Mend broken pumps first!"}
    )

    assert (status, [row["id"] for row in answer["similar"]]) == (200, [near.number])
    assert water.statements.count() == 4


def test_my_votes_are_mine_alone_and_come_page_by_page(client: Client, water) -> None:
    factories.vote(statement=water.statements.get(number=0))
    post(client, "conversations/water/votes/", {"ballots": [ballot(0)]})
    post(client, "conversations/water/votes/", {"ballots": [ballot(1, "disagree")]})
    Statement.objects.filter(number=0).update(state="rejected", rejection_reason="advert")

    first = get(client, "conversations/water/my-votes/?limit=1")
    second = get(client, first["next"].removeprefix("/api/v1/"))
    strangers = get(Client(), "conversations/water/my-votes/")

    seen = [*first["items"], *second["items"]]
    assert [(row["statement"]["id"], row["choice"]) for row in seen] == [
        (1, "disagree"),
        (0, "agree"),
    ]
    assert [row["is_open"] for row in seen] == [True, False]
    assert (second["next"], strangers["items"]) == (None, [])


def test_account_goes_on_where_its_browser_was(client: Client, water) -> None:
    post(client, "conversations/water/votes/", {"ballots": [ballot(0)]})
    client.force_login(factories.user())

    mine = get(client, "conversations/water/my-votes/")["items"]

    assert [row["statement"]["id"] for row in mine] == [0]


def test_method_that_is_not_described_is_refused(client: Client, water) -> None:
    response = client.put("/api/v1/conversations/water/statements/", data=b"")

    assert (response.status_code, response.json()["code"]) == (405, "bad_method")
    assert response.headers["Allow"] == "GET, HEAD, POST"


def test_database_that_takes_nothing_is_said_with_when_to_come_back(client: Client, water) -> None:
    path = "/api/v1/conversations/water/statements/"

    def full(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        if sql.startswith("INSERT"):
            raise OperationalError("No space left on device")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(full):
        response = client.post(path, data='{"text": "Mend it."}', content_type="application/json")

    assert checked(response, "POST", path)["code"] == "try_later"
    assert (response.status_code, int(response.headers["Retry-After"]) > 0) == (503, True)
