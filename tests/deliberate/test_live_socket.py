"""The live room over its socket, through the whole application: origin, session, frames."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore

from accounts import limits
from accounts.limits import Limit, Rate
from config.asgi import application
from deliberate import ballot_box, frames, live_socket, statements
from deliberate.models import Conversation, Statement, Vote
from tests import factories
from tests.deliberate.sessions import new_session

pytestmark = pytest.mark.django_db(transaction=True)
database = sync_to_async


class Browser(WebsocketCommunicator):  # type: ignore[misc]
    """Channels' own keeps connections open while it waits, and so drains the pool of a server."""

    async def receive_output(self, timeout: float = 1) -> Any:
        return await ApplicationCommunicator.receive_output(self, timeout)

    async def receive_nothing(self, timeout: float = 0.1, interval: float = 0.01) -> bool:
        return await ApplicationCommunicator.receive_nothing(self, timeout, interval)


@asynccontextmanager
async def socket(
    conversation: Conversation,
    *,
    session: str | None = None,
    origin: str = "http://localhost",
    language: str = "en",
) -> AsyncIterator[WebsocketCommunicator]:
    session = await database(new_session)() if session is None else session
    communicator = Browser(
        application,
        f"/ws/conversations/{conversation.slug}/",
        headers=[
            (b"host", b"localhost"),
            (b"origin", origin.encode()),
            (b"cookie", f"{settings.SESSION_COOKIE_NAME}={session}".encode()),
            (b"accept-language", language.encode()),
        ],
    )
    connected, code = await communicator.connect()
    communicator.refused = None if connected else code
    try:
        yield communicator
    finally:
        await communicator.disconnect()


async def ask(communicator: WebsocketCommunicator, kind: str, **content: Any) -> dict[str, Any]:
    """Send a frame and wait for its reply, passing over events."""
    frame_id = f"{kind}-1"
    frame = {"type": kind, "id": frame_id, "content": content}
    await communicator.send_to(text_data=json.dumps(frame))
    while True:
        reply: dict[str, Any] = json.loads(await communicator.receive_from(timeout=5))
        if reply.get("reply_to") == frame_id:
            return reply


async def test_socket_vote_is_stored_before_it_is_answered() -> None:
    conversation = await database(factories.conversation)()
    first = await database(factories.statement)(conversation=conversation)
    second = await database(factories.statement)(conversation=conversation)

    async with socket(conversation) as room:
        reply = await ask(room, "vote", statement=first.number, choice="disagree")
        stored = await Vote.objects.aget()

    assert (stored.statement_id, stored.choice) == (first.pk, -1)
    assert reply["type"] == "ok"
    assert reply["content"] == {
        "statement": first.number,
        "choice": "disagree",
        "next": {
            "id": second.number,
            "text": second.text,
            "language": "en",
            "original": None,
            "original_language": "en",
            "translated_by": "",
        },
        "position": None,
        "voted": 1,
        "remaining": 1,
        "total": 2,
        "sitting": 1,
        "pause": False,
    }


async def test_socket_vote_is_taken_back_however_often_it_is_asked() -> None:
    statement = await database(factories.statement)()

    async with socket(statement.conversation) as room:
        await ask(room, "vote", statement=statement.number, choice="agree")
        first = await ask(room, "vote.take_back", statement=statement.number)
        second = await ask(room, "vote.take_back", statement=statement.number)
        left = await Vote.objects.acount()

    assert (first["type"], second["type"], left) == ("ok", "ok", 0)
    assert first["content"] == {
        "statement": statement.number,
        "voted": 0,
        "remaining": 1,
        "total": 1,
        "sitting": 0,
        "pause": False,
    }


async def test_socket_tells_of_the_pause_with_the_tenth_vote() -> None:
    conversation = await database(factories.conversation)()
    for _ in range(11):
        await database(factories.statement)(conversation=conversation)

    async with socket(conversation) as room:
        replies = [await ask(room, "vote", statement=n, choice="agree") for n in range(10)]

    assert [reply["content"]["pause"] for reply in replies] == [False] * 9 + [True]
    assert replies[-1]["content"]["next"]["id"] == 10


async def test_socket_shows_similar_statements_and_stores_none() -> None:
    statement = await database(factories.statement)(text="Mend the broken pumps first.")

    async with socket(statement.conversation) as room:
        alike = await ask(room, "statement.similar", text="Mend broken pumps first!")
        other = await ask(room, "statement.similar", text="Trees along the canal")
        stored = await Statement.objects.acount()

    assert [row["id"] for row in alike["content"]["similar"]] == [statement.number]
    assert other["content"] == {"similar": []}
    assert stored == 1


async def test_socket_vote_on_the_last_statement_has_no_next() -> None:
    statement = await database(factories.statement)()

    async with socket(statement.conversation) as room:
        reply = await ask(room, "vote", statement=statement.number, choice="pass")

    assert reply["content"]["next"] is None
    assert reply["content"]["remaining"] == 0


async def test_socket_statement_reaches_another_socket() -> None:
    conversation = await database(factories.conversation)()

    async with socket(conversation) as writer, socket(conversation) as reader:
        reply = await ask(writer, "statement.submit", text="Clean water first.")
        event = json.loads(await reader.receive_from(timeout=2))

    assert reply["content"]["state"] == "accepted"
    assert event == {
        "type": "statement.accepted",
        "content": {"id": 0, "text": "Clean water first.", "language": "en", "version": 1},
    }


async def test_socket_statement_of_a_strict_room_is_told_to_nobody() -> None:
    conversation = await database(factories.conversation)(moderation="strict")

    async with socket(conversation) as writer, socket(conversation) as reader:
        reply = await ask(writer, "statement.submit", text="Clean water first.")
        silent = await reader.receive_nothing(timeout=0.3)

    assert reply["content"]["state"] == "pending"
    assert silent


async def test_socket_hears_of_a_rejected_statement() -> None:
    statement = await database(factories.statement)()

    async with socket(statement.conversation) as reader:
        await database(statements.reject)(
            statement_id=statement.pk, version=0, reason="advert", explanation="An ad."
        )
        event = json.loads(await reader.receive_from(timeout=2))

    assert event == {"type": "statement.removed", "content": {"id": statement.number, "version": 1}}


@pytest.mark.parametrize(
    ("kind", "content", "code"),
    [
        ("vote", {"statement": 99, "choice": "agree"}, "statement_unavailable"),
        ("vote", {"statement": "x", "choice": "agree"}, "bad_frame"),
        ("statement.submit", {"text": ""}, "statement_empty"),
        ("statement.submit", {"text": "x" * 281}, "statement_too_long"),
        ("shout", {}, "bad_frame"),
    ],
)
async def test_socket_refusal_has_a_code_and_a_sentence(
    kind: str, content: dict[str, Any], code: str
) -> None:
    conversation = await database(factories.conversation)()

    async with socket(conversation) as room:
        reply = await ask(room, kind, **content)
        after = await ask(room, "statement.next")

    assert (reply["type"], reply["content"]["code"]) == ("error", code)
    assert reply["content"]["message"]
    assert after["type"] == "ok"


async def test_socket_duplicate_statement_is_refused_with_its_twin() -> None:
    conversation = await database(factories.conversation)()

    async with socket(conversation) as room:
        await ask(room, "statement.submit", text="Clean water.")
        reply = await ask(room, "statement.submit", text="CLEAN WATER")

    assert reply["content"]["code"] == "statement_duplicate"
    assert reply["content"]["twin"] == 0


async def test_socket_refuses_in_the_readers_language() -> None:
    conversation = await database(factories.conversation)(state="closed")

    async with socket(conversation, language="ur") as room:
        reply = await ask(room, "vote", statement=0, choice="agree")

    assert reply["content"]["code"] == "closed"
    assert (
        reply["content"]["message"] != "This conversation is closed. Your earlier votes are kept."
    )


async def test_socket_of_a_room_for_accounts_needs_one() -> None:
    statement = await database(factories.statement)(
        conversation=await database(factories.conversation)(participation="account")
    )

    async with socket(statement.conversation) as room:
        reply = await ask(room, "vote", statement=statement.number, choice="agree")

    assert reply["content"]["code"] == "sign_in_needed"
    assert not await Vote.objects.aexists()


async def test_socket_whose_session_ended_is_nobodys() -> None:
    statement = await database(factories.statement)()
    session = await database(new_session)()

    async with socket(statement.conversation, session=session) as room:
        await database(SessionStore(session).delete)()
        reply = await ask(room, "vote", statement=statement.number, choice="agree")

    assert reply["content"]["code"] == "sign_in_needed"


@pytest.mark.parametrize("origin", ["http://evil.example", "https://localhost", "null"])
async def test_socket_from_another_origin_is_refused(origin: str) -> None:
    conversation = await database(factories.conversation)()

    async with socket(conversation, origin=origin) as room:
        assert room.refused == 4403


async def test_socket_of_a_draft_or_unknown_room_is_closed() -> None:
    draft = await database(factories.conversation)(state="draft")

    async with socket(draft) as room:
        closed = await room.receive_output(timeout=2)

    assert closed == {"type": "websocket.close", "code": frames.Close.NO_SUCH_ROOM}


async def test_socket_frame_that_is_too_large_closes_it() -> None:
    conversation = await database(factories.conversation)()

    async with socket(conversation) as room:
        await room.send_to(text_data="x" * (frames.LARGEST + 1))
        closed = await room.receive_output(timeout=2)

    assert closed["type"] == "websocket.close"
    assert closed["code"] == frames.Close.TOO_LARGE


async def test_socket_frame_of_bytes_is_refused() -> None:
    conversation = await database(factories.conversation)()

    async with socket(conversation) as room:
        await room.send_to(bytes_data=b"\x00\xff")
        reply = json.loads(await room.receive_from(timeout=2))

    assert reply["content"]["code"] == "bad_frame"


async def test_socket_flood_closes_it() -> None:
    conversation = await database(factories.conversation)()
    seen: list[str] = []

    async with socket(conversation) as room:
        for _ in range(int(live_socket.BURST) + live_socket.WARNINGS + 5):
            await room.send_to(text_data="{}")
        while not seen or seen[-1] != "websocket.close":
            seen.append((await room.receive_output(timeout=5))["type"])

    assert seen.count("websocket.send") <= live_socket.BURST + live_socket.WARNINGS + 1


async def test_socket_sync_tells_the_state_after_an_outage() -> None:
    statement = await database(factories.statement)(
        conversation=await database(factories.conversation)(data_policy="open")
    )
    session = await database(new_session)()

    async with socket(statement.conversation, session=session) as room:
        await ask(room, "vote", statement=statement.number, choice="agree")
    other = await Statement.objects.aget()
    async with socket(statement.conversation, session=session) as room:
        reply = await ask(room, "sync", votes_version=0)

    content = reply["content"]
    assert (content["voted"], content["remaining"], content["next"]) == (1, 0, None)
    assert [row["id"] for row in content["newest"]] == [other.number]
    assert content["open"] is True


async def test_socket_is_held_back_by_the_limits_of_http(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(limits.LIMITS, "similar", Limit(Rate(1, 60), Rate(2, 60)))
    conversation = await database(factories.conversation)()

    async with socket(conversation) as room:
        replies = [await ask(room, "statement.similar", text="Water.") for _ in range(3)]

    assert [reply["type"] for reply in replies] == ["ok", "ok", "error"]
    assert replies[2]["content"]["code"] == "too_fast"
    assert replies[2]["content"]["retry_after"] > 2


class Asker:
    """A socket of which only the answers matter."""

    def __init__(self) -> None:
        self.answers: list[Any] = []

    def answered(self, frame_id: str | int, answer: Any) -> None:
        self.answers.append(answer)


async def test_collector_answers_each_frame_of_a_batch_that_breaks_and_goes_on() -> None:
    conversation = await database(factories.conversation)()
    asker = Asker()
    good = ballot_box.Act(conversation.slug, "", "en", "socket", ballot_box.Next())
    broken = good._replace(slug=None)
    collector = live_socket.collector()

    for one in (good, broken):
        collector.put(live_socket.Question(asker, 1, one))
    await live_socket.settle()
    collector.put(live_socket.Question(asker, 2, good))
    await live_socket.settle()

    assert [getattr(answer, "code", "ok") for answer in asker.answers] == [
        "try_later",
        "try_later",
        "ok",
    ]


async def test_socket_takes_a_statement_that_folds_into_much_more() -> None:
    conversation = await database(factories.conversation)()
    session = await database(new_session)()

    async with socket(conversation, session=session) as room:
        reply = await ask(room, "statement.submit", text="\ufdfa" * 100)

    assert reply["type"] == "ok"


@pytest.mark.parametrize(
    ("participation", "words"),
    [("anyone", "This browser keeps no cookie"), ("account", "for people with an account")],
)
async def test_socket_without_a_cookie_is_told_what_it_lacks(
    participation: str, words: str
) -> None:
    conversation = await database(factories.conversation)(participation=participation)

    async with socket(conversation, session="") as room:
        vote = await ask(room, "vote", statement=0, choice="agree")
        said = await ask(room, "statement.submit", text="My own words.")

    for reply in (vote, said):
        assert reply["content"]["code"] == "sign_in_needed"
        assert words in reply["content"]["message"]
