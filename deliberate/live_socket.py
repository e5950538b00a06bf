"""The live room's socket: parse a frame, hand it on, reply. No rules and no rows here.

A plain ASGI application: it reads without ever waiting for work, so that nothing piles up before
it, and one writer sends what there is to say as fast as the reader takes it.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.cookies import CookieError
from typing import Any, Final, Literal

from django.conf import settings
from django.contrib.auth import get_user
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, parse_cookie
from django.utils import translation

from accounts import client_address, limits
from deliberate import ballot_box, bearers, errors, frames, hub, metrics, room, seats
from deliberate.lines import MOST_BACKLOG, Line

logger = logging.getLogger(__name__)

# Frames that one socket may send in one burst; beyond its rate it is told so some times.
BURST: Final = 40.0
WARNINGS: Final = 20
# Frames of one socket that wait for their answers.
MOST_IN_HAND: Final = 32
# Frames for a reader that it has not taken (and MOST_BACKLOG bytes that the server holds for it).
MOST_UNSENT: Final = 64
LOOKED_EVERY: Final = 0.25
SLOW_FOR: Final = 20.0
# How long a reader may take to answer a close; one who reads nothing never sees it.
CLOSED_WITHIN: Final = 2.0
CUT_WITHIN: Final = 0.5


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Serve one browser on one conversation's page."""
    await LiveSocket(scope, receive, send).serve()


class LiveSocket:
    """One browser's line to a room, from its handshake to its end."""

    def __init__(self, scope: Any, receive: Any, send: Any) -> None:
        self.slug: str = scope["url_route"]["kwargs"]["slug"]
        self.language: str = scope.get("language", "en")
        self.session_key = session_key_of(scope)
        self.address = client_address.of_scope(scope)
        self.line: Line = scope.get("line") or Line(send)
        self._receive, self._send = receive, send
        self._room: hub.Room | None = None
        self._conversation_id = 0
        self._in_hand = 0
        self._allowance, self._counted_at = BURST, time.monotonic()
        self._warnings = 0
        # What is to be sent: replies and single events in their order, and of the others the last.
        self._unsent: deque[str] = deque()
        self._newest: dict[str, str] = {}
        self._wake = asyncio.Event()
        self._closing: int | None = None
        self._slow_since: float | None = None
        self._full_since: float | None = None
        self._serving: asyncio.Task[Any] | None = None
        self._has_left = False
        self._cut: asyncio.TimerHandle | None = None
        # The number of the statement that this browser was given last.
        self._shown: int | None = None

    async def serve(self) -> None:
        """Until the browser goes, or is sent away."""
        self._serving = asyncio.current_task()
        try:
            await self._serve()
        except asyncio.CancelledError:
            # Ours: the server tells nothing of a line that we have cut.
            if not self._has_left or self._serving is None:
                raise
            self._serving.uncancel()
        finally:
            if self._cut is not None:
                self._cut.cancel()

    async def _serve(self) -> None:
        await self._receive()
        rooms = hub.here()
        refusal = frames.Close.NO_SUCH_ROOM
        try:
            self._room = await rooms.enter(self.slug, self)
        except (DatabaseError, InterfaceError):
            logger.warning("The database is away: a socket is asked to come again.")
            refusal = frames.Close.RESTART
        # Accepted first: a handshake that is refused has no code to tell why.
        await self._send({"type": "websocket.accept"})
        if self._room is None:
            await self._send({"type": "websocket.close", "code": refusal})
            return
        self._conversation_id = self._room.conversation_id
        writer = asyncio.create_task(self._write())
        try:
            while (message := await self._receive())["type"] != "websocket.disconnect":
                # After its end nothing is taken any more, until the other side answers the close.
                if self._closing is None:
                    self._hear(message)
        finally:
            rooms.leave(self._room, self)
            writer.cancel()

    # What the hub asks

    def offer(self, kind: str, text: str, *, newest_only: bool) -> None:
        """Send that text when the reader has room; of a kind with `newest_only` the last one."""
        if self._closing is not None:
            return
        if newest_only:
            self._newest[kind] = text
        elif len(self._unsent) < MOST_UNSENT:
            self._unsent.append(text)
        else:
            # It cannot have every one: it asks for the whole when it reads again.
            version = self._room.version if self._room else 0
            event = frames.Event.ROOM_CHANGED
            self._newest[event] = frames.encode(event, {"version": version})
        self._wake.set()

    def end(self, code: int) -> None:
        """Close it with that code; of what was to be sent nothing goes before it."""
        if self._closing is None:
            self._closing = code
            self._unsent.clear()
            self._newest.clear()
            self._wake.set()
            is_read = self._slow_since is None and not self.line.backlog
            loop = asyncio.get_running_loop()
            self._cut = loop.call_later(CLOSED_WITHIN if is_read else CUT_WITHIN, self._let_go)

    def look_after(self, now: float) -> None:
        """End it if its reader has been too slow for too long."""
        is_full = self.line.backlog > MOST_BACKLOG
        # Also when there is nothing to tell it: a server answers pings by itself.
        self._full_since = (self._full_since or now) if is_full else None
        since = self._slow_since or self._full_since
        if since is not None and now - since > SLOW_FOR:
            self._drop("slow_reader", frames.Close.TOO_SLOW)

    def _drop(self, why: Literal["slow_reader", "flood"], code: int) -> None:
        """Hang up on it, once; with a close frame only where the line cannot be cut."""
        if self._has_left:
            return
        if not self.line.was_cut_off:
            metrics.dropped(why)
        if self.line.hang_up():
            self._closing = code
            self._leave()
        else:
            self.end(code)

    def _let_go(self) -> None:
        """The close was not answered."""
        self.line.let_go()
        self._leave()

    def _leave(self) -> None:
        self._has_left = True
        if self._serving is not None:
            self._serving.cancel()

    # What comes in

    def _hear(self, message: dict[str, Any]) -> None:
        text, data = message.get("text"), message.get("bytes")
        if len(text.encode() if text is not None else data or b"") > frames.LARGEST:
            self.end(frames.Close.TOO_LARGE)
            return
        is_within_rate = self._is_within_rate()
        if not is_within_rate:
            self._warnings += 1
            if self._warnings > WARNINGS:
                self._drop("flood", frames.Close.FLOODED)
                return
        try:
            frame = frames.parse(text if text is not None else data or b"")
        except frames.MalformedFrame as error:
            self._refuse_malformed(text if text is not None else data or b"", error)
            return
        if not is_within_rate or self._in_hand >= MOST_IN_HAND:
            self._refuse(frame.id, errors.TooFast())
            return
        self._in_hand += 1
        wants = self._wanted(frame.act)
        if wants is not None:
            collector().put(Question(self, frame.id, self._act_of(wants)))
        elif isinstance(frame.act, room.Act):
            task = asyncio.create_task(self._act(frame.id, frame.act))
            _acting.add(task)
            task.add_done_callback(_acting.discard)

    def _is_within_rate(self) -> bool:
        now = time.monotonic()
        refill = (now - self._counted_at) * settings.LIVE_FRAMES_A_SECOND
        most = max(BURST, 4.0 * settings.LIVE_FRAMES_A_SECOND)
        self._allowance = min(most, self._allowance + refill)
        self._counted_at = now
        if self._allowance == most:
            self._warnings = 0
        if self._allowance < 1:
            return False
        self._allowance -= 1
        return True

    async def _act(self, frame_id: str | int, act: room.Act) -> None:
        try:
            content = await hub.in_own_thread(self._answer)(act)
        except errors.DeliberateError as error:
            self.answered(frame_id, error)
        except Exception:  # whatever it was, the frame gets its answer and the socket goes on
            logger.exception("A frame could not be answered.")
            self.answered(frame_id, errors.TryLater())
        else:
            self.answered(frame_id, content)

    def _answer(self, act: room.Act) -> dict[str, Any]:
        request = HttpRequest()
        # A fresh look at the session each time: one that was ended elsewhere is nobody's.
        request.session = bearers.Store(self.session_key)
        visitor = room.Visitor(
            user=get_user(request), session=request.session, language=self.language
        )
        self._hold_back(visitor, act)
        content = room.answer(conversation_id=self._conversation_id, visitor=visitor, act=act)
        if isinstance(act, frames.SubmitStatement):
            seats.forget(self._conversation_id, self.session_key)
        return content

    def _hold_back(self, visitor: room.Visitor, act: room.Act) -> None:
        """Count it under the limits that hold over HTTP too."""
        action = "statement" if isinstance(act, frames.SubmitStatement) else "similar"
        account = str(getattr(visitor.user, "pk", None) or "")
        seconds = limits.pause(action, account=account, address=self.address)
        if seconds:
            raise errors.TooOften(seconds=seconds)

    # What goes out

    def answered(self, frame_id: str | int, answer: ballot_box.Answer) -> None:
        """Reply to a frame that was in hand."""
        self._in_hand -= 1
        if isinstance(answer, errors.DeliberateError):
            self._refuse(frame_id, answer)
            return
        following = answer.get("next")
        if following:
            self._shown = following["id"]
        self._reply(frames.encode(frames.Reply.OK, answer, reply_to=frame_id))

    def _wanted(
        self, act: frames.Act
    ) -> ballot_box.Ballot | ballot_box.Next | ballot_box.Sync | None:
        """What the box answers, many at once; None: it is another's matter."""
        match act:
            case frames.CastVote():
                return ballot_box.Ballot(act.statement, act.choice, act.ballot_id)
            case frames.TakeBackVote():
                return ballot_box.Ballot(act.statement, None, act.ballot_id)
            case frames.NextStatement():
                return ballot_box.Next(self._shown)
            case frames.Sync():
                return ballot_box.Sync()
        return None

    def _act_of(
        self, wants: ballot_box.Ballot | ballot_box.Next | ballot_box.Sync
    ) -> ballot_box.Act:
        return ballot_box.Act(
            slug=self.slug,
            session_key=self.session_key,
            language=self.language,
            door="socket",
            wants=wants,
            came_at=time.monotonic(),
            address=self.address,
        )

    def _refuse(self, reply_to: str | int | None, error: errors.DeliberateError) -> None:
        content = ballot_box.words_of(error, language=self.language)
        self._reply(frames.encode(frames.Reply.ERROR, content, reply_to=reply_to))

    def _refuse_malformed(self, text: str | bytes, error: frames.MalformedFrame) -> None:
        # What is wrong was said in the process's language: once more in the reader's.
        with translation.override(self.language):
            try:
                frames.parse(text)
            except frames.MalformedFrame as again:
                error = again
        self._refuse(error.reply_to, error)

    def _reply(self, text: str) -> None:
        if self._closing is not None:
            return
        if len(self._unsent) >= 2 * MOST_UNSENT:
            # It asks, and does not read what it is told.
            self._drop("slow_reader", frames.Close.TOO_SLOW)
            return
        self._unsent.append(text)
        self._wake.set()

    async def _write(self) -> None:
        """Send what there is, as the reader takes it; the close comes last."""
        # Under uvicorn a socket that is gone is told by an error here.
        with suppress(OSError, RuntimeError):
            await self._write_all()

    async def _write_all(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._unsent or self._newest:
                if self.line.backlog > MOST_BACKLOG:
                    self._slow_since = self._slow_since or time.monotonic()
                    await asyncio.sleep(LOOKED_EVERY)
                    continue
                # A server with back-pressure makes us wait here while the reader is slow.
                self._slow_since = time.monotonic()
                await self._send({"type": "websocket.send", "text": self._take()})
                self._slow_since = None
            if self._closing is not None:
                await self._send({"type": "websocket.close", "code": self._closing})
                return

    def _take(self) -> str:
        if self._unsent:
            return self._unsent.popleft()
        return self._newest.pop(next(iter(self._newest)))


@dataclass(frozen=True, slots=True)
class Question:
    """An act with the socket and the frame that it came by."""

    socket: LiveSocket
    frame_id: str | int
    act: ballot_box.Act


class Collector:
    """Carries one event loop's ballots to the box and their answers back, a batch at a time."""

    def __init__(self) -> None:
        self._waiting: list[Question] = []
        self._running: asyncio.Task[None] | None = None

    def put(self, question: Question) -> None:
        """Have it answered; its socket is told."""
        self._waiting.append(question)
        metrics.WAITING.inc()
        if self._running is None:
            self._running = asyncio.create_task(self._run())

    @property
    def is_empty(self) -> bool:
        """Whether everything that came has been answered."""
        return self._running is None and not self._waiting

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                metrics.WAITING.dec(len(batch))
                acts = [question.act for question in batch]
                answers = await self._answers(acts)
                for question, answer in zip(batch, answers, strict=True):
                    question.socket.answered(question.frame_id, answer)
        finally:
            self._running = None

    @staticmethod
    async def _answers(acts: Sequence[ballot_box.Act]) -> Sequence[ballot_box.Answer]:
        try:
            return await hub.in_own_thread(ballot_box.BOX.cast)(acts)
        except Exception:  # whatever it was, each frame gets its answer, and the sockets go on
            logger.exception("A batch of frames could not be put into the box.")
            return [errors.TryLater()] * len(acts)


# Tasks that nobody else holds would be collected while they run.
_acting: set[asyncio.Task[None]] = set()
_collectors: dict[asyncio.AbstractEventLoop, Collector] = {}


def collector() -> Collector:
    """The collector of the event loop that runs this."""
    loop = asyncio.get_running_loop()
    found = _collectors.get(loop)
    if found is None:
        for gone in [other for other in _collectors if other.is_closed()]:
            del _collectors[gone]
        found = _collectors[loop] = Collector()
    return found


def session_key_of(scope: Any) -> str:
    """The session that the handshake's cookie names; it is asked of the database with each act."""
    cookies = [value for name, value in scope.get("headers", []) if name == b"cookie"]
    try:
        found = parse_cookie("; ".join(value.decode("latin-1") for value in cookies))
    except CookieError:
        return ""
    return found.get(settings.SESSION_COOKIE_NAME, "")


async def settle() -> None:
    """Return when every frame that came in has been answered."""
    while _acting or not collector().is_empty:
        await asyncio.sleep(0.02)
