"""The conversation's scripts against a real server: a line that breaks, loses news, or ends."""

import json
import re
from collections.abc import Callable
from itertools import count
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from tests.frontend.live_room import (
    CONNECTED,
    LOST,
    enter,
    is_same_page,
    open_room,
    write,
)
from tests.journeys.browsers import OpenContext, take_picture
from tests.journeys.people import DEMO_PASSWORD, sign_in
from tests.journeys.server import DemoServer

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def room(demo_server: DemoServer, browser: Browser) -> str:
    """Each test brings new people."""
    return open_room(demo_server, browser, "bridge")


@pytest.fixture
def page(open_context: OpenContext) -> Page:
    return open_context().new_page()


def losing(answers_to: str, *, times: int) -> Callable[[WebSocketRoute], None]:
    """A line to the real server that breaks instead of bringing the first `times` answers."""
    left = times

    def route(line: WebSocketRoute) -> None:
        server = line.connect_to_server()
        asked: dict[str, str] = {}

        def to_server(message: str | bytes) -> None:
            frame = json.loads(message)
            asked[frame["id"]] = frame["type"]
            server.send(message)

        def to_page(message: str | bytes) -> None:
            nonlocal left
            kind = asked.get(json.loads(message).get("reply_to", ""))
            if kind == answers_to and left:
                left -= 1
                line.close()
                server.close()
            else:
                line.send(message)

        line.on_message(to_server)
        server.on_message(to_page)

    return route


def test_vote_whose_answer_was_lost_is_sent_again_and_counted_once(page: Page, room: str):
    page.route_web_socket(re.compile("/ws/"), losing("vote", times=1))
    enter(page, room)

    page.get_by_role("button", name="Agree", exact=False).first.click()

    expect(page.locator("#vote [data-said]")).to_contain_text("Counted: you agree.")
    expect(page.locator("[data-voted]")).to_have_text("1")
    assert is_same_page(page)
    page.reload()
    expect(page.locator("[data-voted]")).to_have_text("1")


def test_statement_whose_answer_was_lost_stays_in_the_box(page: Page, room: str):
    page.route_web_socket(re.compile("/ws/"), losing("statement.submit", times=1))
    enter(page, room)
    write(page, "A roof against the rain.")

    page.get_by_role("button", name="Send my statement").click()

    expect(page.locator("#write [data-said]")).to_contain_text("Your text is still here")
    expect(page.locator("textarea")).to_have_value("A roof against the rain.")


def test_page_without_a_live_line_says_so_and_votes_by_plain_requests(page: Page, room: str):
    page.route_web_socket(re.compile("/ws/"), lambda line: line.close())
    page.goto(room)
    expect(page.locator("[data-line]")).to_have_text(LOST)
    page.evaluate("window.isSamePage = true")

    page.get_by_role("button", name="Agree", exact=False).first.click()

    expect(page.locator("#vote [data-said]")).to_contain_text("Counted: you agree.")
    expect(page.locator("[data-voted]")).to_have_text("1")
    assert is_same_page(page)


def test_page_says_when_the_line_is_back(page: Page, room: str):
    broken = count()

    def breaks_twice(line: WebSocketRoute) -> None:
        if next(broken) < 2:
            line.close()
        else:
            line.connect_to_server()

    page.route_web_socket(re.compile("/ws/"), breaks_twice)
    page.goto(room)

    expect(page.locator("[data-line]")).to_have_text(CONNECTED)


def missing(*kinds: str) -> Callable[[WebSocketRoute], None]:
    """A line to the real server on which news of these kinds are lost."""

    def route(line: WebSocketRoute) -> None:
        server = line.connect_to_server()
        server.on_message(
            lambda message: None if json.loads(message)["type"] in kinds else line.send(message)
        )

    return route


def test_news_that_were_lost_are_fetched(page: Page, room: str, open_context: OpenContext):
    page.route_web_socket(re.compile("/ws/"), missing("statement.accepted"))
    enter(page, room)
    total = int(page.locator("[data-total]").inner_text())
    writer = open_context().new_page()
    enter(writer, room)
    words = "Swings for the small ones."
    write(writer, words)

    writer.get_by_role("button", name="Send my statement").click()

    # The next heartbeat tells; a whole room does not ask in the same moment.
    expect(page.locator("[data-newest] li").first).to_have_text(words, timeout=30_000)
    expect(page.locator("[data-total]")).to_have_text(str(total + 1))
    assert is_same_page(page)


def refusing(kind: str, *, without: str) -> Callable[[WebSocketRoute], None]:
    """A line to the real server on which frames of that kind are refused, and some news missing."""

    def route(line: WebSocketRoute) -> None:
        server = line.connect_to_server()

        def to_server(message: str | bytes) -> None:
            frame = json.loads(message)
            if frame["type"] == kind:
                content = {"code": "try_later", "message": "Try again later."}
                reply = {"type": "error", "reply_to": frame["id"], "content": content}
                line.send(json.dumps(reply))
            else:
                server.send(message)

        line.on_message(to_server)
        server.on_message(
            lambda message: None if json.loads(message)["type"] == without else line.send(message)
        )

    return route


def test_news_that_the_line_does_not_bring_are_fetched_over_plain_requests(
    page: Page, room: str, open_context: OpenContext
):
    page.route_web_socket(re.compile("/ws/"), refusing("sync", without="statement.accepted"))
    enter(page, room)
    writer = open_context().new_page()
    enter(writer, room)
    words = "A fence around the pond."
    write(writer, words)

    with page.expect_response(re.compile(r"/live\.json\?version=\d+$"), timeout=30_000):
        writer.get_by_role("button", name="Send my statement").click()

    expect(page.locator("[data-newest] li").first).to_have_text(words)
    assert is_same_page(page)


def test_line_that_has_fallen_silent_is_opened_anew(page: Page, room: str):
    opened: list[WebSocketRoute] = []

    def falls_silent(line: WebSocketRoute) -> None:
        opened.append(line)
        server = line.connect_to_server()
        if len(opened) == 1:
            server.on_message(lambda message: None)

    page.clock.install()
    page.route_web_socket(re.compile("/ws/"), falls_silent)
    enter(page, room)
    page.clock.fast_forward(24_000)
    page.wait_for_timeout(300)
    before = len(opened)

    page.clock.fast_forward(2_000)

    page.clock.run_for(3_000)
    expect(page.locator("[data-line]")).to_have_text(CONNECTED)
    assert (before, len(opened)) == (1, 2)


def test_page_fetches_what_it_missed_while_the_line_was_broken(
    page: Page, room: str, open_context: OpenContext
):
    lines: list[WebSocketRoute] = []

    def breakable(line: WebSocketRoute) -> None:
        if len(lines) == 1:
            # Broken until the other one has written.
            line.close()
        else:
            line.connect_to_server()
        lines.append(line)

    page.route_web_socket(re.compile("/ws/"), breakable)
    enter(page, room)
    writer = open_context().new_page()
    enter(writer, room)
    lines[0].close(code=1012)
    write(writer, "A clock on the tower.")
    writer.get_by_role("button", name="Send my statement").click()
    expect(writer.locator("[data-mine]")).to_contain_text("A clock on the tower.")

    expect(page.locator("[data-newest] li").first).to_have_text(
        "A clock on the tower.", timeout=20_000
    )
    expect(page.locator("[data-line]")).to_have_text(CONNECTED)
    assert is_same_page(page)


def test_room_that_is_not_there_is_not_asked_for_again(page: Page, room: str):
    opened: list[WebSocketRoute] = []

    def gone(line: WebSocketRoute) -> None:
        opened.append(line)
        line.close(code=4404)

    page.route_web_socket(re.compile("/ws/"), gone)
    page.goto(room)
    expect(page.locator("[data-line]")).to_have_text(LOST)
    page.evaluate("dispatchEvent(new Event('online'))")
    page.wait_for_timeout(3_000)

    assert len(opened) == 1


@pytest.mark.parametrize("code", [1008, 1012, 4408])
def test_line_that_the_server_closed_for_now_comes_back(page: Page, room: str, code: int):
    opened: list[WebSocketRoute] = []

    def once(line: WebSocketRoute) -> None:
        opened.append(line)
        if len(opened) == 1:
            line.close(code=code)
        else:
            line.connect_to_server()

    page.route_web_socket(re.compile("/ws/"), once)
    page.goto(room)

    expect(page.locator("[data-line]")).to_have_text(CONNECTED)
    assert len(opened) == 2


def test_statement_that_broke_the_line_is_not_sent_again(page: Page, room: str):
    """A frame over 16 KiB closes the socket; sent once more it would close the next one."""
    sent: list[str] = []

    def counted(line: WebSocketRoute) -> None:
        server = line.connect_to_server()

        def to_server(message: str | bytes) -> None:
            sent.append(str(message))
            server.send(message)

        line.on_message(to_server)

    page.route_web_socket(re.compile("/ws/"), counted)
    enter(page, room)
    page.locator("textarea").evaluate("box => box.removeAttribute('maxlength')")
    write(page, "long " * 4000)
    page.get_by_role("button", name="Send my statement").click()

    expect(page.locator("#write [data-said]")).to_contain_text("Your text is still here")
    expect(page.locator("[data-line]")).to_have_text(CONNECTED)
    page.wait_for_timeout(2_000)
    assert len([frame for frame in sent if len(frame) > 16 * 1024]) == 1
    assert page.locator("textarea").input_value().startswith("long long")


def test_vote_that_came_too_fast_waits_and_goes_again_by_itself(page: Page, room: str):
    """The line carries a flood before the vote, so that the real server refuses it."""
    answers: list[str] = []

    def flooded(line: WebSocketRoute) -> None:
        server = line.connect_to_server()

        def to_server(message: str | bytes) -> None:
            if json.loads(message)["type"] == "vote":
                for turn in range(45):
                    frame = {"type": "statement.next", "id": f"flood-{turn}", "content": {}}
                    server.send(json.dumps(frame))
            server.send(message)

        def to_page(message: str | bytes) -> None:
            frame = json.loads(message)
            if not str(frame.get("reply_to", "")).startswith("flood"):
                answers.append(frame.get("content", {}).get("code", ""))
                line.send(message)

        line.on_message(to_server)
        server.on_message(to_page)

    page.route_web_socket(re.compile("/ws/"), flooded)
    enter(page, room)

    page.locator("button[value=agree]").click()

    expect(page.locator("#vote [data-said]")).to_contain_text("Kept on this phone: you agree.")
    expect(page.locator("[data-sent]")).to_contain_text("1 vote that waited is counted now.")
    expect(page.locator("[data-waits]")).to_be_hidden()
    expect(page.locator("[data-voted]")).to_have_text("1")
    assert "too_fast" in answers


def told_to_come_again(opened: list[WebSocketRoute]) -> Callable[[WebSocketRoute], None]:
    """A line to the real server that swallows the first vote, and is asked to come back late."""

    def route(line: WebSocketRoute) -> None:
        opened.append(line)
        server = line.connect_to_server()

        def to_server(message: str | bytes) -> None:
            if len(opened) == 1 and json.loads(message)["type"] == "vote":
                line.send(json.dumps({"type": "reconnect", "content": {"within": 20}}))
            else:
                server.send(message)

        line.on_message(to_server)

    return route


def test_vote_in_flight_brings_nobody_back_before_their_turn(page: Page, room: str):
    """A server that leaves spreads its room out; a vote's answer over HTTP does not hurry it."""
    opened: list[WebSocketRoute] = []
    page.add_init_script("Math.random = () => 0.5")
    page.route_web_socket(re.compile("/ws/"), told_to_come_again(opened))
    enter(page, room)

    page.locator("button[value=agree]").click()

    expect(page.locator("#vote [data-said]")).to_contain_text("Counted: you agree.")
    page.wait_for_timeout(4_000)
    assert len(opened) == 1
    expect(page.locator("[data-line]")).to_have_text(CONNECTED, timeout=15_000)
    assert len(opened) == 2


PUT = """
(ballots) => new Promise((done) => {
  const opening = indexedDB.open("votes", 1);
  opening.onsuccess = () => {
    const kept = opening.result.transaction("ballots", "readwrite");
    for (const ballot of ballots) kept.objectStore("ballots").add(ballot);
    kept.oncomplete = () => {
      opening.result.close();
      done();
    };
  };
})
"""


def kept_before(path: str, **facts: str | int) -> dict[str, str | int]:
    """A vote of an earlier visit, as the phone keeps it."""
    vote = {"statement": 1, "choice": "agree", "text": "Benches for everyone.", "language": "en"}
    return {"id": str(uuid4()), "path": path, "reader": "", **vote, **facts}


def test_votes_of_a_conversation_that_is_gone_are_named_once_and_dropped(page: Page, room: str):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    enter(page, room)
    page.evaluate(PUT, [kept_before("/conversations/gone/")])

    page.reload()

    refused = page.locator("[data-refused]")
    expect(refused).to_contain_text("Benches for everyone.")
    expect(refused).to_contain_text("Agree")
    expect(refused).to_contain_text("The site cannot take it: its conversation is not there.")
    expect(page.locator("[data-waits]")).to_be_hidden()
    page.reload()
    expect(page.locator("[data-line]")).to_have_text(CONNECTED)
    page.wait_for_timeout(1_500)
    expect(refused).to_be_hidden()
    assert len([url for url in asked if "/conversations/gone/votes/" in url]) == 1


def test_vote_that_the_server_cannot_read_takes_no_other_with_it(page: Page, room: str):
    enter(page, room)
    spoilt = kept_before(room, text="Spoilt on the way.", choice="perhaps")
    page.evaluate(PUT, [kept_before(room), spoilt])

    page.reload()

    refused = page.locator("[data-refused]")
    expect(refused).to_contain_text("Spoilt on the way.")
    expect(refused).to_contain_text("The site cannot read it.")
    expect(refused.locator("li")).to_have_count(1)
    expect(page.locator("[data-sent]")).to_contain_text("1 vote that waited is counted now.")
    expect(page.locator("[data-waits]")).to_be_hidden()


def test_vote_that_waits_for_another_conversation_keeps_none_off_the_line(page: Page, room: str):
    other = "/conversations/elsewhere/"
    posted: list[str] = []
    page.on("request", lambda request: posted.append(f"{request.method} {request.url}"))
    page.route(f"**{other}votes/", lambda route: route.abort())
    enter(page, room)
    page.evaluate(PUT, [kept_before(other)])
    page.reload()
    expect(page.locator("[data-waits]")).to_contain_text("1 vote waits")
    expect(page.locator("[data-line]")).to_have_text(CONNECTED)

    page.locator("button[value=agree]").click()

    expect(page.locator("#vote [data-said]")).to_contain_text("Counted: you agree.")
    assert [line for line in posted if line.startswith("POST") and f"{room}votes/" in line] == []


def test_room_that_closes_says_so_in_place(
    page: Page, demo_server: DemoServer, open_context: OpenContext
):
    demo_server.run("manage.py", "open_conversation", "closing", "What closes?")
    path = "/conversations/closing/"
    enter(page, path)
    write(page, "The gate closes at night.")
    page.get_by_role("button", name="Send my statement").click()
    expect(page.locator("[data-mine]")).to_contain_text("The gate closes at night.")
    page.locator("textarea").fill("Something half written")
    page.locator("textarea").blur()

    demo_server.run("-c", CLOSE)

    panel = page.locator("[data-end=closed]")
    expect(panel).to_contain_text("This conversation is closed.", timeout=30_000)
    expect(page.locator("[data-voting], [data-finished]")).to_have_count(2)
    gone = "[data-voting], [data-finished], [data-write] button, [data-line], .vote__keys"
    for part in page.locator(gone).all():
        expect(part).to_be_hidden()
    expect(page.locator("textarea")).to_have_value("Something half written")
    assert is_same_page(page)
    take_picture(page, "closed-in-place")
    panel.get_by_role("link", name="What came of it").click()
    expect(page.get_by_role("heading", name="What came of it")).to_be_visible()


CLOSE = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django
django.setup()
from deliberate import conversations, models
conversations.close(models.Conversation.objects.get(slug="closing"))
"""


def test_page_whose_session_ended_says_so_and_stays_off_the_line(
    page: Page, demo_server: DemoServer, room: str
):
    page.goto(f"/accounts/login/?next={room}")
    sign_in(page, email="citizen@example.org", password=DEMO_PASSWORD)
    opened: list[str] = []
    page.on("websocket", lambda socket: opened.append(socket.url))
    enter(page, room)
    other = page.context.new_page()
    other.goto("/")
    before = len(opened)

    other.get_by_role("button", name="Sign out").click()

    panel = page.locator("[data-end=session]")
    expect(panel).to_contain_text("This page no longer knows who you are.", timeout=10_000)
    expect(page.locator("[data-voting]")).to_be_hidden()
    expect(page.get_by_role("button", name="Send my statement")).to_be_hidden()
    page.evaluate("dispatchEvent(new Event('online'))")
    page.wait_for_timeout(3_000)
    assert len(opened) == before
    assert is_same_page(page)
    take_picture(page, "session-ended")
    panel.get_by_role("link", name="Sign in").click()
    expect(page.locator("[name=login]")).to_be_visible()
