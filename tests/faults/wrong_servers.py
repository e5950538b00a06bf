"""Servers that break the promise, to show that the tests would notice: daphne serves them.

Each is the site behind a small fault of its own.
"""

import asyncio
import json
from typing import Any
from uuid import uuid4

from config.asgi import WithLine, application
from config.serving import WithThreads

# How much later than its acknowledgement a hasty server stores a vote.
LATE_SECONDS = 0.3
# What a leaky server never gives back, for each message.
LEAK_BYTES = 8 * 1024
_kept: list[bytearray] = []
VOTES = ("vote", "vote.take_back")


async def hasty(scope: Any, receive: Any, send: Any) -> None:
    """Acknowledges a vote at once and stores it a moment later."""
    if scope["type"] != "websocket":
        await application(scope, receive, send)
        return
    told: set[str] = set()

    async def receive_early() -> Any:
        message = await receive()
        frame = _frame(message)
        if frame is not None and frame.get("type") in VOTES:
            told.add(frame["id"])
            answer = {"type": "ok", "reply_to": frame["id"], "content": frame["content"]}
            await send({"type": "websocket.send", "text": json.dumps(answer)})
            await asyncio.sleep(LATE_SECONDS)
        return message

    async def send_once(message: Any) -> None:
        frame = _frame(message)
        if frame is None or frame.get("reply_to") not in told:
            await send(message)

    await application(scope, receive_early, send_once)


# Ends in the middle of everything when it is asked to go: the site without what drains it.
abrupt: Any = WithThreads(WithLine(application.application.inner.application))


async def forgetful(scope: Any, receive: Any, send: Any) -> None:
    """Takes every ballot for a new one: the sender's ids do not reach the site."""
    if scope["type"] == "http":
        await application(scope, await _without_ids(receive), send)
        return
    told: dict[str, str] = {}

    async def receive_anew() -> Any:
        message = await receive()
        frame = _frame(message)
        if frame is not None and "id" in frame:
            fresh = str(uuid4())
            told[fresh], frame["id"] = frame["id"], fresh
            message = {**message, "text": json.dumps(frame)}
        return message

    async def send_back(message: Any) -> None:
        frame = _frame(message)
        if frame is not None and frame.get("reply_to") in told:
            frame["reply_to"] = told[frame["reply_to"]]
            message = {**message, "text": json.dumps(frame)}
        await send(message)

    await application(scope, receive_anew, send_back)


async def leaky(scope: Any, receive: Any, send: Any) -> None:
    """Keeps some memory for every message of a socket."""

    async def receive_and_keep() -> Any:
        _kept.append(bytearray(LEAK_BYTES))
        return await receive()

    await application(scope, receive_and_keep, send)


async def _without_ids(receive: Any) -> Any:
    """A `receive` for HTTP whose batch of ballots has other ids, of the same length."""
    message = await receive()
    try:
        batch = json.loads(message.get("body", b""))
        for ballot in batch["ballots"]:
            ballot["id"] = str(uuid4())
        message = {**message, "body": json.dumps(batch).encode()}
    except (ValueError, KeyError, TypeError):
        pass
    messages = [message]

    async def receive_changed() -> Any:
        return messages.pop() if messages else await receive()

    return receive_changed


def _frame(message: Any) -> dict[str, Any] | None:
    if not message.get("text"):
        return None
    frame = json.loads(message["text"])
    return frame if isinstance(frame, dict) else None
