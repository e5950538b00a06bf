"""Votes without a line: kept on the phone, sent when it is back, counted once each."""

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.browsers import OpenContext, take_picture
from tests.journeys.people import DEMO_PASSWORD, sign_in
from tests.journeys.server import ROOT, DemoServer, free_port, running, wait_for

pytestmark = pytest.mark.browser

PATH = "/conversations/offline/"
CONNECTED = "Connected: votes are counted at once."
STATEMENTS = 8
# What is on disk: every change of every vote in the conversation, and the votes as they stand.
COUNT = """
import json, os
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django
django.setup()
from deliberate.models import Vote, VoteChange
of = {"statement__conversation__slug": "offline"}
print(json.dumps({
    "votes": list(Vote.objects.filter(**of, statement__is_seed=True)
        .order_by("statement__number").values_list("statement__number", "choice")),
    "changes": VoteChange.objects.filter(**of, statement__is_seed=True).count(),
}))
"""
MAKE = f"""
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django
django.setup()
from deliberate.models import Conversation, Statement
from deliberate.statements import fold
topic = Conversation.objects.get(slug="offline")
for number in range({STATEMENTS}):
    text = f"Statement {{number}} for a phone without a line."
    Statement.objects.create(
        conversation=topic, number=number, text=text, folded=fold(text), language="en",
        state="accepted", is_seed=True,
    )
topic.next_statement_number = {STATEMENTS}
topic.save()
"""


class Server:
    """A web process of this test's own on the demo's database, to be killed and started again."""

    def __init__(self, demo: DemoServer) -> None:
        port = free_port()
        self.url = f"http://localhost:{port}"
        environment = dict(demo.environment) | {"BACKGROUND_IN_WEB": "0", "SITE_URL": self.url}
        self.demo = replace(demo, url=self.url, environment=environment)
        self.command = [str(ROOT / "scripts" / "serve"), "127.0.0.1", str(port)]
        self.log = demo.mail_folder.parent / "offline.log"
        self.context: Any = None

    def start(self) -> None:
        self.context = running(self.demo, self.command, log=self.log)
        self.process = self.context.__enter__()
        wait_for(self.process, url=f"{self.url}/healthz", log=self.log)

    def kill(self) -> None:
        """As the power goes: without a word to anybody."""
        self.process.kill()
        self.process.wait()

    def leave(self) -> None:
        """As it is told to end: it asks those it serves to come again."""
        self.process.terminate()
        self.process.wait(timeout=60)

    def stop(self) -> None:
        self.context.__exit__(None, None, None)


@pytest.fixture(scope="module")
def web(demo_server: DemoServer) -> Iterator[Server]:
    demo_server.run("manage.py", "open_conversation", "offline", "A line that comes and goes")
    demo_server.run("-c", MAKE)
    server = Server(demo_server)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def count(demo_server: DemoServer) -> Callable[[], dict[str, Any]]:
    def on_disk() -> dict[str, Any]:
        return json.loads(demo_server.run("-c", COUNT))

    return on_disk


@pytest.fixture
def phone(open_context: OpenContext, web: Server) -> BrowserContext:
    return open_context(base_url=web.url)


def until(page: Page, promise: str) -> None:
    """Wait for a promise of the page's to be kept with a yes (`wait_for_function` awaits none)."""
    end = time.monotonic() + 20
    while not page.evaluate(promise):
        assert time.monotonic() < end, promise
        page.wait_for_timeout(200)


def enter(page: Page) -> None:
    """Open the conversation, and wait until the phone has what it needs without a line."""
    page.goto(PATH)
    expect(page.locator("[data-line]")).to_have_text(CONNECTED)
    for path in (PATH, f"{PATH}statements.json"):
        until(page, f"caches.match('{path}', {{ignoreVary: true}}).then(Boolean)")


def vote(page: Page, choice: str) -> None:
    before = page.locator("[data-text]").inner_text()
    page.locator(f"button[value={choice}]").click()
    expect(page.locator("[data-text]")).not_to_have_text(before, timeout=15_000)


def waiting(page: Page) -> str:
    return page.locator("[data-waits]").inner_text()


def test_five_votes_without_a_line_are_stored_once_each(
    phone: BrowserContext, web: Server, count: Callable[[], dict[str, Any]]
):
    before = count()
    page = phone.new_page()
    enter(page)
    phone.set_offline(True)
    web.kill()

    for turn in range(3):
        vote(page, "agree" if turn % 2 else "disagree")
    expect(page.locator("[data-waits]")).to_contain_text("3 votes wait on this phone")
    take_picture(page, "offline-waiting")
    page.reload()
    expect(page.locator("[data-waits]")).to_contain_text("3 votes wait on this phone")
    for _ in range(2):
        vote(page, "pass")
    expect(page.locator("[data-waits]")).to_contain_text("5 votes wait on this phone")
    without_line = count()
    web.start()
    phone.set_offline(False)
    expect(page.locator("[data-sent]")).to_contain_text(
        "5 votes that waited are counted now.", timeout=60_000
    )
    stored = count()
    page.reload()
    expect(page.locator("[data-line]")).to_have_text(CONNECTED)

    assert without_line == before
    assert len(stored["votes"]) - len(before["votes"]) == 5
    assert stored["changes"] - before["changes"] == 5
    assert count() == stored
    assert waiting(page) == ""
    expect(page.locator("[data-voted]")).to_have_text("5")


def test_answer_that_is_lost_is_asked_for_again_and_doubles_nothing(
    phone: BrowserContext, count: Callable[[], dict[str, Any]]
):
    """The worst moment: the server has counted, and the line breaks before it says so."""
    before = count()
    page = phone.new_page()
    page.route_web_socket("**/ws/**", lambda line: line.close())
    page.goto(PATH)
    page.wait_for_timeout(500)
    lost: list[str] = []

    def lose_the_first(route: Any) -> None:
        if len(lost) < 2:
            lost.append(route.request.post_data)
            route.fetch()
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route(f"**{PATH}votes/", lose_the_first)
    page.locator("button[value=agree]").click()
    expect(page.locator("[data-waits]")).to_contain_text("1 vote waits")
    expect(page.locator("[data-waits]")).to_be_hidden(timeout=30_000)

    assert len(lost) == 2
    assert lost[0] == lost[1]
    after = count()
    assert len(after["votes"]) - len(before["votes"]) == 1
    assert after["changes"] - before["changes"] == 1


def test_page_that_the_phone_has_not_read_says_that_there_is_no_line(phone: BrowserContext):
    page = phone.new_page()
    enter(page)
    phone.set_offline(True)

    page.goto("/petitions/")

    expect(page.get_by_role("heading", name="There is no line just now")).to_be_visible()
    take_picture(page, "offline-page")


def test_page_that_the_phone_has_read_opens_without_a_line(phone: BrowserContext):
    page = phone.new_page()
    enter(page)
    page.goto("/record/")
    phone.set_offline(True)

    page.goto("/record/")

    expect(page.get_by_role("heading", level=1)).to_have_text("Public record")


def test_personal_pages_are_not_kept(phone: BrowserContext):
    page = phone.new_page()
    enter(page)
    page.goto("/accounts/login/")

    kept = page.evaluate(
        "caches.open('pages').then(pages => pages.keys())"
        ".then(keys => keys.map(key => new URL(key.url).pathname))"
    )

    assert PATH in kept
    assert [path for path in kept if path.startswith(("/accounts/", "/device/"))] == []


def test_shared_phone_forgets_what_waits(phone: BrowserContext):
    page = phone.new_page()
    enter(page)
    phone.set_offline(True)
    vote(page, "agree")
    expect(page.locator("[data-waits]")).to_contain_text("1 vote waits")
    page.route_web_socket("**/ws/**", lambda line: line.close())
    page.goto("about:blank")
    phone.set_offline(False)

    page.goto("/device/")
    page.get_by_role("button", name="This is a shared phone").click()

    expect(page.get_by_text("nothing is kept on it from now on")).to_be_visible()
    until(
        page,
        "Promise.all([caches.keys(), indexedDB.databases(),"
        " navigator.serviceWorker.getRegistrations()])"
        ".then(found => found.every(part => part.length === 0))",
    )


def test_vote_is_taken_back_without_a_line(
    phone: BrowserContext, count: Callable[[], dict[str, Any]]
):
    before = count()
    page = phone.new_page()
    enter(page)
    vote(page, "agree")
    expect(page.locator("#vote [data-said]")).to_contain_text("Counted: you agree.")
    phone.set_offline(True)

    page.get_by_role("link", name="Change this vote").click()
    page.get_by_role("button", name="Take my vote back").click()

    expect(page.locator("#vote [data-said]")).to_have_text(
        "Kept on this phone: your vote is to be taken back."
    )
    expect(page.locator("[data-waits]")).to_contain_text("1 vote waits on this phone")
    expect(page.locator("[data-voted]")).to_have_text("0")
    expect(page.locator("[data-vote] [aria-pressed=true]")).to_have_count(0)
    take_picture(page, "offline-taken-back")
    phone.set_offline(False)
    expect(page.locator("[data-waits]")).to_be_hidden(timeout=30_000)
    expect(page.locator("[data-voted]")).to_have_text("0")
    after = count()
    assert after["votes"] == before["votes"]
    assert after["changes"] - before["changes"] == 2


def test_server_that_leaves_is_come_back_to_and_nothing_is_lost(
    phone: BrowserContext, web: Server, count: Callable[[], dict[str, Any]]
):
    before = count()
    page = phone.new_page()
    frames: list[str] = []
    page.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda frame: frames.append(str(frame))),
    )
    enter(page)
    vote(page, "agree")

    web.leave()
    vote(page, "agree")
    web.start()
    vote(page, "pass")

    expect(page.locator("[data-waits]")).to_be_hidden(timeout=60_000)
    expect(page.locator("[data-line]")).to_have_text(CONNECTED, timeout=60_000)
    expect(page.locator("[data-voted]")).to_have_text("3")
    assert [frame for frame in frames if "reconnect" in frame]
    after = count()
    assert len(after["votes"]) - len(before["votes"]) == 3
    assert after["changes"] - before["changes"] == 3


def vote_without_a_line(page: Page) -> None:
    """Sign in as a citizen and vote while neither the socket nor a request gets through."""
    page.goto(f"/accounts/login/?next={PATH}")
    sign_in(page, email="citizen@example.org", password=DEMO_PASSWORD)
    enter(page)
    page.route_web_socket("**/ws/**", lambda line: line.close())
    page.route(f"**{PATH}votes/", lambda route: route.abort())
    page.reload()
    vote(page, "agree")
    expect(page.locator("[data-waits]")).to_contain_text("1 vote waits")


def end_session(page: Page, server: DemoServer) -> None:
    """As it ends by itself, without a word to the phone."""
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    server.run("-c", END_SESSION.format(key=cookies["sessionid"]))


def press_sign_out(page: Page) -> None:
    page.get_by_role("banner").get_by_role("button", name="Sign out").click()


@pytest.mark.parametrize(
    ("path", "button"),
    [(PATH, "Sign out"), ("/", "Sign out"), ("/accounts/sessions/", "Sign out here")],
)
def test_whoever_signs_out_with_votes_that_wait_is_warned_first(
    phone: BrowserContext, path: str, button: str
):
    page = phone.new_page()
    vote_without_a_line(page)
    page.goto(path)

    page.get_by_role("button", name=button, exact=True).click()

    page.wait_for_url("**/accounts/logout/")
    expect(page.get_by_role("heading", name="Do you want to sign out?")).to_be_visible()
    expect(page.get_by_text("lost when you sign out")).to_be_visible()
    expect(page.locator("[data-waits]")).to_contain_text("1 vote waits on this phone")
    assert len(page.evaluate(OWNERS_OF_KEPT)) == 1
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
    assert page.evaluate(OWNERS_OF_KEPT) == []
    page.goto(PATH)
    page.wait_for_timeout(1_000)
    assert waiting(page) == ""


def test_votes_that_wait_are_sent_from_the_page_that_warns(
    phone: BrowserContext, count: Callable[[], dict[str, Any]]
):
    page = phone.new_page()
    vote_without_a_line(page)
    before = count()
    page.goto("/")
    page.unroute(f"**{PATH}votes/")

    press_sign_out(page)

    expect(page.locator("[data-sent]")).to_contain_text("1 vote that waited is counted now.")
    assert count()["changes"] - before["changes"] == 1


def test_sign_out_without_a_line_loses_nothing(
    phone: BrowserContext, count: Callable[[], dict[str, Any]]
):
    page = phone.new_page()
    vote_without_a_line(page)
    before = count()
    phone.set_offline(True)

    press_sign_out(page)

    page.wait_for_timeout(2_000)
    phone.set_offline(False)
    page.unroute(f"**{PATH}votes/")
    page.goto(PATH)
    expect(page.get_by_role("banner").get_by_role("button", name="Sign out")).to_be_visible()
    expect(page.locator("[data-waits]")).to_be_hidden(timeout=30_000)
    assert count()["changes"] - before["changes"] == 1


def test_sign_out_that_the_server_refuses_loses_nothing(phone: BrowserContext):
    page = phone.new_page()
    vote_without_a_line(page)
    page.goto("/accounts/logout/")
    refused: list[str] = []

    def refuse(route: Any) -> None:
        if route.request.method == "POST":
            refused.append(route.request.url)
            route.fulfill(status=503, body="Try again later.")
        else:
            route.continue_()

    page.route("**/accounts/logout/", refuse)
    page.get_by_role("main").get_by_role("button", name="Sign out").click()

    expect(page.get_by_text("Try again later.")).to_be_visible()
    assert refused
    page.goto("/")
    assert len(page.evaluate(OWNERS_OF_KEPT)) == 1


def test_whoever_signs_in_and_out_on_it_leaves_the_votes_of_others(
    phone: BrowserContext, demo_server: DemoServer, count: Callable[[], dict[str, Any]]
):
    page = phone.new_page()
    vote_without_a_line(page)
    before = count()
    page.goto("about:blank")
    end_session(page, demo_server)
    page.goto("/accounts/login/")
    sign_in(page, email="clerk@example.org", password=DEMO_PASSWORD)
    page.goto(PATH)

    press_sign_out(page)

    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
    page.unroute(f"**{PATH}votes/")
    page.goto(f"/accounts/login/?next={PATH}")
    sign_in(page, email="citizen@example.org", password=DEMO_PASSWORD)
    expect(page.locator("[data-sent]")).to_contain_text("1 vote that waited is counted now.")
    assert count()["changes"] - before["changes"] == 1


def test_sign_out_removes_what_was_counted_too(phone: BrowserContext):
    page = phone.new_page()
    page.goto(f"/accounts/login/?next={PATH}")
    sign_in(page, email="citizen@example.org", password=DEMO_PASSWORD)
    enter(page)
    vote(page, "pass")
    assert len(page.evaluate(OWNERS_OF_ROWS)) > 0

    press_sign_out(page)

    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
    expect(page.get_by_text("You have signed out")).to_be_visible()
    assert page.evaluate(OWNERS_OF_ROWS) == []


def test_sign_out_on_a_shared_phone_keeps_nothing_of_anybody(phone: BrowserContext):
    """By the page's script too: only a secure origin may ask the browser for it."""
    page = phone.new_page()
    page.goto(PATH)
    page.route_web_socket("**/ws/**", lambda line: line.close())
    page.route(f"**{PATH}votes/", lambda route: route.abort())
    address = re.compile("/(device|accounts/logout)/$")
    page.route(address, without_clear_site_data)
    page.goto("/device/")
    page.get_by_role("button", name="This is a shared phone").click()
    page.goto(PATH)
    vote(page, "agree")
    assert page.evaluate(OWNERS_OF_ROWS) == [""]
    page.goto("/accounts/login/")
    sign_in(page, email="citizen@example.org", password=DEMO_PASSWORD)

    press_sign_out(page)

    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
    until(page, "indexedDB.databases().then(found => found.length === 0)")


def without_clear_site_data(route: Any) -> None:
    answer = route.fetch(max_redirects=0)
    headers = {name: value for name, value in answer.headers.items() if name != "clear-site-data"}
    route.fulfill(response=answer, headers=headers)


# Whose ballots the phone has; it makes no store where there is none.
OWNERS_OF_ROWS = """
new Promise((give) => {
  const opening = indexedDB.open("votes", 1);
  opening.onupgradeneeded = () => opening.transaction.abort();
  opening.onerror = () => give([]);
  opening.onsuccess = () => {
    const all = opening.result.transaction("ballots").objectStore("ballots").getAll();
    all.onsuccess = () => {
      opening.result.close();
      give(all.result.filter(WANTED).map(({ reader }) => reader));
    };
  };
})
""".replace("WANTED", "() => true")
OWNERS_OF_KEPT = OWNERS_OF_ROWS.replace("() => true", "({ done, reader }) => !done && reader")


def test_votes_of_one_account_are_not_sent_for_another(
    phone: BrowserContext, demo_server: DemoServer, count: Callable[[], dict[str, Any]]
):
    """A session that ends by itself leaves the votes where they are, for whoever cast them."""
    before = count()
    page = phone.new_page()
    page.goto(f"/accounts/login/?next={PATH}")
    sign_in(page, email="citizen@example.org", password=DEMO_PASSWORD)
    enter(page)
    phone.set_offline(True)
    # Until the page has heard of it, a vote would still go by the open line.
    expect(page.locator("[data-line]")).not_to_have_text(CONNECTED)
    vote(page, "disagree")
    expect(page.locator("[data-waits]")).to_contain_text("1 vote waits")
    page.goto("about:blank")
    end_session(page, demo_server)
    phone.set_offline(False)

    page.goto(PATH)
    expect(page.locator("[data-line]")).to_have_text(CONNECTED)
    page.wait_for_timeout(2_000)
    as_nobody = count()
    expect(page.locator("[data-waits]")).to_be_hidden()
    page.goto(f"/accounts/login/?next={PATH}")
    sign_in(page, email="citizen@example.org", password=DEMO_PASSWORD)

    expect(page.locator("[data-sent]")).to_contain_text("1 vote that waited is counted now.")
    assert as_nobody == before
    assert count()["changes"] - before["changes"] == 1


END_SESSION = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django
django.setup()
from django.contrib.sessions.models import Session
assert Session.objects.filter(pk="{key}").delete()[0]
"""


def test_votes_that_came_too_late_are_named_with_the_reason(
    open_context: OpenContext, demo_server: DemoServer, web: Server
):
    """Last in the file: it closes the conversation."""
    phone = open_context(base_url=web.url)
    page = phone.new_page()
    enter(page)
    phone.set_offline(True)
    words = page.locator("[data-text]").inner_text()
    vote(page, "agree")
    expect(page.locator("[data-waits]")).to_contain_text("1 vote waits")
    demo_server.run(
        "-c",
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings'\n"
        "import django; django.setup()\n"
        "from deliberate import conversations, models\n"
        "conversations.close(models.Conversation.objects.get(slug='offline'))",
    )

    phone.set_offline(False)

    refused = page.locator("[data-refused]")
    expect(refused).to_contain_text("These votes waited on this phone and were not counted:")
    expect(refused).to_contain_text(words)
    expect(refused).to_contain_text("This conversation is closed.")
    assert waiting(page) == ""
    take_picture(page, "offline-refused")
