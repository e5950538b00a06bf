"""The conversation's scripts against a real server: keys, refusals, and a line that breaks."""

import json
import re
from collections.abc import Callable
from itertools import count

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from tests.journeys.browsers import OpenContext
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
    page.locator("textarea").fill(STATEMENTS[0].upper())

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

    writer.locator("textarea").fill("And a place to play.")
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
    page.locator("textarea").fill("A roof against the rain.")

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

    writer.locator("textarea").fill(words)
    writer.get_by_role("button", name="Send my statement").click()

    expect(page.locator("[data-newest] li").first).to_have_text(words)
    assert page.locator("[data-newest] :is(b, img), #vote :is(b, img)").count() == 0
