"""What the servers lack: enough threads under uvicorn, honest close codes under daphne."""

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from django.conf import settings

# A thread that comes back from the database takes the interpreter from the event loop this soon.
# With Python's 5 ms, which a batch of ballots waits for several times, it took a tenth of a second.
SWITCH_SECONDS: Final = 0.0005


class WithThreads:
    """An ASGI application whose event loop has ASGI_THREADS threads, under whatever server.

    daphne reads ASGI_THREADS itself, uvicorn does not, and Python's own default follows the
    number of cores: 6 threads on 2 of them, which the background steps alone would fill.
    """

    def __init__(self, application: Any) -> None:
        self.application = application
        self.has_threads = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if not self.has_threads:
            self.has_threads = True
            give_threads(asyncio.get_running_loop())
        await self.application(scope, receive, send)


class SomeAtOnce:
    """An ASGI application of which so many run at once; the others wait, without a thread.

    Django gives each request a thread of its own: fifteen hundred that come in one moment would
    be as many threads, and none of them would come to its end.
    """

    def __init__(self, application: Any) -> None:
        self.application = application
        self.turns: asyncio.Semaphore | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self.turns is None:
            self.turns = asyncio.Semaphore(2 * settings.ASGI_THREADS)
        async with self.turns:
            await self.application(scope, receive, send)


def give_threads(loop: asyncio.AbstractEventLoop) -> None:
    """Let the loop's work beside it run in ASGI_THREADS threads."""
    threads = ThreadPoolExecutor(settings.ASGI_THREADS, thread_name_prefix="asgi")
    loop.set_default_executor(threads)
    sys.setswitchinterval(SWITCH_SECONDS)


class HonestProtocol(WebSocketProtocol):  # type: ignore[misc]  # daphne has no types
    """daphne's side of one socket, which says why it closes.

    autobahn lets an application close with 1000 and 3000 to 4999 only and raises at 1008 (broke
    the rules), 1012 (restart) and 1013 (try later); and a frame that is too large (1009) it answers
    by cutting the line. The client saw 1006 each time, which means nothing.
    """

    def serverClose(self, code: int | None = None) -> None:  # noqa: N802 (daphne's name)
        """Begin the closing handshake."""
        self.sendCloseFrame(code=1000 if code is None else code)

    def _fail_connection(self, code: int = 1001, reason: str = "") -> None:
        """End a line whose client broke the protocol, with one last frame if there is room."""
        # Behind what a reader does not take, the frame would wait while more came in.
        is_free = not self.transport.dataBuffer and not self.transport._tempDataBuffer
        if self.state == self.STATE_OPEN and is_free:
            self.sendCloseFrame(code=code)
            self.dropConnection(abort=False)
        else:
            super()._fail_connection(code, reason)


def let_daphne_close_with_any_code() -> None:
    """Make the sockets of this process honest ones; nothing under another server."""
    WebSocketFactory.protocol = HonestProtocol
