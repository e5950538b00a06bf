"""The conversation's scripts against a real server: keys, refusals, and a line that breaks."""

import json
import re
from collections.abc import Callable
from itertools import count

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from deliberate import statements
from tests.journeys.browsers import OpenContext, take_picture
from tests.journeys.people import DEMO_PASSWORD, sign_in
from tests.journeys.server import DemoServer

pytestmark = pytest.mark.browser

CONNECTED = "Connected: votes are counted at once."
LOST = "No live connection. You can go on voting: each vote is sent as soon as there is a line."
STATEMENTS = [
    "Benches should stand in the shade.",
    "The square needs a tap with clean water.",
    "Cars should stay out of the square on Fridays.",
    "The lamps should burn until midnight.",
]


@pytest.fixture(scope="module")
def room(demo_server: DemoServer, browser: Browser) -> str:
    """A conversation with four statements by somebody else; each test brings new people."""
    demo_server.run("manage.py", "open_conversation", "square", "What does the square need?")
    path = "/conversations/square/"
    context = browser.new_context(base_url=demo_server.url, java_script_enabled=False)
    page = context.new_page()
    for text in STATEMENTS:
        page.goto(path)
        page.locator("textarea[name=text]").fill(text)
        page.get_by_role("button", name="Send my statement").click()
    context.close()
    return path


@pytest.fixture
def page(open_context: OpenContext) -> Page:
    return open_context().new_page()


def enter(page: Page, path: str) -> None:
    page.goto(path)
    expect(page.locator("[data-line]")).to_have_text(CONNECTED)
    page.evaluate("window.isSamePage = true")


def is_same_page(page: Page) -> bool:
    return page.evaluate("window.isSamePage === true")


def write(page: Page, text: str) -> None:
    """Fill in the box; what helps to write comes when somebody begins to."""
    page.locator("textarea").fill(text)
    expect(page.locator("[data-write][data-live]")).to_be_attached()


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


@pytest.mark.parametrize(
    ("key", "said"), [("1", "you agree"), ("2", "you disagree"), ("3", "you pass")]
)
def test_number_key_votes(page: Page, room: str, key: str, said: str):
    enter(page, room)

    page.keyboard.press(key)

    expect(page.locator("#vote [data-said]")).to_contain_text(said)
    expect(page.locator("[data-voted]")).to_have_text("1")
    assert is_same_page(page)


def test_number_keys_can_be_switched_off_and_stay_off(page: Page, room: str):
    enter(page, room)
    page.locator(".vote__keys input").uncheck()

    page.reload()
    expect(page.locator("[data-line]")).to_have_text(CONNECTED)
    page.keyboard.press("1")
    page.wait_for_timeout(500)

    expect(page.locator("[data-voted]")).to_have_text("0")


def test_numbers_in_a_statement_are_no_votes(page: Page, room: str):
    enter(page, room)

    page.locator("textarea").focus()
    page.keyboard.type("12 benches for 3 streets")
    page.wait_for_timeout(500)

    expect(page.locator("[data-voted]")).to_have_text("0")
    expect(page.locator("textarea")).to_have_value("12 benches for 3 streets")


def test_keyboard_stays_where_it_was_after_a_vote(page: Page, room: str):
    enter(page, room)
    button = page.get_by_role("button", name="Disagree")
    button.focus()

    page.keyboard.press("Enter")

    expect(page.locator("[data-voted]")).to_have_text("1")
    expect(button).to_be_focused()


def test_refused_statement_stays_in_the_box_with_the_way_to_its_twin(page: Page, room: str):
    enter(page, room)
    write(page, STATEMENTS[0].upper())

    page.get_by_role("button", name="Send my statement").click()
    expect(page.locator("[data-similar]")).to_contain_text(STATEMENTS[0])
    page.get_by_role("button", name="Send mine anyway").click()

    expect(page.locator("#write [data-said]")).to_contain_text("Somebody has said exactly this")
    expect(page.locator("textarea")).to_have_value(STATEMENTS[0].upper())
    page.get_by_role("link", name="Vote on that statement").click()
    expect(page.locator("[data-text]")).to_have_text(STATEMENTS[0])


def test_counter_counts_what_is_left(page: Page, room: str):
    enter(page, room)

    page.locator("textarea").fill("Ten signs.")

    expect(page.locator("[data-counter]")).to_have_text("270 characters left")


@pytest.mark.parametrize(
    "text",
    [
        "  Two   words \n and\tone more ",
        "سایہ‌دار درخت لگائیں",
        "\u202eshown backwards\u202c and a \u200bgap \ufeff",
        "é é",
        "😀 one sign, two units",
        "۝ verse\u06dd \u0600 signs",
        "line\r\nbreaks\u2028of\u0085all\u00a0kinds",
    ],
)
def test_counter_counts_as_the_server_does(page: Page, room: str, text: str):
    enter(page, room)

    write(page, text)

    left = 280 - len(statements.tidy(text))
    expect(page.locator("[data-counter]")).to_have_text(f"{left} characters left")


def test_counter_says_what_is_too_long_in_urdu(open_context: OpenContext, room: str):
    page = open_context(locale="ur").new_page()
    page.goto(room)

    write(page, "ا" * 290)

    counter = page.locator("[data-counter]")
    expect(counter).to_contain_text("10")
    expect(counter).to_have_class(re.compile("field__error"))
    expect(page.locator("textarea")).to_have_css("direction", "rtl")


def test_help_for_writers_is_fetched_when_somebody_writes(page: Page, room: str):
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    enter(page, room)
    page.locator("button[value=agree]").click()
    expect(page.locator("[data-voted]")).to_have_text("1")
    before = [url for url in fetched if "/writing." in url]

    write(page, "A tap.")

    assert before == []
    assert len([url for url in fetched if "/writing." in url]) == 1


def test_last_statement_leads_to_the_end_and_a_new_one_back(
    page: Page, room: str, open_context: OpenContext
):
    enter(page, room)
    for voted in range(1, int(page.locator("[data-total]").inner_text()) + 1):
        page.get_by_role("button", name="Agree", exact=False).first.click()
        expect(page.locator("[data-voted]")).to_have_text(str(voted))
    expect(page.locator("[data-finished]")).to_be_visible()
    expect(page.locator("[data-voting]")).to_be_hidden()
    writer = open_context().new_page()
    enter(writer, room)

    write(writer, "And a place to play.")
    writer.get_by_role("button", name="Send my statement").click()

    expect(page.locator("[data-text]")).to_have_text("And a place to play.")
    expect(page.locator("[data-voting]")).to_be_visible()
    expect(page.locator("[data-remaining]")).to_have_text("1")


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


def test_words_of_others_are_never_markup(page: Page, room: str, open_context: OpenContext):
    enter(page, room)
    writer = open_context().new_page()
    enter(writer, room)
    words = "<b>Bold</b> <img src=x onerror=alert(1)> words"

    write(writer, words)
    writer.get_by_role("button", name="Send my statement").click()

    expect(page.locator("[data-newest] li").first).to_have_text(words)
    assert page.locator("[data-newest] :is(b, img), #vote :is(b, img)").count() == 0


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


@pytest.mark.parametrize("scripts", [True, False])
def test_promise_is_on_the_page(open_context: OpenContext, room: str, scripts: bool):
    page = open_context(java_script_enabled=scripts).new_page()
    page.goto(room)

    page.get_by_text("What “counted” means").click()

    promise = page.locator("details", has_text="What “counted” means").locator("p")
    expect(promise).to_contain_text(
        "If it says counted, it is stored. You can send again without counting twice."
    )
    expect(promise).to_contain_text(
        "After an outage this page repairs itself."
        if scripts
        else "After an outage, load this page again."
    )
