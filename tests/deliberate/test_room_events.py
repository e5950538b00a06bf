"""An old snapshot and the events since then are the fresh snapshot, whatever happened.

After the manner of Zulip's tests of its event system: acts at random, applied both ways.
"""

import json
import random
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer

from deliberate import announcements, conversations, statements
from deliberate.models import Choice, Conversation, Statement
from deliberate.snapshot import NEWEST_SHOWN, snapshot
from tests import factories
from tests.publishing import publish

pytestmark = pytest.mark.django_db(transaction=True)
ACTS = 14


def fresh(conversation: Conversation) -> dict[str, Any]:
    found = snapshot(Conversation.objects.get(pk=conversation.pk))
    return {**found, "newest": [row["id"] for row in found["newest"]]}


def applied(state: dict[str, Any], event: str, content: dict[str, Any]) -> dict[str, Any]:
    """What docs/live-protocol.md tells a client to do."""
    known = {**state, "version": max(state["version"], content["version"])}
    if event == "tally":
        return {
            **known,
            **{key: content[key] for key in ("votes", "participants", "votes_version")},
        }
    if event == "map.updated":
        return {**known, "map_version": content["votes_version"]}
    if event == "conversation.changed":
        return {**known, "open": content["open"]}
    newest = [number for number in state["newest"] if number != content["id"]]
    if event == "statement.accepted":
        newest = sorted([*newest, content["id"]], reverse=True)[:NEWEST_SHOWN]
    return {**known, "newest": newest}


def act(draw: random.Random, conversation: Conversation) -> str:
    """One thing that happens in a room; what it was."""
    what = draw.choice(["say", "say", "vote", "vote", "reject", "accept", "publish", "close"])
    rows = list(Statement.objects.filter(conversation=conversation))
    row = draw.choice(rows)
    accepted = row.state == Statement.State.ACCEPTED
    takes_votes = Conversation.objects.get(pk=conversation.pk).takes_votes
    if what == "say" and takes_votes:
        statements.submit(
            conversation=conversation,
            participant=factories.participant(conversation=conversation),
            text=f"Another thing to say: {draw.random()}",
            language="en",
        )
    elif what == "vote" and accepted and takes_votes:
        for _ in range(6):
            factories.vote(statement=row, choice=draw.choice(list(Choice)))
    elif what == "reject" and accepted:
        statements.reject(
            statement_id=row.pk, version=row.version, reason="advert", explanation="An ad."
        )
    elif what == "accept" and not accepted:
        statements.accept(statement_id=row.pk, version=row.version)
    elif what == "publish":
        publish()
    elif what == "close" and draw.random() < 0.3:
        conversations.close(conversation)
    return what


def few_removed(before: dict[str, Any], events: list[tuple[str, dict[str, Any]]]) -> bool:
    """Whether a client still has enough statements to show the newest: else it fetches them."""
    removed = {content["id"] for event, content in events if event == "statement.removed"}
    return not removed & {*before["newest"]}


@pytest.mark.parametrize("seed", range(12))
async def test_room_events_bring_an_old_snapshot_up_to_date(seed: int) -> None:
    draw = random.Random(seed)
    conversation = await sync_to_async(factories.conversation)(
        data_policy=draw.choice(["open", "aggregate"])
    )
    for _ in range(8):
        await sync_to_async(factories.statement)(conversation=conversation)
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(announcements.room(conversation.pk), channel)
    state = await sync_to_async(fresh)(conversation)

    told = []
    for _ in range(ACTS):
        before = state
        what = await sync_to_async(act)(draw, conversation)
        now = await sync_to_async(fresh)(conversation)
        events = []
        while state["version"] < now["version"]:
            message = await layer.receive(channel)
            assert message["content"]["version"] == state["version"] + 1
            events.append((message["event"], message["content"]))
            state = applied(state, message["event"], message["content"])
        told.append((what, events))
        if not few_removed(before, events):
            # Fewer are left than are shown: the client asks for the snapshot.
            state = {**state, "newest": now["newest"]}
        assert state == now, json.dumps(told, default=str)
