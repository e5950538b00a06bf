"""Every cell of the matrix over the socket: each frame by each role in each state of a room."""

import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings

from accounts import permissions
from accounts.models import User
from config.addresses import DOORS
from deliberate import frames
from tests.deliberate.sessions import new_session
from tests.deliberate.test_live_socket import socket
from tests.gates.matrix_acts import PARTICIPATION
from tests.gates.matrix_world import PEOPLE, SUSPENDED, World, build, held

pytestmark = pytest.mark.django_db(transaction=True)
database = sync_to_async

ACTIONS = {
    door.name.removeprefix("frame:"): door.action for door in DOORS if door.method == "FRAME"
}
CONTENTS: dict[str, dict[str, Any]] = {
    "vote": {"statement": 0, "choice": "agree"},
    "vote.take_back": {"statement": 0},
    "statement.submit": {"text": "{who} says something."},
    "statement.similar": {"text": "Something."},
    "statement.next": {},
    "sync": {"votes_version": 0},
}


def session_of(world: World, who: str) -> str:
    if who == permissions.ANYONE:
        return new_session()
    return world.clients[who].cookies[settings.SESSION_COOKIE_NAME].value


def expected(kind: str, state: str, who: str) -> bool:
    action = ACTIONS[kind]
    if action == "conversation.read":
        # Reading knows two states; a room in which votes may be cast is open.
        return permissions.allows(
            action, roles=held(who), state="closed" if state == "closed" else "open"
        )
    if who == SUSPENDED:
        # Their session is nobody's from then on, not even a stranger's.
        return False
    return permissions.allows(action, roles=held(who), state=state)


async def replies(room: WebsocketCommunicator, who: str) -> dict[str, bool]:
    """Which frames are answered and not refused."""
    found = {}
    for kind, content in CONTENTS.items():
        said = {
            name: part.format(who=who) if name == "text" else part for name, part in content.items()
        }
        await room.send_to(text_data=json.dumps({"type": kind, "id": kind, "content": said}))
        while True:
            reply = json.loads(await room.receive_from(timeout=20))
            if reply.get("reply_to") == kind:
                break
        found[kind] = reply["type"] == "ok"
    return found


def test_every_frame_is_walked():
    assert set(CONTENTS) == set(ACTIONS) == set(frames.READERS)


async def test_every_frame_by_every_role_in_every_state() -> None:
    world = await database(build)()
    wrong = []
    for state in PARTICIPATION:
        for who in PEOPLE:
            session = await database(session_of)(world, who)
            async with socket(world.conversations[state], session=session) as room:
                assert room.refused is None
                done = await replies(room, who)
            wrong += [
                f"{kind} {state} {who}: done={done[kind]}"
                for kind in CONTENTS
                if done[kind] != expected(kind, state, who)
            ]

    assert wrong == []


async def test_room_of_a_draft_is_open_to_nobody() -> None:
    world = await database(build)()

    for who in PEOPLE:
        session = await database(session_of)(world, who)
        async with socket(world.conversations["draft"], session=session) as room:
            closed = await room.receive_output(timeout=5)
        assert closed == {"type": "websocket.close", "code": frames.Close.NO_SUCH_ROOM}, who


async def test_account_switched_off_under_an_open_socket_votes_no_more() -> None:
    world = await database(build)()
    session = await database(session_of)(world, permissions.ACCOUNT)
    async with socket(world.conversations["account"], session=session) as room:
        before = await replies(room, "before")
        person = world.people[permissions.ACCOUNT]
        assert person is not None
        await User.objects.filter(pk=person.pk).aupdate(is_active=False)

        after = await replies(room, "after")

    acts = ("vote", "vote.take_back", "statement.submit")
    assert [before[kind] for kind in acts] == [True, True, True]
    assert [after[kind] for kind in acts] == [False, False, False]
