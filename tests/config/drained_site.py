"""A site of its own for tests of draining, to be run by real servers: slow answers over slow lines.

`/slow` answers after a second. A socket answers each frame after a second, and tells its client
`reconnect` when the process is on its way out; what the client then does is the client's.
"""

import asyncio
import json
import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from config import draining, serving

SLOW_SECONDS = 1.0
rooms: set[Any] = set()
under_way: set[asyncio.Task[None]] = set()


async def site(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await _page(scope, receive, send)
    elif scope["type"] == "websocket":
        await _socket(receive, send)
    else:
        raise ValueError(scope["type"])


async def _page(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    if scope["path"] == "/slow":
        await asyncio.sleep(SLOW_SECONDS)
    words = b"draining" if draining.is_draining() else b"here"
    headers = [(b"content-length", str(len(words)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": words})


async def _socket(receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    rooms.add(send)
    try:
        while (message := await receive())["type"] == "websocket.receive":
            task = asyncio.create_task(_answer(message["text"], send))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
    finally:
        rooms.discard(send)


async def _answer(text: str, send: Any) -> None:
    await asyncio.sleep(SLOW_SECONDS)
    await send({"type": "websocket.send", "text": text})


async def farewell(within: int) -> None:
    for send in list(rooms):
        event = {"type": "reconnect", "content": {"within": within}}
        await send({"type": "websocket.send", "text": json.dumps(event)})


async def settle() -> None:
    await asyncio.gather(*under_way)


serving.let_daphne_close_with_any_code()
application = draining.Draining(site, farewell=farewell, settle=settle)
# What a server does by itself: the control of every test.
application_without = site


async def never() -> None:
    await asyncio.Event().wait()


# One whose ballots never come to their end.
application_stuck = draining.Draining(site, farewell=farewell, settle=never)
