"""A session that is ended from another device closes its sockets at once."""

import asyncio
import time

import pytest
from asgiref.sync import sync_to_async
from django.test import Client

from accounts.models import SignIn
from tests import factories
from tests.accounts.signing_in import browser, join
from tests.deliberate.test_live_socket import ask, socket

pytestmark = pytest.mark.django_db(transaction=True)


def in_at_two_devices() -> tuple[Client, Client]:
    """One person's two browsers."""
    here, there = browser(), browser()
    for client in (here, there):
        join(client, "a@example.org")
    return here, there


def end(here: Client, there: Client) -> None:
    """Press "sign it out" on the page of sessions."""
    row = SignIn.objects.get(session_key=there.session.session_key)
    here.post("/accounts/sessions/", {"session": str(row.pk)})


async def test_socket_closes_within_two_seconds_of_the_end_of_its_session() -> None:
    statement = await sync_to_async(factories.statement)()
    here, there = await sync_to_async(in_at_two_devices)()
    key = await sync_to_async(lambda: there.session.session_key)()

    async with socket(statement.conversation, session=key) as room:
        vote = await ask(room, "vote", statement=statement.number, choice="agree")
        await sync_to_async(end)(here, there)
        ended_at = time.monotonic()
        while True:
            output = await asyncio.wait_for(room.receive_output(timeout=3), 3)
            if output["type"] == "websocket.close":
                break

    assert vote["type"] != "error"
    assert output["code"] == 4401
    assert time.monotonic() - ended_at < 2
