"""Whatever a person leaves turns up only where it belongs: not in a log, a metric, a mail, Redis.

One real server, with Redis where there is one. People sign up, vote, write, sign, report and are
moderated, each with words that nobody else uses; then everything that leaves the database is
searched for these words, as they are and as they are encoded on the way.
"""

import base64
import html
import json
import re
import shutil
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import redis
from websockets.sync.client import connect

from tests.accounts.signing_in import CODE
from tests.config import site_process
from tests.config.site_process import Site
from tests.journeys.server import free_port
from tests.services import redis_server

ADDRESS = "203.0.113.77"

OPEN_MORE = """
import django
django.setup()
from tests import factories
from tests.petitions import making
strict = factories.conversation(slug="strict", moderation="strict", data_policy="aggregate")
factories.statement(conversation=strict, text="Plant more trees.")
making.council(threshold=50)
"""
# What an office does: the number is read from the standard input, as at a counter.
AT_THE_DESK = """
import django, io, sys
django.setup()
from django.core.management import call_command
from accounts.models import User
from deliberate.models import Statement
from moderation import decisions
from tests import factories
email, name, number, rejected = sys.argv[1:]
User.objects.filter(email=email).update(display_name=name)
sys.stdin = io.StringIO(number)
call_command("prove_identity", email)
statement = Statement.objects.get(text=rejected)
decisions.decide(
    statement_id=statement.pk, action="reject", version=0, moderator=factories.moderator(),
    reason="personal", explanation="It names a private person.",
)
"""


@dataclass(frozen=True)
class Canary:
    """Words that stand for one kind of data, and the sinks in which they may turn up."""

    words: str
    allowed: frozenset[str] = frozenset()
    # Where they must turn up, or the search would find nothing anywhere.
    expected: frozenset[str] = frozenset()


def forms_of(words: str) -> list[bytes]:
    """The words as they may stand in a file, a page, an address or a packed message."""
    plain = words.encode()
    # The middle of a text in base64, wherever in it the text begins.
    packed = [base64.b64encode(b"x" * shift + plain)[4:-4] for shift in range(3)]
    return [
        plain,
        html.escape(words).encode(),
        quote(words).encode(),
        urlencode({"": words}).encode()[1:],
        json.dumps(words)[1:-1].encode(),
        plain.hex().encode(),
        *packed,
    ]


def leaks(sinks: Mapping[str, bytes], words: str) -> set[str]:
    """The sinks in which the words stand in one form or another."""
    forms = [form.lower() for form in forms_of(words) if len(form) >= 6]
    return {name for name, held in sinks.items() if any(form in held.lower() for form in forms)}


class Browser:
    """One person's browser behind a proxy that tells the server their address."""

    def __init__(self, port: int) -> None:
        self.root = f"http://127.0.0.1:{port}"
        self.port = port
        self.jar = CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def cookie(self, name: str) -> str:
        return next((one.value or "" for one in self.jar if one.name == name), "")

    def get(self, path: str) -> tuple[int, str, str]:
        """Status, last address and body."""
        return self._open(urllib.request.Request(self.root + path))

    def post(self, path: str, **form: str) -> tuple[int, str, str]:
        """Send a form as its page would."""
        _status, _url, page = self.get(path)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
        fields = {**hidden, **form, "csrfmiddlewaretoken": token[1] if token else ""}
        request = urllib.request.Request(self.root + path, data=urlencode(fields).encode())
        request.add_header("Origin", self.root)
        return self._open(request)

    def say(self, slug: str, kind: str, **content: Any) -> dict[str, Any]:
        """Send one frame over a socket; the answer."""
        address = f"ws://127.0.0.1:{self.port}/ws/conversations/{slug}/"
        headers = {
            "Cookie": f"sessionid={self.cookie('sessionid')}",
            "X-Forwarded-For": ADDRESS,
        }
        name = str(uuid.uuid4())
        with connect(address, origin=self.root, additional_headers=headers) as socket:  # type: ignore[arg-type]
            socket.send(json.dumps({"type": kind, "id": name, "content": content}))
            while True:
                told: dict[str, Any] = json.loads(socket.recv(timeout=10))
                if told.get("reply_to") == name:
                    return told

    def _open(self, request: urllib.request.Request) -> tuple[int, str, str]:
        request.add_header("X-Forwarded-For", ADDRESS)
        try:
            with self.opener.open(request, timeout=20) as answer:
                return answer.status, answer.url, answer.read().decode(errors="replace")
        except urllib.error.HTTPError as refused:
            return refused.code, refused.url, refused.read().decode(errors="replace")


@dataclass
class Overheard:
    """Every command that Redis was sent, byte for byte, and what it held in the end."""

    url: str
    heard: list[bytes] = field(default_factory=list)

    def listen(self) -> None:
        # It may be silent for long, and by default the client would hang up.
        client = redis.Redis.from_url(self.url, socket_timeout=None)
        with client.monitor() as monitor:
            connection = monitor.connection
            while True:
                try:
                    line = connection.read_response(disable_decoding=True)
                except (redis.RedisError, OSError):
                    return
                # A command's bytes come quoted, what is not a letter as \xNN.
                self.heard.append(
                    line.decode("latin-1").encode().decode("unicode_escape").encode("latin-1")
                )

    def all(self) -> bytes:
        client = redis.Redis.from_url(self.url)
        held = [key + b" " + (client.dump(key) or b"") for key in client.keys("*")]
        return b"\n".join([*self.heard, *held])


@dataclass(frozen=True)
class World:
    """What was left behind: everything outside of the database, and the database's own file."""

    sinks: dict[str, bytes]
    canaries: dict[str, Canary]


def newest_code(mails: Path, email: str) -> str:
    letters = sorted(mails.glob("*.log"), key=lambda path: path.stat().st_mtime)
    for letter in reversed(letters):
        text = letter.read_text()
        if email in text and (found := CODE.findall(text.split("\n\n", 1)[1])):
            return str(found[0])
    raise AssertionError(f"no code was mailed to {email}")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The journeys, once, and everything that they left behind."""
    folder = tmp_path_factory.mktemp("canary")
    mails = folder / "mails"
    mark = uuid.uuid4().hex[:10]
    with ExitStack() as stack:
        more = {}
        overheard = None
        if shutil.which("redis-server"):
            url = stack.enter_context(redis_server.server(Path("/tmp") / f"canary-{mark}"))
            more["REDIS_URL"] = url
            overheard = Overheard(url)
            threading.Thread(target=overheard.listen, daemon=True).start()
        metrics = free_port()
        site = site_process.make(
            folder,
            EMAIL_URL=f"file:{mails}",
            TRUSTED_PROXY_COUNT="1",
            METRICS_PORT=str(metrics),
            BACKGROUND_IN_WEB="1",
            **more,
        )
        site.run("-c", OPEN_MORE)
        port = stack.enter_context(site.web())
        canaries = journeys(site, port, mails, mark)
        public = pages(port)
        sinks = {
            "pages": b"\n".join(body for name, body in public.items() if "/export/" not in name),
            "exports": b"\n".join(body for name, body in public.items() if "/export/" in name),
            "metrics": site_process.answer(f"http://127.0.0.1:{metrics}/metrics").body.encode(),
            "mail": b"\n".join(path.read_bytes() for path in mails.glob("*.log")),
            "redis": overheard.all() if overheard else b"",
        }
    sinks["log"] = (folder / f"{port}.log").read_bytes()
    sinks["database"] = b"\n".join(path.read_bytes() for path in folder.glob("site.sqlite3*"))
    return World(sinks, canaries)


def journeys(site: Site, port: int, mails: Path, mark: str) -> dict[str, Canary]:
    """Sign up, vote, speak, sign, report, be verified and be moderated."""
    email = f"canary-{mark}@example.org"
    name = f"Zubaida {mark}"
    number = f"35202-{int(mark, 16) % 10**7:07d}-1"
    shown = f"The pump of {mark} is dry."
    waiting = f"My neighbour {mark} cheats."
    rejected = f"That clerk {mark} steals."
    draft = f"Nobody knows yet of {mark}"
    complaint = f"It hurts the widow {mark}."
    browser = Browser(port)

    status, url, page = browser.post("/accounts/signup/", email=email)
    path = url.removeprefix(browser.root)
    assert (status, path) == (200, "/accounts/login/code/confirm/"), page
    browser.post(path, code=newest_code(mails, email))
    assert browser.post("/conversations/water/", statement="0", choice="agree")[0] == 200
    assert browser.say("water", "vote", statement=1, choice="disagree")["type"] == "ok"
    assert browser.say("water", "statement.submit", text=shown)["type"] == "ok"
    assert browser.say("strict", "statement.submit", text=waiting)["type"] == "ok"
    assert browser.say("strict", "statement.submit", text=rejected)["type"] == "ok"
    assert browser.say("water", "vote", statement=99, choice="agree")["type"] == "error"
    report = "/moderation/report/water/1/"
    assert browser.post(report, reason="insult", explanation=complaint)[0] == 200
    written = browser.post(
        "/petitions/new/",
        council="1",
        title=draft,
        text=f"{draft}. It is long enough to be one.",
        language="en",
        step="save",
    )
    assert (written[0], written[1]) == (200, f"{browser.root}/petitions/1/"), written[2]
    browser.get(f"/search/?q={quote(draft)}")
    browser.get(f"/nothing/{mark}/")
    browser.post("/accounts/login/", login=email, password=f"wrong {mark}")
    site.run("-c", AT_THE_DESK, email, name, f"{number}\n", rejected)
    session = browser.cookie("sessionid")
    wait_for(lambda: sum(email in path.read_text() for path in mails.glob("*.log")) >= 2)
    shown_in = frozenset({"pages", "exports", "database"})
    return {
        "e-mail address": Canary(email, frozenset({"mail", "database"}), frozenset({"mail"})),
        "name": Canary(name, frozenset({"database"}), frozenset({"database"})),
        "identity number": Canary(number),
        "identity number without dashes": Canary(number.replace("-", "")),
        "network address": Canary(ADDRESS),
        "session key": Canary(session, frozenset({"database"}), frozenset({"database"})),
        "public statement": Canary(shown, shown_in, shown_in),
        "waiting statement": Canary(waiting, frozenset({"database"}), frozenset({"database"})),
        "rejected statement": Canary(rejected, frozenset({"database"}), frozenset({"database"})),
        "draft of a petition": Canary(draft, frozenset({"database"}), frozenset({"database"})),
        "reporter's words": Canary(complaint, frozenset({"database"}), frozenset({"database"})),
        "typed password": Canary(f"wrong {mark}"),
    }


def pages(port: int) -> dict[str, bytes]:
    """Everything that somebody without an account can read."""
    stranger = Browser(port)
    names = ["summary", "comments", "votes", "participants-votes"]
    paths = [
        "/",
        "/petitions/",
        "/record/",
        "/moderation/log/",
        "/search/?q=pump",
        "/places/",
        *(
            f"/conversations/{slug}/{part}"
            for slug in ("water", "strict")
            for part in (
                "",
                "map/",
                "map.json",
                "report/",
                "live.json",
                "my-votes/",
                *(f"export/{name}.csv" for name in names),
            )
        ),
        *(f"/petitions/{number}/" for number in (1, 2)),
        *(f"/api/v1/conversations/{slug}/statements/" for slug in ("water", "strict")),
        "/api/v1/conversations/",
        "/api/v1/petitions/",
    ]
    found = {}
    for path in paths:
        _status, _url, body = stranger.get(path)
        found[path] = body.encode()
    return found


def wait_for(is_done: Any, *, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not is_done():
        if time.monotonic() > end:
            return
        time.sleep(0.1)


KINDS = [
    "e-mail address",
    "name",
    "identity number",
    "identity number without dashes",
    "network address",
    "session key",
    "public statement",
    "waiting statement",
    "rejected statement",
    "draft of a petition",
    "reporter's words",
    "typed password",
]


@pytest.mark.parametrize("kind", KINDS)
def test_words_turn_up_only_where_they_may(world: World, kind: str) -> None:
    canary = world.canaries[kind]

    found = leaks(world.sinks, canary.words)

    assert found <= canary.allowed
    assert found >= canary.expected


def test_every_kind_is_searched_for(world: World) -> None:
    assert world.canaries.keys() == set(KINDS)
    assert all(world.sinks[name] for name in ("pages", "exports", "metrics", "mail", "log"))
    if shutil.which("redis-server"):
        # What the room was told went through it, unreadable.
        assert b"PUBLISH" in world.sinks["redis"].upper()


@pytest.mark.parametrize(
    "leak",
    [
        "user {} failed",
        '{{"email": "{}"}}',
        "/search/?q={}",
        "<td>{}</td>",
    ],
)
def test_search_finds_what_is_planted(world: World, leak: str) -> None:
    for kind, canary in world.canaries.items():
        for shape in (canary.words, quote(canary.words), html.escape(canary.words)):
            planted = {**world.sinks, "log": world.sinks["log"] + leak.format(shape).encode()}

            assert "log" in leaks(planted, canary.words), kind


def test_search_finds_what_is_packed(world: World) -> None:
    for canary in world.canaries.values():
        for shift in range(3):
            packed = base64.b64encode(b"a" * (5 + shift) + canary.words.encode() + b" and more")

            assert leaks({"redis": packed}, canary.words) == {"redis"}
