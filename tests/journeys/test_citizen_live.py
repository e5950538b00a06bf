"""A citizen on a phone, with JavaScript: votes and statements without a page load."""

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.browsers import OpenContext, take_picture
from tests.journeys.server import DemoServer

pytestmark = pytest.mark.browser

TOPIC_ON_HOME = ".card__link[href='/conversations/development-fund/']"


@pytest.fixture(scope="module")
def topic(demo_server: DemoServer) -> str:
    """A conversation of these tests' own, as an operator opens it."""
    demo_server.run(
        "manage.py",
        "open_conversation",
        "shade",
        "Where do we need more shade?",
        "--data-policy=open",
    )
    return "/conversations/shade/"


def enter(page: Page, path: str) -> Page:
    """Open the room and wait until its line is there; a page load would lose the mark."""
    page.goto(path)
    expect(page.locator("[data-line]")).to_have_text("Connected: votes are counted at once.")
    page.evaluate("window.isSamePage = true")
    return page


def is_same_page(page: Page) -> bool:
    return page.evaluate("window.isSamePage === true")


def write(page: Page, text: str) -> None:
    page.locator("[data-write] textarea").fill(text)
    # What helps to write comes when somebody begins to.
    expect(page.locator("[data-write][data-live]")).to_be_attached()
    page.get_by_role("button", name="Send my statement").click()


@pytest.mark.smoke
def test_citizen_finds_votes_and_goes_on_without_a_page_load(open_context: OpenContext):
    page = open_context().new_page()
    page.goto("/")
    take_picture(page, "home")
    page.locator(TOPIC_ON_HOME).click()
    expect(page.locator("[data-line]")).to_have_text("Connected: votes are counted at once.")
    page.evaluate("window.isSamePage = true")
    text = page.locator("[data-text]")
    first = text.inner_text()
    left = int(page.locator("[data-remaining]").inner_text())
    take_picture(page, "conversation")

    page.get_by_role("button", name="Agree", exact=False).first.click()

    expect(page.locator("#vote [data-said]")).to_contain_text("Counted: you agree.")
    expect(text).not_to_have_text(first)
    expect(page.locator("[data-remaining]")).to_have_text(str(left - 1))
    assert is_same_page(page)
    take_picture(page, "conversation-voted")


def test_vote_is_still_there_after_a_reload(open_context: OpenContext, topic: str):
    page = enter(open_context().new_page(), topic)
    write(page, "At the bus stop of the hospital.")
    expect(page.locator("[data-mine] li")).to_have_count(1)
    voted = int(page.locator("[data-voted]").inner_text())

    page.reload()

    expect(page.locator("[data-voted]")).to_have_text(str(voted))
    expect(page.locator("[data-mine]")).to_contain_text("At the bus stop of the hospital.")


@pytest.mark.smoke
def test_second_browser_sees_a_statement_within_two_seconds(open_context: OpenContext, topic: str):
    writer = enter(open_context().new_page(), topic)
    reader = enter(open_context().new_page(), topic)
    words = "Along the way to the girls' school."

    write(writer, words)
    expect(writer.locator("[data-write] [data-said]")).to_have_text(
        "Your statement is in the conversation, with your own vote."
    )
    started = time.monotonic()
    expect(reader.locator("[data-newest]")).to_contain_text(words, timeout=2000)

    assert time.monotonic() - started < 2
    assert is_same_page(writer)
    assert is_same_page(reader)
    take_picture(writer, "statement-written")


@pytest.mark.smoke
def test_second_browser_sees_the_new_map_within_five_seconds(
    open_context: OpenContext, shared_data: Path
):
    assert (shared_data / "vtaiwan.uberx").is_dir()
    path = "/conversations/vtaiwan-uberx/"
    voter = enter(open_context().new_page(), path)
    watcher = open_context().new_page()
    enter(watcher, path)

    # One vote of thousands need not change a word of the summary: that it is fetched is the sign.
    with watcher.expect_response(re.compile("/map/summary/"), timeout=5000) as fetched:
        voter.get_by_role("button", name="Disagree", exact=False).first.click()
        expect(voter.locator("#vote [data-said]")).to_contain_text("Counted")

    assert fetched.value.ok
    assert is_same_page(watcher)
    take_picture(watcher, "map-summary-large")


def test_map_page_shows_groups_in_words_and_as_a_picture(open_context: OpenContext):
    page = open_context().new_page()
    page.goto("/")
    page.locator(TOPIC_ON_HOME).click()

    page.get_by_role("link", name=re.compile("The whole map")).click()

    expect(page.get_by_role("heading", name="What unites everyone")).to_be_visible()
    page.locator(".picture").scroll_into_view_if_needed()
    picture = page.locator("svg.map-picture")
    expect(picture).to_be_visible()
    assert picture.locator("a[href*='statement=']").count() > 3
    expect(page.locator("main table").first).to_be_attached()
    take_picture(page, "map")
