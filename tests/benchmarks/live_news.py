"""News of a room: one piece to a thousand sockets, and five hundred pieces at once."""

import asyncio
import json
import random
import re
import statistics
import time
from collections.abc import Sequence
from contextlib import ExitStack

from tests.benchmarks import live_figures as figures
from tests.benchmarks.live_client import Socket, connect_all, leave, until
from tests.benchmarks.live_figures import Figure
from tests.benchmarks.live_http import Line, get
from tests.benchmarks.live_site import Announcer, Room, Site, Web

SOCKETS = 1000
UPDATES = 500
PATIENCE = 60
# frontend/static/js/news.js waits so long, at most, before it asks for the room's state.
FETCH_WITHIN = 2.0
ACCEPTED = b'"statement.accepted"'
VERSION = re.compile(rb'"version": ?(\d+)')


# One update


class Listener:
    """Hears when a piece of news has come."""

    def __init__(self, socket: Socket, sign: bytes) -> None:
        self.sign = sign
        self.heard_at = 0.0
        socket.heard = self.hear

    def hear(self, message: bytes) -> None:
        if self.sign in message:
            self.heard_at = time.monotonic()


def measure_one(site: Site, *, rounds: int) -> list[Figure]:
    """One update to everyone, in turns with Channels' own group_send."""
    with ExitStack() as stack:
        room = site.room(SOCKETS, "--pending", str(rounds + 1))
        web = stack.enter_context(site.web(BACKGROUND_IN_WEB="0"))
        peer = stack.enter_context(site.daphne("tests.benchmarks.live_floor:application"))
        # Without Redis nobody but the web process itself can tell its room of anything.
        announcer = stack.enter_context(room.announcer()) if site.is_at_scale else None
        return [asyncio.run(_measure_one(room, web, peer, announcer, rounds))]


async def _measure_one(
    room: Room, web: Web, peer: Web, announcer: Announcer | None, rounds: int
) -> Figure:
    theirs = await connect_all(peer.door("/group/"), [""] * SOCKETS)
    ours = await connect_all(web.door(room.socket_path), room.sessions)
    times: dict[str, list[float]] = {"theirs": [], "ours": []}
    # The first round warms both up, and is not counted.
    for turn in range(rounds + 1):
        times["theirs"].append(await _by_group_send(theirs, turn))
        if announcer:
            times["ours"].append(await _by_moderator(ours, announcer))
        else:
            times["ours"].append(await _by_citizen(ours, turn))
        await asyncio.sleep(0.3)
    await leave([*theirs, *ours])
    group, hub = (1000 * statistics.median(kept[1:]) for kept in (times["theirs"], times["ours"]))
    how = "from the commit, through Redis" if announcer else "from when the statement was sent"
    return Figure(
        figures.ONE_UPDATE,
        room.site.name,
        hub / group,
        f"{hub:.0f} ms",
        f"{group:.0f} ms",
        [
            f"ours {how}: {_milliseconds(times['ours'])}",
            f"group_send: {_milliseconds(times['theirs'])}",
        ],
    )


async def _by_group_send(sockets: Sequence[Socket], turn: int) -> float:
    """A piece of news of the size of ours."""
    news = {"id": 150 + turn, "text": "a" * 90, "language": "en", "version": turn}
    listeners = [Listener(socket, b"told-%d" % turn) for socket in sockets]
    began = time.monotonic()
    sockets[turn].send(json.dumps({"type": f"told-{turn}", "content": news}).encode())
    return await _until_all(listeners) - began


async def _by_moderator(sockets: Sequence[Socket], announcer: Announcer) -> float:
    listeners = [Listener(socket, ACCEPTED) for socket in sockets]
    told = await asyncio.to_thread(announcer.accept, 1)
    return await _until_all(listeners) - told["committed"]


async def _by_citizen(sockets: Sequence[Socket], turn: int) -> float:
    listeners = [Listener(socket, ACCEPTED) for socket in sockets]
    began = time.monotonic()
    text = f"In round {turn} somebody says something else: plant {turn + 2} trees on the square."
    sockets[turn].ask("statement.submit", f"say-{turn}", {"text": text})
    return await _until_all(listeners) - began


async def _until_all(listeners: Sequence[Listener]) -> float:
    if not await until(lambda: all(one.heard_at for one in listeners), seconds=PATIENCE):
        missing = sum(not one.heard_at for one in listeners)
        raise AssertionError(f"{missing} of {len(listeners)} sockets never heard of it")
    return max(one.heard_at for one in listeners)


def _milliseconds(times: Sequence[float]) -> str:
    return ", ".join(f"{1000 * seconds:.0f}" for seconds in times[1:]) + " ms"


# Five hundred at once, over two processes


class Watcher:
    """A page that keeps up with its room: by the news, and by the state where it is told to."""

    def __init__(self, socket: Socket, web: Web, room: Room, target: int) -> None:
        self.line = Line(web.door("/"))
        self.path = f"{room.path}live.json"
        self.target = target
        self.version = self.behind = 0
        self.there_at = 0.0
        self.events = 0
        self.fetches = 0
        self.fetching: asyncio.Task[None] | None = None
        socket.heard = self.hear

    def hear(self, message: bytes) -> None:
        self.events += 1
        found = VERSION.search(message)
        if found is None:
            return
        version = int(found.group(1))
        if b'"room.changed"' in message or b'"heartbeat"' in message:
            self.behind = max(self.behind, version)
            self.catch_up()
        else:
            self.see(version)

    def see(self, version: int) -> None:
        self.version = max(self.version, version)
        if self.version >= self.target and not self.there_at:
            self.there_at = time.monotonic()

    def catch_up(self) -> None:
        if self.behind > self.version and self.fetching is None:
            self.fetching = asyncio.create_task(self.fetch())

    async def fetch(self) -> None:
        await asyncio.sleep(random.random() * FETCH_WITHIN)
        address = f"{self.path}?version={max(self.behind, self.version)}"
        answer = await self.line.ask(get(self.line.door, address))
        await self.line.close()
        self.fetches += 1
        self.fetching = None
        self.see(answer.json()["version"])
        self.catch_up()


def measure_burst(site: Site, *, sockets: int = SOCKETS, updates: int = UPDATES) -> list[Figure]:
    """Statements accepted by one act, so that all their news leave at once."""
    with ExitStack() as stack:
        room = site.room(sockets, "--pending", str(updates))
        webs = [stack.enter_context(site.web()) for _ in range(2)]
        announcer = stack.enter_context(room.announcer())
        return [asyncio.run(_measure_burst(room, webs, announcer, updates))]


async def _measure_burst(
    room: Room, webs: Sequence[Web], announcer: Announcer, updates: int
) -> Figure:
    target = announcer.version + updates
    watchers: list[Watcher] = []
    everyone: list[Socket] = []
    for place, web in enumerate(webs):
        sockets = await connect_all(web.door(room.socket_path), room.sessions[place :: len(webs)])
        everyone += sockets
        watchers += [Watcher(socket, web, room, target) for socket in sockets]
    told = await asyncio.to_thread(announcer.accept, updates)
    done = await until(lambda: all(one.there_at for one in watchers), seconds=PATIENCE)
    await leave(everyone)
    if told["version"] < target:
        raise AssertionError(
            f"the room is at {told['version']} after {updates} updates, not at {target}"
        )
    if not done:
        behind = [one.version for one in watchers if not one.there_at]
        raise AssertionError(f"{len(behind)} sockets are behind {target}, such as {behind[:5]}")
    waits = [one.there_at - told["committed"] for one in watchers]
    events = statistics.mean(one.events for one in watchers)
    fetches = sum(one.fetches for one in watchers)
    return Figure(
        figures.BURST,
        room.site.name,
        max(waits),
        f"{max(waits):.2f} s",
        notes=[
            f"from the commit of all {updates} to the last socket; p50"
            f" {figures.percentile(waits, 0.5):.2f} s; sending the news took"
            f" {told['ended'] - told['committed']:.2f} s of it",
            f"{events:.0f} frames to each socket, {fetches} fetches of the room's state",
        ],
    )
