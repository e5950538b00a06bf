"""The form's ballot has an id: sent again by a reload or a double click, it is one effect."""

import json
import re

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.test import Client

from deliberate import receipts
from deliberate.models import BallotReceipt, Statement, Vote, VoteChange
from tests import factories
from tests.deliberate.sessions import new_session
from tests.deliberate.test_live_socket import socket

pytestmark = pytest.mark.django_db

UUID_FIELD = re.compile(r'name="ballot" value="([0-9a-f-]{36})"')
AN_ID = "0190f3c4-7a55-7cc1-8a30-2f0a1f6d2b11"


@pytest.fixture
def statement() -> Statement:
    return factories.statement()


def url(statement: Statement) -> str:
    return statement.conversation.get_absolute_url()


def ballot_on(page: str) -> str:
    found = UUID_FIELD.search(page)
    assert found
    return found[1]


def test_every_form_brings_an_id_of_its_own(client: Client, statement: Statement) -> None:
    pages = [client.get(url(statement)).content.decode() for _ in range(2)]

    assert ballot_on(pages[0]) != ballot_on(pages[1])


def test_form_sent_twice_is_one_vote_and_one_answer(client: Client, statement: Statement) -> None:
    ballot = ballot_on(client.get(url(statement)).content.decode())
    data = {"statement": statement.number, "choice": "agree", "ballot": ballot}

    answers = [client.post(url(statement), data) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [302, 302, 302]
    assert len({answer["Location"] for answer in answers}) == 1
    assert VoteChange.objects.count() == 1


def test_form_sent_again_after_a_change_of_mind_changes_nothing(
    client: Client, statement: Statement
) -> None:
    """A browser that reloads an old answer sends the old form again."""
    client.get(url(statement))
    first = {"statement": statement.number, "choice": "agree", "ballot": AN_ID}
    client.post(url(statement), first)
    client.post(url(statement), {"statement": statement.number, "choice": "disagree"})

    again = client.post(url(statement), first)

    assert again.status_code == 302
    assert Vote.objects.get().choice == -1
    assert VoteChange.objects.count() == 2


def test_whoever_goes_back_may_choose_otherwise(client: Client, statement: Statement) -> None:
    """The browser's way back shows the same form with the same id."""
    client.get(url(statement))
    data = {"statement": statement.number, "ballot": AN_ID}

    for choice in ("agree", "disagree", "take-back"):
        answer = client.post(url(statement), data | {"choice": choice})
        assert answer.status_code == 302

    assert not Vote.objects.exists()
    assert VoteChange.objects.count() == 3


@pytest.mark.parametrize(
    "ballot", ["", "x", "1", "\x00", "0190f3c4", AN_ID.replace("-", ""), "é" * 36, "9" * 5000]
)
def test_broken_id_costs_nobody_their_vote(
    client: Client, statement: Statement, ballot: str
) -> None:
    client.get(url(statement))

    answer = client.post(
        url(statement), {"statement": statement.number, "choice": "agree", "ballot": ballot}
    )

    assert answer.status_code == 302
    assert Vote.objects.get().choice == 1


def test_whoever_goes_back_and_changes_their_mind_again_is_heard(
    client: Client, statement: Statement
) -> None:
    client.get(url(statement))
    data = {"statement": statement.number, "ballot": AN_ID}

    for choice in ("agree", "agree", "disagree", "disagree", "agree", "agree", "pass"):
        answer = client.post(url(statement), data | {"choice": choice})
        assert answer.status_code == 302

    history = VoteChange.objects.order_by("id").values_list("choice", flat=True)
    assert list(history) == [1, -1, 1, 0]
    assert BallotReceipt.objects.count() == 4


def test_form_that_ends_its_turns_is_refused_and_changes_nothing(
    client: Client, statement: Statement
) -> None:
    client.get(url(statement))
    data = {"statement": statement.number, "ballot": AN_ID}

    answers = [
        client.post(url(statement), data | {"choice": ("agree", "disagree")[turn % 2]})
        for turn in range(receipts.TURNS + 1)
    ]

    assert [answer.status_code for answer in answers] == [302] * receipts.TURNS + [422]


@pytest.mark.django_db(transaction=True)
async def test_one_ballot_ten_times_over_two_sockets_a_form_and_a_batch_is_one() -> None:
    statement = await sync_to_async(factories.statement)()
    session = await sync_to_async(new_session)()
    path = statement.conversation.get_absolute_url()
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    frame = {"type": "vote", "id": AN_ID, "content": {"statement": 0, "choice": "agree"}}
    form = {"statement": 0, "choice": "agree", "ballot": AN_ID}
    batch = {"ballots": [{"id": AN_ID, "statement": 0, "choice": "agree"}]}
    replies = []

    async with (
        socket(statement.conversation, session=session) as one,
        socket(statement.conversation, session=session) as two,
    ):
        for _ in range(3):
            for room in (one, two):
                await room.send_to(text_data=json.dumps(frame))
                replies.append(json.loads(await room.receive_from(timeout=5)))
        await sync_to_async(client.post)(path, {**form, "choice": "disagree", "ballot": ""})
        forms = [await sync_to_async(client.post)(path, form) for _ in range(2)]
        batches = [
            await sync_to_async(client.post)(
                f"{path}votes/", batch, content_type="application/json"
            )
            for _ in range(2)
        ]

    assert [reply == replies[0] for reply in replies] == [True] * 6
    assert [answer.status_code for answer in forms] == [302, 302]
    assert [answer.json()["answers"][0]["result"] for answer in batches] == ["counted"] * 2
    history = VoteChange.objects.order_by("id").values_list("choice", flat=True)
    assert await sync_to_async(list)(history) == [1, -1]


def test_form_of_ones_own_votes_has_an_id_too(client: Client, statement: Statement) -> None:
    client.get(url(statement))
    client.post(url(statement), {"statement": statement.number, "choice": "agree"})
    page = client.get(f"{url(statement)}my-votes/").content.decode()
    data = {"statement": statement.number, "ballot": ballot_on(page)}

    answers = [client.post(f"{url(statement)}my-votes/", data) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert VoteChange.objects.count() == 2
