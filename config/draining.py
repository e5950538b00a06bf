"""Ends a server process without losing what people have just sent.

On SIGTERM the process is no longer ready, tells its sockets to come again elsewhere, refuses new
ones, finishes what is under way, and only then lets the server end: daphne would cut all of it at
once. Under uvicorn the same happens before its own shutdown. Pages go on until the end, so that a
balancer which has not noticed yet hits no closed door.
"""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import FrameType
from typing import Any, Final

from django.conf import settings

from deliberate import metrics

logger = logging.getLogger(__name__)

SERVICE_RESTART: Final = 1012
# Of the whole time, what is kept for hanging up on sockets that did not go by themselves.
FOR_HANGING_UP: Final = 0.3
POLL_SECONDS: Final = 0.05

_has_begun = threading.Event()


def is_draining() -> bool:
    """Whether this process is on its way out."""
    return _has_begun.is_set()


class Draining:
    """The outermost ASGI application of a server process.

    `farewell(within)` asks the sockets to come again within that many seconds; `settle()` returns
    when what they have sent is stored and answered.
    """

    def __init__(
        self,
        application: Any,
        *,
        farewell: Callable[[int], Awaitable[None]] | None = None,
        settle: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.application = application
        self.farewell = farewell
        self.settle = settle
        self.sockets: set[_Socket] = set()
        self.requests = 0
        self.listens_for_signal = False
        self.end: asyncio.Task[None] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        # daphne sends no lifespan events, and Twisted sets its handlers when its loop starts: the
        # first connection is the first moment at which ours can stand before them.
        if not self.listens_for_signal:
            self._listen_for_signal()
        if scope["type"] == "websocket":
            await self._serve_socket(scope, receive, send)
        elif scope["type"] == "http":
            self.requests += 1
            try:
                await self.application(scope, receive, send)
            finally:
                self.requests -= 1
        else:
            await self.application(scope, receive, send)

    async def _serve_socket(self, scope: Any, receive: Any, send: Any) -> None:
        if is_draining():
            await receive()
            # Accepted first: a handshake that is refused has no code to tell why.
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": SERVICE_RESTART})
            return
        socket = _Socket(send)
        self.sockets.add(socket)
        try:
            await self.application(scope, receive, socket.send)
        finally:
            self.sockets.discard(socket)

    def _listen_for_signal(self) -> None:
        self.listens_for_signal = True
        former = signal.getsignal(signal.SIGTERM)
        in_main_thread = threading.current_thread() is threading.main_thread()
        # Without a server's handler there is no server to end (tests; a reloading runserver).
        if not (in_main_thread and callable(former)):
            return
        loop = asyncio.get_running_loop()

        def told(number: int, frame: FrameType | None) -> None:
            if is_draining() or loop.is_closed():
                former(number, frame)  # told twice: at once
                return
            _has_begun.set()
            loop.call_soon_threadsafe(begin)

        def begin() -> None:
            self.end = asyncio.create_task(self._drain(lambda: former(signal.SIGTERM, None)))

        # Not loop.add_signal_handler, which would take Twisted's wake-up pipe away.
        signal.signal(signal.SIGTERM, told)

    async def _drain(self, let_server_end: Callable[[], object]) -> None:
        seconds = float(settings.DRAIN_SECONDS)
        to_leave = seconds * (1 - FOR_HANGING_UP)
        logger.info(
            "Process %d is draining: %d sockets, %d requests.",
            os.getpid(),
            len(self.sockets),
            self.requests,
        )
        try:
            await self._within(to_leave, self._ask_to_leave, int(to_leave))
            if self.settle is not None:
                await self._within((seconds - to_leave) / 2, self.settle)
            await self._within((seconds - to_leave) / 2, self._hang_up)
        finally:
            logger.info(
                "Process %d ends with %d sockets, %d requests left.",
                os.getpid(),
                len(self.sockets),
                self.requests,
            )
            let_server_end()

    async def _within(
        self, seconds: float, act: Callable[..., Awaitable[None]], *arguments: object
    ) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                try:
                    await act(*arguments)
                except Exception:  # the process ends all the same, in order
                    logger.exception("A step of draining failed.")

    async def _ask_to_leave(self, within: int) -> None:
        if self.farewell is not None:
            await self.farewell(within)
        await self._until_empty()

    async def _hang_up(self) -> None:
        for socket in list(self.sockets):
            await socket.hang_up()
        await self._until_empty()

    async def _until_empty(self) -> None:
        while self.sockets or self.requests:
            await asyncio.sleep(POLL_SECONDS)


class _Socket:
    """One socket's way out, which can be closed under the application that serves it."""

    def __init__(self, send: Any) -> None:
        self._send = send
        self.is_closed = False

    async def send(self, message: Any) -> None:
        """Pass a message on, unless the socket has been closed."""
        if self.is_closed:
            return
        if message["type"] == "websocket.close":
            self.is_closed = True
        await self._send(message)

    async def hang_up(self) -> None:
        """Close it; the application hears of it when the client has answered."""
        if not self.is_closed:
            self.is_closed = True
            metrics.dropped("restart")
            with suppress(OSError, RuntimeError):  # gone in this very moment
                await self._send({"type": "websocket.close", "code": SERVICE_RESTART})
