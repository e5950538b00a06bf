"""What the servers lack: threads (uvicorn), honest close codes (daphne), limits (both)."""

import asyncio
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from django.conf import settings

from deliberate import metrics
from deliberate.lines import MOST_BACKLOG, backlog

# A thread that comes back from the database takes the interpreter from the event loop this soon.
# With Python's 5 ms, which a batch of ballots waits for several times, it took a tenth of a second.
SWITCH_SECONDS: Final = 0.0005
# Answered beside the pages, so many of each at once.
PROBE_PATHS: Final = ("/healthz", "/readyz")
PROBES: Final = 4


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

    def __init__(self, application: Any, *, most: int | None = None) -> None:
        self.application = application
        self.most = most
        self.turns: asyncio.Semaphore | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self.turns is None:
            self.turns = asyncio.Semaphore(self.most or 2 * settings.ASGI_THREADS)
        async with self.turns:
            await self.application(scope, receive, send)


class Probed:
    """An ASGI application whose probes wait behind no page.

    While a database is away each page holds its turn until it gives up, and whoever watches the
    process would end one that lives.
    """

    def __init__(self, application: Any) -> None:
        self.pages = SomeAtOnce(application)
        self.probes = {path: SomeAtOnce(application, most=PROBES) for path in PROBE_PATHS}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.probes.get(scope["path"], self.pages)(scope, receive, send)


def give_threads(loop: asyncio.AbstractEventLoop) -> None:
    """Let the loop's work beside it run in ASGI_THREADS threads."""
    threads = ThreadPoolExecutor(settings.ASGI_THREADS, thread_name_prefix="asgi")
    loop.set_default_executor(threads)
    sys.setswitchinterval(SWITCH_SECONDS)


# Frames of every kind that one socket may send in one burst, or it is cut off: the 60 that the
# application answers and warns of (deliberate/live_socket.py), and as many pings and fragments.
FRAMES_AT_ONCE: Final = 120.0
# No client needs more than one for a message of 16 KiB; some send pieces of one kilobyte.
MOST_PIECES: Final = 32
# What may come before the handshake is answered: nothing that a browser sends.
MOST_TOO_EARLY: Final = 64 * 1024
CONTINUATION: Final = 0
FIRST_CONTROL_FRAME: Final = 8


class FrameCount:
    """The frames of one socket, of every kind: pings, pongs and pieces of messages too.

    Servers answer pings by themselves and put pieces together, of which the application never
    hears: its own limits hold for whole messages alone.
    """

    def __init__(self) -> None:
        self._allowance, self._counted_at = FRAMES_AT_ONCE, time.monotonic()
        self._pieces = 0

    def may_take(self, opcode: int) -> bool:
        """Whether a frame that begins is within the rate, and one of few in its message."""
        if opcode < FIRST_CONTROL_FRAME:
            self._pieces = 1 if opcode != CONTINUATION else self._pieces + 1
        return self._is_within_rate() and self._pieces <= MOST_PIECES

    def _is_within_rate(self) -> bool:
        now = time.monotonic()
        # Twice what is let through in messages: each may have its ping.
        rate = 2.0 * settings.LIVE_FRAMES_A_SECOND
        most = max(FRAMES_AT_ONCE, 4.0 * rate)
        self._allowance = min(most, self._allowance + (now - self._counted_at) * rate)
        self._counted_at = now
        self._allowance -= 1
        return self._allowance >= 0


class HonestProtocol(WebSocketProtocol):  # type: ignore[misc]  # daphne has no types
    """daphne's side of one socket, which bears floods and says why it closes.

    autobahn lets an application close with 1000 and 3000 to 4999 only and raises at 1008 (broke
    the rules), 1012 (restart) and 1013 (try later); and a frame that is too large (1009) it answers
    by cutting the line. The client saw 1006 each time, which means nothing.
    """

    # What the application hears of it (deliberate/lines.py).
    was_cut_off = False

    def __init__(self) -> None:
        super().__init__()
        self.count = FrameCount()

    def __repr__(self) -> str:
        """Without the address and the room, for it stands in daphne's log."""
        return "<HonestProtocol>"

    def _dataReceived(self, data: bytes) -> None:  # noqa: N802 (autobahn's name)
        """Take what came, unless it comes in masses before there is a socket."""
        is_early = self.state == self.STATE_CONNECTING
        if is_early and len(self.data) + len(data) > MOST_TOO_EARLY:
            self._cut_off()
        elif self.state != self.STATE_CLOSED:
            super()._dataReceived(data)

    def onFrameBegin(self) -> None:  # noqa: N802 (autobahn's name)
        """Count a frame of whatever kind; too many end the line at once, unread."""
        if self.count.may_take(self.current_frame.opcode):
            super().onFrameBegin()
        else:
            self._cut_off()

    def onPing(self, payload: bytes) -> None:  # noqa: N802 (autobahn's name)
        """Answer it, unless answers pile up because nobody reads them."""
        if backlog(self.transport) > MOST_BACKLOG:
            self._cut_off()
        else:
            super().onPing(payload)

    def sendMessage(self, payload: bytes, *args: Any, **options: Any) -> None:  # noqa: N802
        """Send it, however large: autobahn holds what we say to the limit of what we take in.

        A reply that is larger, as of many long statements, would raise and never be sent.
        """
        most: int = self.maxMessagePayloadSize  # type: ignore[has-type]  # autobahn has none
        self.maxMessagePayloadSize = 0
        try:
            super().sendMessage(payload, *args, **options)
        finally:
            self.maxMessagePayloadSize = most

    def _cut_off(self) -> None:
        if not self.was_cut_off:
            metrics.dropped("flood")
        self.was_cut_off = True
        # Not only the transport: of what was read already nothing more is to be taken.
        self.dropConnection(abort=True)

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
