"""One run: people vote in a room through a bad network while servers fail, then all is checked."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from tests.faults import checker, web
from tests.faults.client import Client
from tests.faults.history import History, Operation
from tests.faults.proxy import Proxy
from tests.faults.stored import Stored
from tests.faults.system import Room, System, Web

# Watchers arrive within that time of the end of a fault.
SECONDS_TO_CONVERGE = 15.0
SECONDS_TO_DRAIN = 30.0
SECONDS_TO_SETTLE = 20.0


@dataclass(frozen=True)
class Workload:
    """What people do; the defaults are those of the small tests."""

    voters: int = 6
    # They vote on few statements, so that they change their minds.
    statements: int = 6
    pause: tuple[float, float] = (0.05, 0.25)
    by_http: float = 0.15
    taken_back: float = 0.1
    # How often a ballot is sent two or three times at once, or an old one again.
    copied: float = 0.0
    repeated: float = 0.0
    # Votes that a client casts at once, without waiting for answers between.
    at_once: int = 1


@dataclass
class Run:
    """Clients in a room, and what they have been told."""

    system: System
    room: Room
    proxy: Proxy
    workload: Workload
    clients: list[Client]
    history: History = field(default_factory=History)
    # Controls that ignore heartbeats; nothing is promised to them.
    deaf: list[Client] = field(default_factory=list)
    # Seconds from the end of the fault until every client showed the final state.
    converged: float | None = None
    stored: Stored | None = None
    _voting: list[asyncio.Task[None]] = field(default_factory=list)
    _done: asyncio.Event = field(default_factory=asyncio.Event)

    def start(self) -> None:
        """Everyone begins to vote."""
        self._done.clear()
        voters = self.clients[: self.workload.voters]
        self._voting = [asyncio.create_task(self._vote(client)) for client in voters]

    async def acknowledged(self, count: int, *, seconds: float = 15.0) -> float:
        """Wait for so many more acknowledgements; how long it took."""
        begun = time.monotonic()
        while len(self.history.acknowledged(since=begun)) < count:
            assert time.monotonic() - begun < seconds, (
                f"{len(self.history.acknowledged(since=begun))} of {count} votes were"
                f" acknowledged in {seconds} s\n{self.system.logged()[-3000:]}"
            )
            await asyncio.sleep(0.02)
        return time.monotonic() - begun

    async def stop(self, *, seconds: float = SECONDS_TO_DRAIN) -> None:
        """Nobody begins another vote; what is under way is answered, or stays unknown."""
        self._done.set()
        for task in self._voting:
            task.add_done_callback(lambda task: task.cancelled() or task.result())
        _done, late = await asyncio.wait(self._voting, timeout=seconds)
        for task in late:
            task.cancel()

    async def finish(self, *, watched: bool = True, since: float | None = None) -> checker.Verdict:
        """Come to rest, and check; `since` is when the fault ended, if not now."""
        await self.stop()
        ended = since or time.monotonic()
        self.stored = await self._settled()
        if not watched:
            return checker.check(self.history, self.stored)
        findings = await self._watched(ended)
        return checker.with_findings(checker.check(self.history, self.stored), findings)

    def read(self) -> Stored:
        """What the database holds of the room now."""
        return self.system.read(self.room)

    async def _settled(self) -> Stored:
        """The rows once the worker has published everything."""
        end = time.monotonic() + SECONDS_TO_SETTLE
        while True:
            now = await asyncio.to_thread(self.read)
            if now.votes_version in (now.tally.votes_version, 0) or time.monotonic() > end:
                return now
            await asyncio.sleep(0.2)

    async def _watched(self, ended: float) -> list[checker.Finding]:
        """Wait until every page shows the room as it is; what they still do not show."""
        end = ended + SECONDS_TO_CONVERGE
        while True:
            findings = await self._looked()
            now = time.monotonic()
            if not findings:
                self.converged = now - ended
            if not findings or now > end:
                return findings
            await asyncio.sleep(0.2)

    async def _looked(self) -> list[checker.Finding]:
        """Hold the pages against each other and against the room, which may have moved since."""
        snapshots = await self._snapshots()
        self.stored = await asyncio.to_thread(self.read)
        views = {client.name: client.view for client in self.clients}
        return [
            *checker.watchers(
                {name: view.version for name, view in views.items()},
                snapshots,
                room_version=self.stored.room_version,
            ),
            *checker.shown_counts({name: view.votes for name, view in views.items()}, self.stored),
        ]

    async def _snapshots(self) -> dict[str, object]:
        snapshots: dict[str, object] = {}
        for client in self.clients:
            try:
                snapshots[client.name] = await client.snapshot()
            except web.Lost:
                snapshots[client.name] = "no answer"
        return snapshots

    async def _vote(self, client: Client) -> None:
        told = self.workload
        draw = client.random
        while not self._done.is_set():
            await asyncio.gather(
                *(
                    client.vote(
                        draw.choice(self.room.statements[: told.statements]),
                        None if draw.random() < told.taken_back else draw.choice((1, 0, -1)),
                        by_http=draw.random() < told.by_http,
                        copies=draw.choice((2, 3)) if draw.random() < told.copied else 1,
                    )
                    for _ in range(told.at_once)
                )
            )
            if draw.random() < told.repeated:
                await client.repeat(self._old(client))
            await asyncio.sleep(draw.uniform(*told.pause))

    def _old(self, client: Client) -> Operation:
        mine = [one for one in self.history if one.client == client.name]
        return client.random.choice(mine)


@asynccontextmanager
async def voting(
    system: System,
    webs: Sequence[Web],
    *,
    workload: Workload | None = None,
    watchers: int = 2,
    seed: int = 0,
    deaf: int = 0,
    resend: bool = True,
) -> AsyncIterator[Run]:
    """People vote in a new room inside the block, a few more only watch, deaf ones badly."""
    told = workload or Workload()
    room = system.room()
    history = History()
    async with AsyncExitStack() as stack:
        proxy = await stack.enter_async_context(Proxy([web.port for web in webs], seed=seed))
        names = list(room.sessions)[: told.voters + watchers + deaf]
        clients = [
            Client(
                name=name,
                session=room.sessions[name],
                slug=room.slug,
                port=lambda: proxy.port,
                history=history,
                seed=seed,
                heeds_heartbeats=place < told.voters + watchers,
                resends=resend,
            )
            for place, name in enumerate(names)
        ]
        for one in clients:
            await stack.enter_async_context(one.here())
        hearing = clients[: told.voters + watchers]
        run = Run(system, room, proxy, told, hearing, history, clients[len(hearing) :])
        run.start()
        try:
            yield run
        finally:
            proxy.release()
            await run.stop(seconds=0.1)
