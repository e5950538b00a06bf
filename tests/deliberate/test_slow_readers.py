"""What a socket does with a reader that is slow, asks too much, or is sent away."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from prometheus_client import REGISTRY

from deliberate import ballot_box, frames, hub, live_socket
from deliberate.models import Conversation
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
database = sync_to_async
FULL = live_socket.MOST_BACKLOG + 1


class Server:
    """A server's side of one socket, as uvicorn's is: a protocol with a transport."""

    def __init__(self) -> None:
        self.transport = self
        self.incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.sent: list[dict[str, Any]] = []
        self.backlog = 0
        self.ends: list[str] = []

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    def get_write_buffer_size(self) -> int:
        return self.backlog

    def abort(self) -> None:
        self.ends.append("abort")

    def close(self) -> None:
        self.ends.append("close")

    def told(self) -> list[dict[str, Any]]:
        return [json.loads(one["text"]) for one in self.sent if "text" in one]


@asynccontextmanager
async def seated(conversation: Conversation) -> AsyncIterator[tuple[Server, Any, asyncio.Task]]:
    server = Server()
    scope = {"url_route": {"kwargs": {"slug": conversation.slug}}, "headers": []}
    socket = live_socket.LiveSocket(scope, server.incoming.get, server.send)
    await server.incoming.put({"type": "websocket.connect"})
    serving = asyncio.create_task(socket.serve())
    while not server.sent:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.01)
    try:
        yield server, socket, serving
    finally:
        await server.incoming.put({"type": "websocket.disconnect"})
        await asyncio.wait([serving], timeout=5)


async def conversation() -> Conversation:
    return await database(factories.conversation)()


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_slow_reader_is_told_once_that_there_is_more() -> None:
    async with seated(await conversation()) as (server, socket, _serving):
        server.backlog = FULL
        socket._room.version = 90
        for number in range(live_socket.MOST_UNSENT + 10):
            event = frames.Event.STATEMENT_ACCEPTED
            socket.offer(event, frames.encode(event, {"id": number}), newest_only=False)
        before = server.told()
        await asyncio.sleep(0.1)
        server.backlog = 0
        await asyncio.sleep(2 * live_socket.LOOKED_EVERY)
        told = server.told()

    assert before == []
    assert [frame["type"] for frame in told] == [
        *(live_socket.MOST_UNSENT * ["statement.accepted"]),
        "room.changed",
    ]
    assert told[-1]["content"] == {"version": 90}


async def test_frames_beyond_those_in_hand_are_too_fast() -> None:
    most = live_socket.MOST_IN_HAND
    async with seated(await conversation()) as (server, _socket, _serving):
        for number in range(most + 5):
            text = json.dumps({"type": "statement.next", "id": number, "content": {}})
            server.incoming.put_nowait({"type": "websocket.receive", "text": text})
        while len(server.told()) < most + 5:
            await asyncio.sleep(0.01)
        answers = {frame["reply_to"]: frame["content"].get("code") for frame in server.told()}

    assert [answers[number] for number in range(most)] == [None] * most
    assert [answers[number] for number in range(most, most + 5)] == ["too_fast"] * 5


async def test_socket_that_is_ended_is_told_nothing_before_and_nothing_after() -> None:
    async with seated(await conversation()) as (server, socket, _serving):
        server.backlog = FULL
        socket.offer("tally", "{}", newest_only=True)
        await asyncio.sleep(0)
        socket.end(frames.Close.SESSION_ENDED)
        socket.offer("tally", "{}", newest_only=True)
        server.backlog = 0
        await asyncio.sleep(2 * live_socket.LOOKED_EVERY)

    assert server.sent[1:] == [{"type": "websocket.close", "code": 4401}]


@pytest.mark.parametrize(("backlog", "way"), [(0, "close"), (1, "abort")])
async def test_socket_that_does_not_answer_its_close_is_hung_up_on(
    monkeypatch: pytest.MonkeyPatch, backlog: int, way: str
) -> None:
    """Earlier where the server knows that nobody reads: a session's end is a matter of 2 s."""
    monkeypatch.setattr(live_socket, "CLOSED_WITHIN", 0.2)
    monkeypatch.setattr(live_socket, "CUT_WITHIN", 0.1)
    async with seated(await conversation()) as (server, socket, serving):
        server.backlog = backlog
        socket.end(frames.Close.SESSION_ENDED)
        await asyncio.wait_for(serving, 1)

    assert server.ends == [way]
    assert hub.here().rooms == {}


async def test_reader_of_a_full_line_is_dropped_once_though_nothing_is_to_be_said() -> None:
    """Pongs, which servers send by themselves, fill a line as well."""
    before = counted("deliberate_sockets_dropped_total", why="slow_reader")
    sockets = counted("deliberate_sockets")
    async with seated(await conversation()) as (server, socket, serving):
        server.backlog = FULL
        for second in (1.0, 2.0, 2.0 + live_socket.SLOW_FOR, 60.0, 61.0):
            socket.look_after(second)
        await asyncio.wait_for(serving, 1)
        left = counted("deliberate_sockets")

    assert server.ends == ["abort"]
    assert counted("deliberate_sockets_dropped_total", why="slow_reader") == before + 1
    assert left == sockets


async def test_ballots_that_wait_for_a_batch_are_counted_with_their_age() -> None:
    act = ballot_box.Act("water", "", "en", "socket", ballot_box.Next(), came_at=12.5)
    waiting = counted("deliberate_ballots_waiting")
    collector = live_socket.Collector()
    async with seated(await conversation()) as (_server, socket, _serving):
        socket._in_hand += 2
        for number in range(2):
            collector.put(live_socket.Question(socket, number, act))
        during = counted("deliberate_ballots_waiting")
        while not collector.is_empty:
            await asyncio.sleep(0.01)

    assert during == waiting + 2
    assert counted("deliberate_ballots_waiting") == waiting
    assert ballot_box.Slip(act).came_at == 12.5
