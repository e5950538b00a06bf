"""The conversation's scripts against a real server: keys, the writer's help, refusals."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from deliberate import statements
from tests.frontend.live_room import CONNECTED, STATEMENTS, enter, is_same_page, open_room, write
from tests.journeys.browsers import OpenContext
from tests.journeys.server import DemoServer

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def room(demo_server: DemoServer, browser: Browser) -> str:
    """Each test brings new people."""
    return open_room(demo_server, browser, "square")


@pytest.fixture
def page(open_context: OpenContext) -> Page:
    return open_context().new_page()


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


def test_words_of_others_are_never_markup(page: Page, room: str, open_context: OpenContext):
    enter(page, room)
    writer = open_context().new_page()
    enter(writer, room)
    words = "<b>Bold</b> <img src=x onerror=alert(1)> words"

    write(writer, words)
    writer.get_by_role("button", name="Send my statement").click()

    expect(page.locator("[data-newest] li").first).to_have_text(words)
    assert page.locator("[data-newest] :is(b, img), #vote :is(b, img)").count() == 0


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
