"""The same citizen where JavaScript is off: the same acts, by forms."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.browsers import OpenContext, take_picture
from tests.journeys.server import DemoServer

pytestmark = pytest.mark.browser

TOPIC_ON_HOME = ".card__link[href='/conversations/development-fund/']"


@pytest.fixture(scope="module")
def topic(demo_server: DemoServer) -> str:
    demo_server.run("manage.py", "open_conversation", "wells", "Where should new wells be dug?")
    return "/conversations/wells/"


@pytest.fixture
def page(open_context: OpenContext) -> Page:
    return open_context(java_script_enabled=False).new_page()


def write(page: Page, text: str) -> None:
    page.locator("textarea[name=text]").fill(text)
    page.get_by_role("button", name="Send my statement").click()


def test_plain_citizen_finds_a_conversation_and_votes(page: Page):
    page.goto("/")
    page.locator(TOPIC_ON_HOME).click()
    first = page.locator("[data-text]").inner_text()
    left = int(page.locator("[data-remaining]").inner_text())

    page.get_by_role("button", name="Agree", exact=False).first.click()

    expect(page.locator("[data-remaining]")).to_have_text(str(left - 1))
    expect(page.locator("[data-text]")).not_to_have_text(first)
    expect(page.locator("#vote [role=status]").first).to_be_visible()
    take_picture(page, "plain-voted")


def test_plain_citizen_writes_a_statement_that_counts_as_their_vote(page: Page, topic: str):
    page.goto(topic)

    write(page, "Beside the old mill.")

    expect(page.locator("[data-mine]")).to_contain_text("Beside the old mill.")
    expect(page.locator("[data-voted]")).to_have_text(page.locator("[data-total]").inner_text())
    take_picture(page, "plain-statement")


def test_plain_statement_that_is_refused_comes_back_with_the_reason(page: Page, topic: str):
    page.goto(topic)
    words = "far too long " * 40

    write(page, words)

    expect(page.locator("textarea[name=text]")).to_have_value(words)
    expect(page.locator("#write")).to_contain_text(re.compile("280"))
    take_picture(page, "plain-refused")


def test_plain_citizen_reads_the_map(page: Page):
    page.goto("/")
    page.locator(TOPIC_ON_HOME).click()

    page.get_by_role("link", name=re.compile("The whole map")).click()

    expect(page.get_by_role("heading", name="What unites everyone")).to_be_visible()
    assert page.locator("main table tbody tr").count() >= 5
    take_picture(page, "plain-map")


def test_plain_citizen_reads_urdu_from_right_to_left(page: Page):
    page.goto("/")
    page.get_by_role("link", name="Language").click()
    page.get_by_role("link", name="اردو").click()

    expect(page).to_have_url("/")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    take_picture(page, "home-urdu")
    page.locator(TOPIC_ON_HOME).click()
    expect(page.locator("html")).to_have_attribute("lang", "ur")
    take_picture(page, "conversation-urdu")
