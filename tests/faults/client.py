"""A browser with an outbox: it votes, keeps what is not answered, comes back, and repairs itself.

It does what docs/live-protocol.md asks of clients, and writes down what it was told.
"""

import asyncio
import contextlib
import json
import random
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tests.faults import web
from tests.faults.history import History, Operation, Outcome

# Shorter than a real browser's, so that a test of seconds sees them.
ANSWER_SECONDS = 4.0
FIRST_REST, LONGEST_REST = 0.1, 1.5
SILENCE_SECONDS = 25.0
WORDS = {1: "agree", 0: "pass", -1: "disagree"}
# Codes that say: nothing is stored, send it again.
AGAIN = ("try_later", "too_fast")


@dataclass
class View:
    """What this browser's page says of the room."""

    version: int = -1
    votes: int = 0
    participants: int = 0
    votes_version: int = -1
    is_open: bool = True
    # Numbers below the version of which nothing was heard: passed over by newer news, or lost.
    missing: set[int] = field(default_factory=set)

    def take(self, snapshot: dict[str, Any]) -> None:
        """Show a fetched state, unless an event has told of a newer one."""
        if snapshot["version"] < self.version:
            return
        self.version = snapshot["version"]
        self.missing.clear()
        self.votes, self.participants = snapshot["votes"], snapshot["participants"]
        self.votes_version = snapshot["votes_version"]
        self.is_open = snapshot["open"]

    def hear(self, kind: str, content: dict[str, Any]) -> None:
        """Show an event: it says what it says, and how new it is."""
        if kind == "tally" and content["votes_version"] >= self.votes_version:
            self.votes, self.participants = content["votes"], content["participants"]
            self.votes_version = content["votes_version"]
        elif kind == "conversation.changed":
            self.is_open = content["open"]
        number = content.get("version", -1)
        self.missing.discard(number)
        if self.version >= 0:
            self.missing.update(range(self.version + 1, number))
        self.version = max(self.version, number)

    def is_behind(self, version: int) -> bool:
        """Whether there was news, up to that version, of which this page knows nothing."""
        return version > self.version or bool(self.missing)


class Client:
    """One person in one room, behind one port."""

    def __init__(
        self,
        *,
        name: str,
        session: str,
        slug: str,
        port: Callable[[], int],
        history: History,
        seed: int = 0,
        heeds_heartbeats: bool = True,
        resends: bool = True,
    ) -> None:
        self.name, self.session, self.slug, self.history = name, session, slug, history
        self._port = port
        self.random = random.Random(f"{seed} {name}")
        # A control: one that does not is behind after an outage.
        self.heeds_heartbeats = heeds_heartbeats
        # Another: one that does not takes what it has sent for counted.
        self.resends = resends
        self.view = View()
        self.outbox: dict[str, Operation] = {}
        self.sockets = 0
        self.heard: list[str] = []
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._socket: ClientConnection | None = None
        self._online = asyncio.Event()
        self._rest = FIRST_REST
        self._fetching: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def here(self) -> AsyncIterator["Client"]:
        """The page is open inside the block."""
        task = asyncio.create_task(self._stay())
        try:
            yield self
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def vote(
        self, statement: int, choice: int | None, *, by_http: bool = False, copies: int = 1
    ) -> Operation:
        """Cast a vote, or take it back, and send it until it is answered."""
        operation = self.history.invoke(client=self.name, statement=statement, choice=choice)
        self.outbox[str(operation.id)] = operation
        while operation.completed is None:
            # What was lost on one way is tried on the other.
            other = operation.attempts > 0 and self.random.random() < 0.3
            if by_http != other:
                wait = await self.post([operation])
            else:
                wait = await self._send(operation, copies)
            if operation.completed is None:
                await asyncio.sleep(wait * self.random.uniform(0.5, 1.5))
        del self.outbox[str(operation.id)]
        return operation

    async def repeat(self, operation: Operation) -> None:
        """Send an old ballot once more, as a phone does that never heard the answer."""
        if self.random.random() < 0.5:
            await self.post([operation])
        elif self._socket is not None:
            with contextlib.suppress(WebSocketException, OSError):
                await self._socket.send(json.dumps(_frame(operation)))

    async def post(self, operations: list[Operation]) -> float:
        """Send ballots as a phone does that comes out of a valley; seconds to wait if in vain."""
        ballots = [
            {
                "id": str(operation.id),
                "statement": operation.statement,
                "choice": _word(operation),
            }
            for operation in operations
        ]
        for operation in operations:
            operation.attempts += 1
        try:
            answer = await self.get(f"/conversations/{self.slug}/votes/", post={"ballots": ballots})
        except web.Lost:
            return 0.3
        told = answer.content or {}
        if answer.status != 200:
            self._refused(operations, told, status=answer.status)
            return float(told.get("retry_after", 0.5))
        for operation, result in zip(operations, told["answers"], strict=True):
            if result["result"] == "counted":
                self._counted(operation, result)
            else:
                self._refused([operation], result, status=422)
        return 0.5

    async def get(self, path: str, *, post: object = None) -> web.Answer:
        """Ask a page as this person.

        Raises:
            Lost: there was no answer.
        """
        cookies = {"sessionid": self.session}
        return await web.ask(self._port(), path, cookies=cookies, post=post)

    async def snapshot(self) -> dict[str, Any]:
        """The room's public state.

        Raises:
            Lost: there was no answer, or not the state.
        """
        answer = await self.get(f"/conversations/{self.slug}/live.json")
        if answer.status != 200:
            raise web.Lost
        return answer.content

    async def drain(self, seconds: float = 20.0) -> bool:
        """Wait until everything is answered; whether it was."""
        end = time.monotonic() + seconds
        while self.outbox and time.monotonic() < end:
            await asyncio.sleep(0.05)
        return not self.outbox

    async def _send(self, operation: Operation, copies: int) -> float:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._online.wait()
        except TimeoutError:
            return 0.0
        socket = self._socket
        if socket is None:
            return 0.1
        frame = json.dumps(_frame(operation))
        answer = asyncio.get_running_loop().create_future()
        self._waiting[str(operation.id)] = answer
        operation.attempts += 1
        try:
            for _ in range(copies):
                await socket.send(frame)
            if not self.resends:
                self.history.settle(operation, Outcome.OK, answer={})
                return 0.0
            async with asyncio.timeout(ANSWER_SECONDS):
                told = await answer
        except (TimeoutError, WebSocketException, OSError):
            return 0.1
        finally:
            self._waiting.pop(str(operation.id), None)
        return float(told.get("retry_after", 0.5))

    def _answered(self, told: dict[str, Any]) -> None:
        """An answer, the first or a later one, to a ballot."""
        operation = self._operation(str(told["reply_to"]))
        content = told["content"]
        if operation is not None:
            if told["type"] == "ok":
                self._counted(operation, content)
            else:
                self._refused([operation], content, status=422)
        answer = self._waiting.get(str(told["reply_to"]))
        if answer is not None and not answer.done():
            answer.set_result(content)

    def _operation(self, ballot: str) -> Operation | None:
        found = self.outbox.get(ballot)
        if found is not None:
            return found
        # A second answer to one that is settled already.
        return next((one for one in self.history if str(one.id) == ballot), None)

    def _counted(self, operation: Operation, content: dict[str, Any]) -> None:
        answer = {"statement": content["statement"], "choice": _word(operation)}
        if content.get("choice") not in (None, answer["choice"]):
            answer["choice"] = content["choice"]
        self.history.settle(operation, Outcome.OK, answer=answer)

    def _refused(self, operations: list[Operation], told: dict[str, Any], *, status: int) -> None:
        code = told.get("code", "")
        for operation in operations:
            if code in AGAIN or status >= 500 or status == 429:
                if code == "try_later":
                    operation.postponed.append(time.monotonic())
                self.heard.append(code or f"HTTP {status}")
            else:
                self.history.settle(operation, Outcome.FAIL, answer={"code": code}, code=code)

    # Staying in the room

    async def _stay(self) -> None:
        while True:
            pause = None
            try:
                async with connect(
                    f"ws://127.0.0.1:{self._port()}/ws/conversations/{self.slug}/",
                    origin=f"http://127.0.0.1:{self._port()}",
                    additional_headers={"Cookie": f"sessionid={self.session}"},
                    open_timeout=ANSWER_SECONDS,
                    close_timeout=0.2,
                    ping_interval=None,
                    compression=None,
                    proxy=None,
                ) as socket:
                    self._socket = socket
                    self.sockets += 1
                    self._online.set()
                    self._fetch(at_once=True)
                    pause = await self._listen(socket)
            except (OSError, WebSocketException, TimeoutError, EOFError):
                pass
            finally:
                self._socket = None
                self._online.clear()
                for answer in self._waiting.values():
                    if not answer.done():
                        answer.set_result({"retry_after": 0.0})
            if pause is None:
                pause = self.random.uniform(0, self._rest)
                self._rest = min(LONGEST_REST, self._rest * 2)
            await asyncio.sleep(pause)

    async def _listen(self, socket: ClientConnection) -> float | None:
        """Hear what comes until the socket ends; the pause that the server asked for."""
        while True:
            async with asyncio.timeout(SILENCE_SECONDS):
                told = json.loads(await socket.recv())
            self._rest = FIRST_REST
            if "reply_to" in told:
                self._answered(told)
            elif told["type"] == "reconnect":
                self.heard.append("reconnect")
                return self.random.uniform(0, float(told["content"]["within"]))
            elif told["type"] in ("heartbeat", "room.changed"):
                if self.heeds_heartbeats and self.view.is_behind(told["content"]["version"]):
                    self._fetch()
            else:
                self.view.hear(told["type"], told["content"])

    def _fetch(self, *, at_once: bool = False) -> None:
        if self._fetching is None or self._fetching.done():
            self._fetching = asyncio.create_task(self._take_snapshot(0 if at_once else 1.0))

    async def _take_snapshot(self, jitter: float) -> None:
        await asyncio.sleep(self.random.uniform(0, jitter))
        while self._socket is not None:
            try:
                self.view.take(await self.snapshot())
            except web.Lost:
                await asyncio.sleep(self.random.uniform(0.5, 1.5))
            else:
                return


def _word(operation: Operation) -> str:
    return "take-back" if operation.choice is None else WORDS[operation.choice]


def _frame(operation: Operation) -> dict[str, Any]:
    content: dict[str, Any] = {"statement": operation.statement}
    if operation.choice is not None:
        content["choice"] = WORDS[operation.choice]
    kind = "vote.take_back" if operation.choice is None else "vote"
    return {"type": kind, "id": str(operation.id), "content": content}
