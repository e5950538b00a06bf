"""The rooms of one process: one subscription each, and every message encoded once for all sockets.

News that the channel layer loses, because Redis is away or a message was dropped, are found by the
room's version, which each process reads from the database every few seconds.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Final, Protocol
from weakref import WeakKeyDictionary

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.db import DatabaseError
from redis.exceptions import RedisError

from deliberate import announcements, bearers, frames, metrics
from deliberate.models import Conversation, PublishedTally

logger = logging.getLogger(__name__)

# Of these only the newest says anything; a room gets one of each a second at most.
NEWEST_ONLY: Final = frozenset({frames.Event.TALLY, frames.Event.MAP_UPDATED})
APART: Final = 1.0
# Never more than a few in a conversation's life, and nobody is to wait for them.
RARE: Final = frozenset({frames.Event.CONVERSATION_CHANGED})
# Others that a room is sent singly in a second, and the frames that this may make: in a room of a
# thousand two. Of more it is told that there are more.
SINGLY: Final = 20
SINGLE_FRAMES: Final = 2000
LOOKED_UP_EVERY: Final = 4.0
HEARTBEAT_EVERY: Final = 10.0
# Sessions are asked for so often that a socket whose session ended closes within two seconds.
SESSIONS_EVERY: Final = 1.0
# A socket waits so long for the room's first subscription; without Redis it goes on without.
SUBSCRIBED_WITHIN: Final = 1.0
KNOWN: Final = frozenset(event.value for event in frames.Event)
GONE_FOR_NOW: Final = (OSError, RedisError, TimeoutError)


class Socket(Protocol):
    """What the hub asks of a socket; nothing here waits."""

    session_key: str

    def offer(self, kind: str, text: str, *, newest_only: bool) -> None:
        """Send that text when the reader has room; of a kind with `newest_only` the last one."""

    def end(self, code: int) -> None:
        """Close it with that code."""

    def look_after(self, now: float) -> None:
        """End it if its reader has been too slow for too long."""


class Room:
    """One conversation's sockets in this process."""

    def __init__(self, conversation_id: int) -> None:
        self.conversation_id = conversation_id
        self.sockets: set[Socket] = set()
        self.version = 0
        self.votes_version = 0
        self.subscribed = asyncio.Event()
        self.listener: asyncio.Task[None] | None = None
        # News that wait for their second, by kind: what to send, and when it was heard.
        self._waiting: dict[frames.Event, tuple[str, float]] = {}
        self._sent_at: dict[frames.Event, float] = {}
        self._second: Counter[int] = Counter()
        self._flush: asyncio.TimerHandle | None = None

    def hear(self, event: frames.Event, content: dict[str, Any]) -> None:
        """Tell the sockets of an event, now or with the next second's."""
        self.version = max(self.version, content.get("version", 0))
        self.votes_version = max(self.votes_version, content.get("votes_version", 0))
        now = time.monotonic()
        if event in RARE:
            self._send(event, frames.encode(event, content), heard_at=now)
            return
        if event not in NEWEST_ONLY:
            if self._may_send_singly(now):
                self._send(event, frames.encode(event, content), heard_at=now)
                return
            event, content = frames.Event.ROOM_CHANGED, {"version": self.version}
        self._waiting[event] = (frames.encode(event, content), now)
        due = self._sent_at.get(event, 0.0) + APART
        if due <= now:
            self._send_waiting()
        elif self._flush is None:
            loop = asyncio.get_running_loop()
            self._flush = loop.call_later(due - now, self._send_waiting)

    def _may_send_singly(self, now: float) -> bool:
        """Whether one more event of its own is within what this second takes."""
        events = self._second[int(now)] + 1
        self._second = Counter({int(now): events})
        is_few = events <= SINGLY and events * len(self.sockets) <= SINGLE_FRAMES
        return events == 1 or is_few

    def beat(self) -> None:
        """Tell the sockets at which version the room is."""
        content = {"version": self.version, "votes_version": self.votes_version}
        event = frames.Event.HEARTBEAT
        self._send(event, frames.encode(event, content), heard_at=time.monotonic())

    def close(self) -> None:
        """Hear no more."""
        if self.listener is not None:
            self.listener.cancel()
        if self._flush is not None:
            self._flush.cancel()

    def _send_waiting(self) -> None:
        if self._flush is not None:
            self._flush.cancel()
            self._flush = None
        now = time.monotonic()
        for event, (text, heard_at) in list(self._waiting.items()):
            if now - self._sent_at.get(event, 0.0) >= APART - 0.01:
                del self._waiting[event]
                self._sent_at[event] = now
                self._send(event, text, heard_at=heard_at)
        if self._waiting:
            due = min(self._sent_at[event] + APART for event in self._waiting)
            loop = asyncio.get_running_loop()
            self._flush = loop.call_later(max(0.0, due - now), self._send_waiting)

    def _send(self, event: frames.Event, text: str, *, heard_at: float) -> None:
        newest_only = event in NEWEST_ONLY or event in SNAPSHOT_HINTS
        for socket in list(self.sockets):
            socket.offer(event, text, newest_only=newest_only)
        metrics.FAN_OUT_SECONDS.observe(time.monotonic() - heard_at)


SNAPSHOT_HINTS: Final = frozenset({frames.Event.HEARTBEAT, frames.Event.ROOM_CHANGED})


class Hub:
    """The rooms of one event loop."""

    def __init__(self) -> None:
        self.rooms: dict[int, Room] = {}
        self._ids: dict[str, tuple[int, float]] = {}
        self._keepers: list[asyncio.Task[None]] = []

    async def enter(self, slug: str, socket: Socket) -> Room | None:
        """The room of that address with the socket in it; None where there is no such room."""
        conversation_id = await self._find(slug)
        if conversation_id is None:
            return None
        room = self.rooms.get(conversation_id)
        if room is None:
            room = self.rooms[conversation_id] = Room(conversation_id)
            room.listener = asyncio.create_task(_listen(room))
        room.sockets.add(socket)
        metrics.SOCKETS.inc()
        if not self._keepers:
            keepers = (
                (self._look_up, LOOKED_UP_EVERY),
                (self._beat, HEARTBEAT_EVERY),
                (self._look_after, SESSIONS_EVERY),
            )
            self._keepers = [asyncio.create_task(_repeat(*keeper)) for keeper in keepers]
        try:
            if not room.subscribed.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(room.subscribed.wait(), SUBSCRIBED_WITHIN)
        except asyncio.CancelledError:
            # The browser went while it waited.
            self.leave(room, socket)
            raise
        return room

    def leave(self, room: Room, socket: Socket) -> None:
        """The socket is gone; so is the room with its last one."""
        if socket not in room.sockets:
            return
        room.sockets.discard(socket)
        metrics.SOCKETS.dec()
        if not room.sockets and self.rooms.get(room.conversation_id) is room:
            del self.rooms[room.conversation_id]
            room.close()
        if not self.rooms:
            for keeper in self._keepers:
                keeper.cancel()
            self._keepers = []

    def sockets(self) -> list[Socket]:
        """Everyone's, at this moment."""
        return [socket for room in self.rooms.values() for socket in room.sockets]

    async def farewell(self, within: int) -> None:
        """Ask every socket to come again, to another process, within so many seconds."""
        event = frames.Event.RECONNECT
        text = frames.encode(event, {"within": within})
        for socket in self.sockets():
            socket.offer(event, text, newest_only=True)

    async def _find(self, slug: str) -> int | None:
        """The conversation's id; asked of the database once in a while, not by each of a crowd."""
        known = self._ids.get(slug)
        now = time.monotonic()
        if known is not None and now - known[1] < LOOKED_UP_EVERY and known[0] in self.rooms:
            return known[0]
        public = Conversation.objects.public().filter(slug=slug).values_list("pk", flat=True)
        found = await in_own_thread(public.first)()
        if found is not None:
            self._ids[slug] = (found, now)
        return found

    async def _look_up(self) -> None:
        """Read the rooms' versions: whoever is behind has missed news, and is told so."""
        for conversation_id, version, votes_version in await in_own_thread(_versions)(
            list(self.rooms)
        ):
            room = self.rooms.get(conversation_id)
            if room is None:
                continue
            is_behind = 0 < room.version < version
            room.version = max(room.version, version)
            room.votes_version = max(room.votes_version, votes_version)
            if is_behind:
                room.beat()

    async def _beat(self) -> None:
        for room in list(self.rooms.values()):
            room.beat()
            await asyncio.sleep(0)

    async def _look_after(self) -> None:
        """End the sockets of sessions that hold no more, and of readers that read no more."""
        now = time.monotonic()
        for socket in self.sockets():
            socket.look_after(now)
        keys = {socket.session_key for socket in self.sockets() if socket.session_key}
        if keys:
            held = await in_own_thread(bearers.of)(keys)
            for socket in self.sockets():
                if socket.session_key in keys and socket.session_key not in held:
                    metrics.dropped("session_ended")
                    socket.end(frames.Close.SESSION_ENDED)


# With the default every call of the process would wait for one thread (54 votes a second
# measured); connections come from a pool, and each call is a transaction of its own.
def in_own_thread(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function to be awaited; it runs beside others, with a connection of its own."""
    lent: Callable[..., Any] = database_sync_to_async(function, thread_sensitive=False)
    return lent


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def here() -> Hub:
    """The hub of the event loop that runs this."""
    loop = asyncio.get_running_loop()
    hub = _hubs.get(loop)
    if hub is None:
        hub = _hubs[loop] = Hub()
    return hub


async def _listen(room: Room) -> None:
    """Hear the room's announcements for as long as it has sockets; again when the layer fails."""
    layer = get_channel_layer()
    if layer is None:
        return
    group = announcements.room(room.conversation_id)
    # One for as long as the room lasts: the layer keeps a queue for each that it has named.
    channel = ""
    while True:
        try:
            channel = channel or await layer.new_channel()
            await layer.group_add(group, channel)
            room.subscribed.set()
            try:
                while True:
                    await _hear_next(room, layer, channel)
            finally:
                with suppress(*GONE_FOR_NOW):
                    await layer.group_discard(group, channel)
        except GONE_FOR_NOW:
            logger.warning("A room cannot be subscribed to now; it goes by its version.")
            await asyncio.sleep(1)


async def _hear_next(room: Room, layer: Any, channel: str) -> None:
    """One announcement; one that cannot be read does not end the room."""
    try:
        message = await layer.receive(channel)
        # What a newer process tells of and this one does not know is passed over.
        if message["event"] in KNOWN:
            room.hear(frames.Event(message["event"]), message["content"])
    except GONE_FOR_NOW:
        raise
    except Exception as error:  # such as one under the key that was before
        logger.warning("An announcement could not be read: %s.", type(error).__name__)


async def _repeat(step: Callable[[], Any], pause: float) -> None:
    while True:
        await asyncio.sleep(pause)
        try:
            await step()
        except DatabaseError as error:
            # Every second for as long as it is away: one line each is enough.
            logger.warning("The rooms could not be looked after: %s.", type(error).__name__)
        except Exception:  # whatever it is, the next turn comes
            logger.exception("The rooms could not be looked after.")


def _versions(conversation_ids: Iterable[int]) -> list[tuple[int, int, int]]:
    rows = Conversation.objects.filter(pk__in=list(conversation_ids))
    found = rows.values_list("pk", "room_version")
    tallies = PublishedTally.objects.filter(conversation_id__in=list(conversation_ids))
    votes = dict(tallies.values_list("conversation_id", "votes_version"))
    return [(pk, version, votes.get(pk, 0)) for pk, version in found]
