"""The documents of the live room's protocol say what the code does: all of it, and nothing else.

The AsyncAPI document was held against AsyncAPI's own JSON Schema of version 3.0.0 by hand; no
package that can be installed here brings it, so what of it matters is asserted below.
"""

import ast
import asyncio
import inspect
import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Timer
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest
import yaml
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from channels.testing import WebsocketCommunicator
from django.conf import settings as site
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from config import serving
from config.asgi import application
from deliberate import (
    announcements,
    api_table,
    conversations,
    errors,
    frames,
    hub,
    live_socket,
    participants,
    statements,
)
from deliberate.models import Conversation, Statement
from tests import factories
from tests.journeys.server import ROOT, DemoServer

PAGE = (ROOT / "docs" / "live-protocol.md").read_text()
DOCUMENT: dict[str, Any] = yaml.safe_load((ROOT / "docs/live-protocol.asyncapi.yaml").read_text())
COMPONENTS: dict[str, Any] = DOCUMENT["components"]
MESSAGES: dict[str, Any] = COMPONENTS["messages"]
CHANNEL: dict[str, Any] = DOCUMENT["channels"]["room"]
ASKED = set(frames.READERS)
EVENTS = {str(event) for event in frames.Event}
ANSWERS = {f"{kind}.ok" for kind in ASKED} | {"error"}
# What is refused to offices and operators, who do not use the socket for it.
OF_OFFICES = {
    errors.ConversationOpen.code,
    errors.IllegalStatementChange.code,
    errors.StaleVersion.code,
    errors.TranslationRefused.code,
}


def mistakes(frame: object, schema: dict[str, Any]) -> list[str]:
    """Where a frame is not what the schema says."""
    validator = Draft202012Validator({**schema, "components": COMPONENTS})
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(frame)]


def message_of(frame: dict[str, Any], *, asked: str = "") -> str:
    """The name of the message that a frame is; `asked` is the type of what it answers."""
    return f"{asked}.ok" if frame["type"] == "ok" else str(frame["type"])


def every_part(part: object) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield part
        for inner in part.values():
            yield from every_part(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from every_part(inner)


def resolve(ref: str) -> Any:
    found: Any = DOCUMENT
    for name in ref.removeprefix("#/").split("/"):
        found = found[name]
    return found


def table(heading: str) -> list[str]:
    """The first cells of the table under that heading cell."""
    rows = re.split(rf"^\| {heading} \|.*$", PAGE, flags=re.MULTILINE)[1].strip().splitlines()
    cells = []
    for row in rows[1:]:
        if not row.startswith("|"):
            break
        cells.append(row.split("|")[1].strip())
    return cells


def subclasses(cls: type) -> Iterator[type]:
    yield cls
    for sub in cls.__subclasses__():
        yield from subclasses(sub)


# Nothing is left out, nothing is made up


def test_messages_are_those_that_the_code_reads_and_sends() -> None:
    assert set(MESSAGES) == ASKED | ANSWERS | EVENTS
    assert set(CHANNEL["messages"]) == set(MESSAGES)
    for name, message in MESSAGES.items():
        assert message["name"] == ("ok" if name.endswith(".ok") else name)
        assert message["payload"]["properties"]["type"]["const"] == message["name"]


def test_page_has_a_section_for_every_frame() -> None:
    assert sorted(re.findall(r"^### `([\w.]+)`$", PAGE, re.MULTILINE)) == sorted(ASKED | EVENTS)


def test_operations_are_every_question_with_its_answers_and_every_event() -> None:
    operations = DOCUMENT["operations"]
    received = {name for name, one in operations.items() if one["action"] == "receive"}
    sent = [
        ref["$ref"].split("/")[-1]
        for one in operations.values()
        if one["action"] == "send"
        for ref in one["messages"]
    ]

    assert received == ASKED
    assert sorted(sent) == sorted(EVENTS)
    for name in received:
        inside = "#/channels/room/messages/"
        replies = [ref["$ref"] for ref in operations[name]["reply"]["messages"]]
        assert operations[name]["messages"] == [{"$ref": inside + name}]
        assert replies == [f"{inside}{name}.ok", f"{inside}error"]


def test_error_codes_are_those_of_the_code() -> None:
    codes = {
        cls.code
        for cls in subclasses(errors.DeliberateError)
        if issubclass(cls, errors.DeliberateError)
        and cls.__module__.startswith("deliberate.")
        and cls.__module__ != api_table.__name__
    }
    on_page = re.findall(r"`(\w+)`", " ".join(table("code")))

    assert set(COMPONENTS["schemas"]["errorCode"]["enum"]) == codes - OF_OFFICES
    assert sorted(on_page) == sorted(codes - OF_OFFICES)


def test_close_codes_are_those_of_the_code() -> None:
    codes = {int(code) for code in frames.Close}

    assert set(CHANNEL["x-close-codes"]) == codes
    assert [int(code) for code in table("close code")] == sorted(codes)


def test_nothing_closes_a_socket_with_another_code() -> None:
    source = "\n".join(
        path.read_text()
        for folder in ("config", "deliberate")
        for path in (ROOT / folder).glob("*.py")
    )
    numbers = {int(code) for code in re.findall(r'"websocket\.close", "code": (\d+)', source)}
    restart = {int(code) for code in re.findall(r"SERVICE_RESTART: Final = (\d+)", source)}

    assert numbers | restart <= {int(code) for code in frames.Close}
    assert re.findall(r"(?:\.end\(|_closing = )(\d+)", source) == []


def told_in(module: ModuleType, **places: int) -> list[object]:
    """What kinds of frame a module names where it calls those functions, in that place.

    Where the place holds a variable, the kind was named by whoever called before.
    """
    found: list[object] = []
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if not isinstance(node, ast.Call):
            continue
        place = places.get(getattr(node.func, "attr", getattr(node.func, "id", "")))
        kind = node.args[place] if place is not None and len(node.args) > place else None
        if isinstance(kind, ast.Constant | ast.Attribute) or (
            isinstance(kind, ast.Name) and kind.id.isupper()
        ):
            found.append(eval(ast.unparse(kind), vars(module)))
    return found


def test_every_announcement_is_an_event_that_is_named() -> None:
    announced = told_in(announcements, _announce=1)

    assert len(announced) >= 5
    assert {str(kind) for kind in announced} <= EVENTS


@pytest.mark.parametrize("module", [hub, live_socket])
def test_every_frame_that_is_made_has_a_kind_that_is_named(module: ModuleType) -> None:
    made = told_in(module, encode=0, encoded=0, offer=0)

    assert [kind for kind in made if not isinstance(kind, frames.Event | frames.Reply)] == []


# The document is AsyncAPI 3


def test_document_has_the_parts_of_asyncapi() -> None:
    refs = [part["$ref"] for part in every_part(DOCUMENT) if "$ref" in part]

    assert DOCUMENT["asyncapi"] == "3.0.0"
    assert set(DOCUMENT) <= {
        "asyncapi",
        "id",
        "info",
        "servers",
        "defaultContentType",
        "channels",
        "operations",
        "components",
    }
    assert {"title", "version"} <= set(DOCUMENT["info"])
    assert [ref for ref in refs if not resolve(ref)] == []
    assert set(re.findall(r"\{(\w+)\}", CHANNEL["address"])) == set(CHANNEL["parameters"])
    for server in DOCUMENT["servers"].values():
        assert {"host", "protocol"} <= set(server)
    for operation in DOCUMENT["operations"].values():
        assert operation["action"] in {"send", "receive"}
        assert operation["channel"] == {"$ref": "#/channels/room"}
        assert operation["summary"]
    for names in COMPONENTS.values():
        assert all(re.fullmatch(r"[\w.-]+", name) for name in names)


def test_document_uses_every_schema_that_it_has() -> None:
    used = {part["$ref"].split("/")[-1] for part in every_part(DOCUMENT) if "$ref" in part}

    # The snapshot is fetched over HTTP.
    assert set(COMPONENTS["schemas"]) - used == {"snapshot"}


@pytest.mark.parametrize("name", sorted(COMPONENTS["schemas"]))
def test_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(COMPONENTS["schemas"][name])


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_message_says_exactly_what_is_in_it(name: str) -> None:
    payload = MESSAGES[name]["payload"]
    objects = [part for part in every_part(payload) if part.get("type") == "object"]

    Draft202012Validator.check_schema(payload)
    assert objects
    assert [part for part in objects if part.get("additionalProperties") is not False] == []
    answers = name in ANSWERS
    asked = "#/components/correlationIds/" + ("answered" if answers else "asked")
    assert MESSAGES[name].get("correlationId") == (None if name in EVENTS else {"$ref": asked})


# The examples are right


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_example_in_the_document_fits_its_schema(name: str) -> None:
    examples = [example["payload"] for example in MESSAGES[name]["examples"]]

    assert examples
    assert [mistakes(example, MESSAGES[name]["payload"]) for example in examples] == [
        [] for _ in examples
    ]


def examples_of_page() -> list[tuple[str, dict[str, Any]]]:
    found, section = [], ""
    for heading, block in re.findall(
        r"^#{2,3} `?([\w.]+)[^\n]*$|^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL
    ):
        section = heading or section
        if block:
            found.append((section, json.loads(block)))
    return found


def test_page_has_an_example_of_every_message() -> None:
    shown = [
        message_of(frame, asked=section) for section, frame in examples_of_page() if "type" in frame
    ]

    assert set(shown) == set(MESSAGES)


@pytest.mark.parametrize(("section", "frame"), examples_of_page())
def test_example_on_the_page_fits_its_schema(section: str, frame: dict[str, Any]) -> None:
    if "type" not in frame:
        schema = {"$ref": "#/components/schemas/snapshot"}
    else:
        schema = MESSAGES[message_of(frame, asked=section)]["payload"]

    assert mistakes(frame, schema) == []


@pytest.mark.parametrize("name", sorted(ASKED))
def test_example_of_a_question_is_understood(name: str) -> None:
    for example in MESSAGES[name]["examples"]:
        assert frames.parse(json.dumps(example["payload"]))


# The schemas and the parser agree

numbers = st.integers() | st.sampled_from([0, -1, 2**31 - 1, 2**31, 2**53 - 1, 2**53])
leaves = (
    st.none()
    | st.booleans()
    | numbers
    | st.text(max_size=70)
    | st.sampled_from(["agree", "pass", "disagree"])
)
contents = st.dictionaries(
    st.sampled_from(["statement", "choice", "text", "votes_version"]), leaves, max_size=3
)
questions = st.fixed_dictionaries(
    {"type": st.sampled_from([*sorted(ASKED), "other"])},
    optional={
        "id": leaves | st.lists(leaves),
        "content": contents | leaves,
        "other": leaves,
    },
)
EXAMPLES = [
    message["examples"][0]["payload"] for name, message in MESSAGES.items() if name in ASKED
]


@st.composite
def nearly_right(draw: st.DrawFn) -> dict[str, Any]:
    frame: dict[str, Any] = json.loads(json.dumps(draw(st.sampled_from(EXAMPLES))))
    part = draw(st.sampled_from([frame, frame["content"]]))
    if part:
        part[draw(st.sampled_from(sorted(part)))] = draw(leaves)
    return frame


@given(questions | nearly_right())
def test_schema_takes_what_the_parser_takes(frame: dict[str, Any]) -> None:
    try:
        frames.parse(json.dumps(frame))
    except frames.MalformedFrame:
        is_understood = False
    else:
        is_understood = True

    message = MESSAGES.get(frame["type"], {"payload": False})
    fits = message["payload"] is not False and not mistakes(frame, message["payload"])

    assert fits == is_understood


# What a running socket sends


class Watcher(WebsocketCommunicator):  # type: ignore[misc]
    """A browser that holds everything it hears against the document."""

    def __init__(self, conversation: Conversation, session: str) -> None:
        headers = [
            (b"host", b"localhost"),
            (b"origin", b"http://localhost"),
            (b"cookie", f"{site.SESSION_COOKIE_NAME}={session}".encode()),
        ]
        super().__init__(application, f"/ws/conversations/{conversation.slug}/", headers=headers)
        self.seen: set[str] = set()
        self.last: dict[str, dict[str, Any]] = {}

    async def receive_output(self, timeout: float = 1) -> Any:
        # Channels' own keeps connections to the database open while it waits.
        return await ApplicationCommunicator.receive_output(self, timeout)

    async def hear(self, *, asked: str = "") -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(await self.receive_from(timeout=20))
        name = message_of(frame, asked=asked)
        assert mistakes(frame, MESSAGES[name]["payload"]) == []
        self.seen.add(name)
        self.last[name] = frame
        return frame

    async def ask(self, kind: str, **content: Any) -> dict[str, Any]:
        frame_id = str(uuid4())
        await self.send_to(text_data=json.dumps({"type": kind, "id": frame_id, "content": content}))
        async with asyncio.timeout(30):
            while True:
                frame = await self.hear(asked=kind)
                if frame.get("reply_to") == frame_id:
                    return frame

    async def hear_of(self, kind: str) -> dict[str, Any]:
        async with asyncio.timeout(30):
            while kind not in self.last:
                await self.hear()
        return self.last[kind]


def new_session() -> str:
    session = SessionStore()
    participants.remember_browser(session)
    session.create()
    return str(session.session_key)


@asynccontextmanager
async def watching(conversation: Conversation) -> AsyncIterator[Watcher]:
    watcher = Watcher(conversation, await sync_to_async(new_session)())
    connected, _code = await watcher.connect()
    assert connected
    try:
        yield watcher
    finally:
        await watcher.disconnect()


def reject(statement: Statement) -> None:
    statements.reject(
        statement_id=statement.pk, version=statement.version, reason="advert", explanation=""
    )


def move_counts_and_map(conversation: Conversation) -> None:
    with transaction.atomic():
        announcements.tally_moved(
            conversation_id=conversation.pk, votes=7, participants=6, version=3
        )
        announcements.map_updated(conversation_id=conversation.pk, version=3)


@pytest.mark.django_db(transaction=True)
async def test_frames_of_a_running_socket_are_as_documented() -> None:
    database = sync_to_async
    conversation = await database(factories.conversation)()
    first, second = [
        await database(factories.statement)(conversation=conversation) for _ in range(2)
    ]

    async with watching(conversation) as watcher:
        vote = await watcher.ask("vote", statement=first.number, choice="agree")
        await watcher.ask("vote.take_back", statement=first.number)
        said = await watcher.ask("statement.submit", text="Mend the broken pumps first.")
        twin = await watcher.ask("statement.submit", text="Mend the broken pumps FIRST!")
        alike = await watcher.ask("statement.similar", text="Mend broken pumps first, please")
        await watcher.ask("statement.next")
        await watcher.ask("sync", votes_version=0)
        unknown = await watcher.ask("vote", statement=999, choice="agree")
        watcher.last.clear()
        await watcher.send_to(text_data="[")
        nameless = await watcher.hear_of("error")
        await database(reject)(second)
        await watcher.hear_of("statement.removed")
        await database(move_counts_and_map)(conversation)
        await watcher.hear_of("tally")
        await watcher.hear_of("map.updated")
        room = next(iter(hub.here().rooms.values()))
        room.beat()
        await watcher.hear_of("heartbeat")
        await database(conversations.close)(conversation)
        await watcher.hear_of("conversation.changed")
        # Last, for in its second whatever else happens is not told singly either.
        for number in range(3 * hub.SINGLY):
            room.hear(frames.Event.STATEMENT_REMOVED, {"id": number, "version": room.version})
        await watcher.hear_of("room.changed")
        await hub.here().farewell(7)
        await watcher.hear_of("reconnect")

    assert vote["content"]["next"]["id"] == second.number
    assert twin["content"]["twin"] == said["content"]["id"]
    assert alike["content"]["similar"]
    assert unknown["content"]["code"] == "statement_unavailable"
    assert "reply_to" not in nameless
    assert watcher.seen == ANSWERS | EVENTS


@pytest.mark.django_db
def test_snapshot_is_as_documented(client: Client) -> None:
    statement = factories.statement()
    path = f"/conversations/{statement.conversation.slug}/live.json"

    snapshot = client.get(path).json()

    assert mistakes(snapshot, {"$ref": "#/components/schemas/snapshot"}) == []
    assert [row["id"] for row in snapshot["newest"]] == [statement.number]


def test_limits_on_the_page_are_those_of_the_code() -> None:
    said = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", PAGE, re.MULTILINE))

    def numbers_of(row: str) -> list[int]:
        return [int(number) for number in re.findall(r"\d+", said[row])]

    assert numbers_of("a frame")[0] * 1024 == frames.LARGEST
    assert numbers_of("an id") == [frames.LONGEST_ID]
    assert numbers_of("frames of one socket") == [
        site.LIVE_FRAMES_A_SECOND,
        live_socket.BURST,
        live_socket.WARNINGS,
        frames.Close.FLOODED,
    ]
    assert numbers_of("frames of every kind, pings and pieces of messages too") == [
        2 * site.LIVE_FRAMES_A_SECOND,
        serving.FRAMES_AT_ONCE,
    ]
    assert numbers_of("pieces of one message") == [serving.MOST_PIECES]
    assert numbers_of("frames that wait for their answers") == [live_socket.MOST_IN_HAND]
    assert numbers_of("statements of one person") == [statements.STATEMENTS_AN_HOUR]
    assert numbers_of("other events") == [hub.SINGLY, hub.SINGLE_FRAMES]
    assert numbers_of("what waits for a slow reader") == [
        live_socket.MOST_BACKLOG // 1024,
        live_socket.SLOW_FOR,
        frames.Close.TOO_SLOW,
    ]


@pytest.mark.browser
def test_first_client_votes_on_a_running_site(demo_server: DemoServer, tmp_path: Path) -> None:
    (source,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    script = tmp_path / "client.py"
    script.write_text(source)
    with urllib.request.urlopen(f"{demo_server.url}/api/v1/conversations/?show=open") as answer:
        rows = json.load(answer)["items"]
    slug = next(row["slug"] for row in rows if row["rules"]["participation"] == "anyone")

    with subprocess.Popen(
        [sys.executable, str(script), demo_server.url, slug], stdout=subprocess.PIPE, text=True
    ) as client:
        assert client.stdout is not None
        # A client that hears nothing is ended, and what it did not print is no JSON.
        patience = Timer(60, client.kill)
        patience.start()
        heard = [json.loads(client.stdout.readline()) for _ in range(2)]
        patience.cancel()
        client.terminate()

    assert [message_of(frame) for frame in heard] == [".ok", ".ok"]
    assert mistakes(heard[0], MESSAGES["statement.next.ok"]["payload"]) == []
    assert mistakes(heard[1], MESSAGES["vote.ok"]["payload"]) == []
