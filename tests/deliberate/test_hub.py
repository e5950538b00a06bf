"""The rooms of one process: what their sockets hear, when, and when they are sent away."""

import asyncio
import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from cryptography.fernet import InvalidToken

from config.channel_layer import TidyLayer
from deliberate import announcements, ballot_box, frames, hub, statements
from deliberate.models import Conversation
from tests import factories
from tests.deliberate.sessions import new_session, session_of
from tests.deliberate.test_ballot_box import act, codes
from tests.deliberate.test_live_socket import ask, socket
from tests.publishing import publish

pytestmark = pytest.mark.django_db(transaction=True)
database = sync_to_async


class Listener:
    """A reader that takes everything at once."""

    def __init__(self) -> None:
        self.session_key = ""
        self.heard: list[dict[str, Any]] = []
        self.ended: list[int] = []

    def offer(self, kind: str, text: str, *, newest_only: bool) -> None:
        self.heard.append(json.loads(text))

    def end(self, code: int) -> None:
        self.ended.append(code)

    def look_after(self, now: float) -> None:
        pass

    def kinds(self) -> list[str]:
        return [frame["type"] for frame in self.heard]


async def entered(conversation: Conversation, count: int = 1) -> tuple[hub.Room, list[Listener]]:
    listeners = [Listener() for _ in range(count)]
    for listener in listeners:
        room = await hub.here().enter(conversation.slug, listener)
    assert room is not None
    return room, listeners


def leave(room: hub.Room, listeners: list[Listener]) -> None:
    for listener in listeners:
        hub.here().leave(room, listener)


async def test_room_burst_of_tallies_reaches_sockets_as_the_newest_of_each_second() -> None:
    conversation = await database(factories.conversation)()
    room, (listener,) = await entered(conversation)

    for votes in range(1, 501):
        room.hear(frames.Event.TALLY, {"votes": votes, "participants": 9, "version": votes})
    await asyncio.sleep(1.2)
    leave(room, [listener])

    assert [frame["content"]["votes"] for frame in listener.heard] == [1, 500]


async def test_room_flood_of_statements_becomes_one_hint() -> None:
    conversation = await database(factories.conversation)()
    room, (listener,) = await entered(conversation)

    for number in range(1, 201):
        room.hear(frames.Event.STATEMENT_REMOVED, {"id": number, "version": number})
    await asyncio.sleep(1.2)
    leave(room, [listener])

    assert listener.kinds().count("statement.removed") <= 2 * hub.SINGLY
    assert listener.heard[-1] == {"type": "room.changed", "content": {"version": 200}}


async def test_room_with_many_sockets_is_told_less_singly(monkeypatch) -> None:
    monkeypatch.setattr(hub, "SINGLE_FRAMES", 30)
    conversation = await database(factories.conversation)()
    room, listeners = await entered(conversation, 10)

    for number in range(1, 11):
        room.hear(frames.Event.STATEMENT_REMOVED, {"id": number, "version": number})
    leave(room, listeners)

    assert 1 <= listeners[0].kinds().count("statement.removed") <= 6
    assert listeners[0].kinds()[-1] == "room.changed"


async def test_room_subscribes_once_however_many_sockets() -> None:
    conversation = await database(factories.conversation)()
    room, listeners = await entered(conversation, 50)

    layer = get_channel_layer()
    await layer.group_send(
        announcements.room(conversation.pk),
        {
            "type": "room.event",
            "event": "conversation.changed",
            "content": {"open": False, "version": 3},
        },
    )
    await asyncio.sleep(0.3)
    rooms = len(hub.here().rooms)
    leave(room, listeners)

    assert [listener.kinds() for listener in listeners] == [["conversation.changed"]] * 50
    assert rooms == 1
    assert hub.here().rooms == {}


async def test_room_that_missed_news_hears_of_the_version(monkeypatch) -> None:
    monkeypatch.setattr(hub, "LOOKED_UP_EVERY", 0.1)
    conversation = await database(factories.conversation)()
    await database(announcements.statements_changed)(conversation.pk)
    await Conversation.objects.aupdate(room_version=4)
    room, (listener,) = await entered(conversation)
    await asyncio.sleep(0.5)

    # As when Redis was away while it happened.
    await Conversation.objects.aupdate(room_version=9)
    await asyncio.sleep(0.5)
    leave(room, [listener])

    assert listener.heard == [{"type": "heartbeat", "content": {"version": 9, "votes_version": 0}}]


async def test_room_heartbeat_carries_the_versions(monkeypatch) -> None:
    monkeypatch.setattr(hub, "HEARTBEAT_EVERY", 0.1)
    conversation = await database(factories.conversation)()
    room, (listener,) = await entered(conversation)
    room.hear(frames.Event.MAP_UPDATED, {"votes_version": 12, "version": 7})

    await asyncio.sleep(0.25)
    leave(room, [listener])

    beats = [frame["content"] for frame in listener.heard if frame["type"] == "heartbeat"]
    assert beats[0] == {"version": 7, "votes_version": 12}


async def test_socket_of_an_ended_session_is_closed_within_two_seconds() -> None:
    conversation = await database(factories.conversation)()
    session = await database(new_session)()

    async with socket(conversation, session=session) as room:
        await ask(room, "statement.next")
        await database(lambda: session_of(session).delete())()
        closed = await room.receive_output(timeout=2)

    assert closed == {"type": "websocket.close", "code": frames.Close.SESSION_ENDED}


async def test_socket_of_a_suspended_account_is_closed_within_two_seconds(client) -> None:
    conversation = await database(factories.conversation)()
    person = await database(factories.user)()
    await database(client.force_login)(person)

    async with socket(conversation, session=client.session.session_key) as room:
        await ask(room, "statement.next")
        person.is_active = False
        await person.asave()
        closed = await room.receive_output(timeout=2)

    assert closed == {"type": "websocket.close", "code": frames.Close.SESSION_ENDED}


async def test_socket_of_a_reader_without_a_session_stays() -> None:
    conversation = await database(factories.conversation)()

    async with socket(conversation, session="") as room:
        silent = await room.receive_nothing(timeout=1.5)

    assert silent


async def test_socket_of_a_session_that_never_was_is_closed() -> None:
    conversation = await database(factories.conversation)()

    async with socket(conversation, session="k" * 32) as room:
        closed = await room.receive_output(timeout=2.5)

    assert closed["code"] == frames.Close.SESSION_ENDED


async def test_farewell_asks_every_socket_to_come_again() -> None:
    conversation = await database(factories.conversation)()

    async with socket(conversation) as one, socket(conversation) as two:
        await hub.here().farewell(7)
        told = [json.loads(await room.receive_from(timeout=2)) for room in (one, two)]

    assert told == [{"type": "reconnect", "content": {"within": 7}}] * 2


async def test_watcher_of_a_small_room_learns_nothing_from_one_vote() -> None:
    statement = await database(factories.statement)()
    for _ in range(10):
        await database(factories.vote)(statement=statement)
    await database(publish)()

    async with socket(statement.conversation) as watcher:
        await database(factories.vote)(statement=statement)
        await database(publish)()
        after_one = await watcher.receive_nothing(timeout=1.2)
        for _ in range(4):
            await database(factories.vote)(statement=statement)
        await database(publish)()
        event = json.loads(await watcher.receive_from(timeout=2))

    assert after_one
    assert (event["type"], event["content"]["votes"]) == ("tally", 15)


async def test_statement_that_is_accepted_twice_raises_the_version_each_time() -> None:
    statement = await database(factories.statement)()

    async with socket(statement.conversation) as watcher:
        await database(statements.reject)(
            statement_id=statement.pk, version=0, reason="advert", explanation="An ad."
        )
        await database(statements.accept)(statement_id=statement.pk, version=1)
        events = [json.loads(await watcher.receive_from(timeout=2)) for _ in range(2)]

    assert [(event["type"], event["content"]["version"]) for event in events] == [
        ("statement.removed", 1),
        ("statement.accepted", 2),
    ]


class Layer:
    """A channel layer whose messages come from a list; an error in it is raised."""

    def __init__(self, *told: Any) -> None:
        self.told = list(told)

    async def new_channel(self) -> str:
        return "one"

    async def group_add(self, _group: str, _channel: str) -> None:
        pass

    group_discard = group_add

    async def receive(self, _channel: str) -> dict[str, Any]:
        if not self.told:
            await asyncio.Event().wait()
        told = self.told.pop(0)
        if isinstance(told, Exception):
            raise told
        return dict(told)


async def test_room_hears_on_after_an_announcement_that_it_cannot_read(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Such as one of a process that has another SECRET_KEY already."""
    told = {"event": "tally", "content": {"votes": 1, "participants": 1, "version": 7}}
    unreadable = [InvalidToken(), {"event": "tally"}, {"no": "event"}, told]
    monkeypatch.setattr(hub, "get_channel_layer", lambda: Layer(*unreadable))
    conversation = await database(factories.conversation)()

    room, (listener,) = await entered(conversation)
    await asyncio.sleep(0.1)
    leave(room, [listener])

    assert room.version == 7
    assert listener.kinds() == ["tally"]
    assert "InvalidToken" in caplog.text


@pytest.mark.redis
async def test_room_without_redis_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    away = TidyLayer(hosts=["redis://127.0.0.1:1/0"])
    monkeypatch.setattr(hub, "get_channel_layer", lambda: away)
    monkeypatch.setattr(hub, "SUBSCRIBED_WITHIN", 0.1)
    conversation = await database(factories.conversation)()

    room, listeners = await entered(conversation)
    await asyncio.sleep(2.5)
    leave(room, listeners)

    assert away._get_layer().channels == {}


class Receiver(Listener):
    """A reader that keeps the very texts it was offered."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def offer(self, kind: str, text: str, *, newest_only: bool) -> None:
        self.texts.append(text)


async def test_room_event_is_encoded_once_for_all_sockets() -> None:
    conversation = await database(factories.conversation)()
    receivers = [Receiver() for _ in range(50)]
    for receiver in receivers:
        room = await hub.here().enter(conversation.slug, receiver)
    assert room is not None

    room.hear(frames.Event.STATEMENT_ACCEPTED, {"id": 1, "text": "x", "language": "en"})
    texts = [receiver.texts[0] for receiver in receivers]

    leave(room, receivers)
    assert len({id(text) for text in texts}) == 1


async def test_votes_send_nothing_over_the_channel_layer() -> None:
    statement = await database(factories.statement)()
    layer = get_channel_layer()
    assert layer is not None
    group = announcements.room(statement.conversation_id)
    channel = await layer.new_channel()
    await layer.group_add(group, channel)
    sessions = [await database(new_session)() for _ in range(30)]

    answers = await database(ballot_box.BOX.cast)([act(statement, one) for one in sessions])
    # What comes first is what is announced afterwards: the votes have sent nothing.
    await database(statements.reject)(
        statement_id=statement.pk, version=0, reason="advert", explanation="An ad."
    )
    first = await asyncio.wait_for(layer.receive(channel), 5)

    await layer.group_discard(group, channel)
    assert codes(answers) == ["ok"] * 30
    assert first["event"] == "statement.removed"
