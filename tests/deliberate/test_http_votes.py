"""Votes over plain HTTP: batches, their answers, and the statements that a phone keeps."""

import json
from uuid import uuid4

import pytest
from django.test import Client

from deliberate import conversations
from deliberate.models import Conversation, Statement, Vote, VoteChange
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def conversation() -> Conversation:
    made = factories.conversation(slug="water")
    for _ in range(3):
        factories.statement(conversation=made)
    return made


def ballot(number: int, word: str = "agree", **changed: object) -> dict[str, object]:
    return {"id": str(uuid4()), "statement": number, "choice": word} | changed


def post(client: Client, *ballots: object, body: object = None):
    return client.post(
        "/conversations/water/votes/",
        data=json.dumps(body if body is not None else {"ballots": list(ballots)}),
        content_type="application/json",
    )


def results(response) -> list[str]:
    return [answer.get("code", answer["result"]) for answer in response.json()["answers"]]


def test_batch_is_counted_and_the_next_statement_told(client: Client, conversation) -> None:
    response = post(client, ballot(0), ballot(1, "pass"))

    assert response.status_code == 200
    assert results(response) == ["counted", "counted"]
    assert response.json()["next"]["id"] == 2
    assert (response.json()["voted"], response.json()["total"]) == (2, 3)
    assert Vote.objects.count() == 2


def test_batch_repeated_is_answered_alike_and_counted_once(client: Client, conversation) -> None:
    batch = [ballot(0), ballot(1), ballot(0, "disagree")]

    answers = [post(client, *batch).json()["answers"] for _ in range(10)]

    assert answers == [answers[0]] * 10
    assert VoteChange.objects.count() == 3
    assert Vote.objects.get(statement__number=0).choice == -1


def test_batch_of_an_account_whose_session_ended_counts_for_nobody(
    client: Client, conversation
) -> None:
    user = factories.user()
    client.force_login(user)
    batch = {"ballots": [ballot(0)], "reader": str(user.pk)}
    client.logout()

    signed_out = post(client, body=batch)
    client.force_login(factories.user())
    another = post(client, body=batch)
    client.force_login(user)
    back = post(client, body=batch)

    assert [results(signed_out), results(another)] == [["sign_in_needed"]] * 2
    assert results(back) == ["counted"]
    assert Vote.objects.count() == 1


def test_vote_is_taken_back(client: Client, conversation) -> None:
    cast, back = ballot(0), ballot(0, "take-back")
    post(client, cast)

    answers = [post(client, back).json()["answers"] for _ in range(2)]
    post(client, cast)

    assert answers[0] == answers[1]
    assert not Vote.objects.exists()
    assert list(VoteChange.objects.values_list("choice", flat=True)) == [1, None]


def test_each_refused_ballot_has_its_own_reason(client: Client, conversation) -> None:
    Statement.objects.filter(number=1).update(state="rejected", rejection_reason="advert")

    response = post(client, ballot(0), ballot(1), ballot(99))

    assert results(response) == ["counted", "statement_unavailable", "statement_unavailable"]
    assert "can no longer be voted on" in response.json()["answers"][1]["message"]


def test_batch_after_the_closing_is_told_what_had_been_counted(client: Client, conversation):
    early = ballot(0)
    post(client, early)
    conversations.close(conversation)

    response = post(client, early, ballot(1))

    assert results(response) == ["counted", "closed"]
    assert Vote.objects.count() == 1


def test_batch_of_a_stranger_after_the_closing_is_refused(client: Client, conversation):
    conversations.close(conversation)

    response = post(client, ballot(0))

    assert results(response) == ["closed"]


def test_batch_of_somebody_not_entitled_is_refused(client: Client, conversation):
    Conversation.objects.update(participation="account")

    response = post(client, ballot(0))

    assert results(response) == ["sign_in_needed"]
    assert not Vote.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        [],
        "text",
        {},
        {"ballots": []},
        {"ballots": {}},
        {"ballots": None},
        {"ballots": [ballot(0)], "more": 1},
        {"ballots": [ballot(0)] * 101},
        {"ballots": [[]]},
        {"ballots": [ballot(0, id="7")]},
        {"ballots": [ballot(0, id=7)]},
        {"ballots": [ballot(0, id="{" + str(uuid4()) + "}")]},
        {"ballots": [ballot(0, statement="0")]},
        {"ballots": [ballot(0, statement=True)]},
        {"ballots": [ballot(0, statement=-1)]},
        {"ballots": [ballot(0, statement=10**30)]},
        {"ballots": [ballot(0, choice="maybe")]},
        {"ballots": [ballot(0, choice=["agree"])]},
        {"ballots": [ballot(0, choice=1)]},
        {"ballots": [ballot(0, at=1)]},
    ],
)
def test_malformed_batch_is_refused_whole(client: Client, conversation, body: object) -> None:
    response = post(client, body=body)

    assert (response.status_code, response.json()["code"]) == (400, "bad_frame")
    assert response.json()["message"]
    assert not Vote.objects.exists()


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 50_000, b"NaN"])
def test_batch_that_is_not_json_is_refused(client: Client, conversation, body: bytes) -> None:
    response = client.post(
        "/conversations/water/votes/", data=body, content_type="application/json"
    )

    assert response.status_code == 400


def test_batch_without_the_token_is_refused(conversation) -> None:
    client = Client(enforce_csrf_checks=True)

    response = post(client, ballot(0))

    assert response.status_code == 403
    assert not Vote.objects.exists()


def test_batch_with_the_token_of_the_statements_is_counted(conversation) -> None:
    client = Client(enforce_csrf_checks=True)
    token = client.get("/conversations/water/statements.json").json()["token"]

    response = client.post(
        "/conversations/water/votes/",
        data=json.dumps({"ballots": [ballot(0)]}),
        content_type="application/json",
        headers={"X-CSRFToken": token},
    )

    assert results(response) == ["counted"]


def test_votes_of_no_conversation_are_not_found(client: Client) -> None:
    assert post(client, ballot(0)).status_code == 404
    assert client.get("/conversations/water/statements.json").status_code == 404


def test_statements_ahead_are_those_not_voted_on(client: Client, conversation) -> None:
    post(client, ballot(1))

    answer = client.get("/conversations/water/statements.json").json()

    assert sorted(row["id"] for row in answer["statements"]) == [0, 2]
    assert (answer["voted"], answer["remaining"], answer["total"]) == (1, 2, 3)
    assert answer["open"] is True


def test_statements_ahead_are_twenty_at_most_in_six_queries(
    client: Client, conversation, django_assert_max_num_queries
) -> None:
    for _ in range(30):
        factories.statement(conversation=conversation)

    with django_assert_max_num_queries(6):
        answer = client.get("/conversations/water/statements.json").json()

    assert len({row["id"] for row in answer["statements"]}) == 20


def test_statements_ahead_make_no_participant(client: Client, conversation) -> None:
    client.get("/conversations/water/statements.json")

    assert not conversation.participants.exists()
