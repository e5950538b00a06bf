"""A citizen's sitting, with JavaScript and without: pause, change, take back, say it once."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.browsers import OpenContext, take_picture
from tests.journeys.server import DemoServer

pytestmark = pytest.mark.browser

TOPIC = "/conversations/development-fund/"
PUMPS = "Broken filtration plants should be repaired before new ones are paid for."
# A sitting is many requests in a row: a busy machine gets its time.
expect.set_options(timeout=20_000)
PAUSE = "That was 10. Enough for today, or 10 more?"


@pytest.fixture(params=[True, False], ids=["scripts", "plain"])
def page(request: pytest.FixtureRequest, open_context: OpenContext) -> Page:
    return open_context(java_script_enabled=request.param).new_page()


@pytest.fixture(scope="module")
def pumps(demo_server: DemoServer, browser: Browser) -> str:
    """A conversation in which somebody has said one thing."""
    demo_server.run("manage.py", "open_conversation", "pumps", "What about the plants?")
    path = "/conversations/pumps/"
    context = browser.new_context(base_url=demo_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto(path)
    page.locator("textarea[name=text]").fill(PUMPS)
    page.get_by_role("button", name="Send my statement").click()
    expect(page.locator("[data-mine]")).to_contain_text(PUMPS)
    context.close()
    return path


def vote(page: Page, choice: str) -> None:
    page.locator(f"[data-vote] button[value={choice}]").click()


def test_ten_votes_are_a_sitting(page: Page):
    page.goto(TOPIC)
    for voted in range(1, 11):
        vote(page, "pass")
        expect(page.locator("[data-voted]")).to_have_text(str(voted))

    expect(page.get_by_role("heading", name=PAUSE)).to_be_visible()
    expect(page.locator("[data-text]")).to_be_hidden()
    take_picture(page, "sitting-pause")
    page.get_by_role("link", name="Some more").click()

    expect(page.get_by_role("heading", name=PAUSE)).to_be_hidden()
    expect(page.locator("[data-text]")).to_be_visible()
    vote(page, "pass")
    expect(page.locator("[data-voted]")).to_have_text("11")
    expect(page.get_by_role("heading", name=PAUSE)).to_be_hidden()


def test_keys_do_not_vote_during_the_pause(open_context: OpenContext):
    page = open_context().new_page()
    page.goto(TOPIC)
    for voted in range(1, 11):
        vote(page, "pass")
        expect(page.locator("[data-voted]")).to_have_text(str(voted))
    expect(page.get_by_role("heading", name=PAUSE)).to_be_focused()

    page.keyboard.press("1")
    page.wait_for_timeout(500)

    expect(page.locator("[data-voted]")).to_have_text("10")


def test_vote_is_changed_at_once(page: Page):
    page.goto(TOPIC)
    said = page.locator("[data-text]").inner_text()
    vote(page, "agree")
    expect(page.get_by_text("Counted: you agree.")).to_be_visible()

    page.get_by_role("link", name="Change this vote").click()

    expect(page.locator("[data-text]")).to_have_text(said)
    expect(page.locator("[data-vote] [aria-pressed=true]")).to_have_attribute("value", "agree")
    vote(page, "disagree")
    expect(page.get_by_text("Counted: you disagree.")).to_be_visible()
    expect(page.locator("[data-voted]")).to_have_text("1")
    page.get_by_role("link", name="My votes", exact=True).click()
    expect(page.get_by_role("heading", name="1 vote of mine")).to_be_visible()
    expect(page.locator("main li").first).to_contain_text(said)
    expect(page.locator("main li").first).to_contain_text("Disagree")


def test_vote_is_taken_back_at_once(page: Page):
    page.goto(TOPIC)
    vote(page, "agree")
    page.get_by_role("link", name="Change this vote").click()

    page.get_by_role("button", name="Take my vote back").click()

    expect(page.get_by_text("Your vote is taken back. It counts no more.")).to_be_visible()
    expect(page.locator("[data-voted]")).to_have_text("0")
    expect(page.locator("[aria-pressed=true]")).to_have_count(0)
    page.reload()
    expect(page.locator("[data-voted]")).to_have_text("0")


def test_vote_is_taken_back_from_the_list(page: Page):
    page.goto(TOPIC)
    vote(page, "agree")
    expect(page.locator("[data-voted]")).to_have_text("1")
    page.get_by_role("link", name="My votes", exact=True).click()

    page.get_by_role("button", name="Take back").click()

    expect(page.get_by_text("You have not voted here yet.")).to_be_visible()


def test_similar_statement_is_shown_before_mine_is_stored(page: Page, pumps: str):
    page.goto(pumps)
    mine = f"Repair the broken filtration plants before buying new ones, please, {id(page)}"
    page.locator("textarea").fill(mine)

    page.get_by_role("button", name="Send my statement").click()

    expect(page.get_by_role("heading", name="People already said something")).to_be_visible()
    expect(page.locator("[data-similar]")).to_contain_text(PUMPS)
    expect(page.locator("textarea")).to_have_value(mine)
    take_picture(page, "statement-similar")
    page.get_by_role("button", name="Send mine anyway").click()
    expect(page.locator("[data-mine] li").first).to_contain_text(mine)
    expect(page.locator("[data-similar]")).to_be_hidden()


def test_similar_statement_can_be_voted_on_instead(page: Page, pumps: str):
    page.goto(pumps)
    page.locator("textarea").fill("Repair broken filtration plants before you pay for new ones")
    page.get_by_role("button", name="Send my statement").click()

    page.locator("[data-similar] a", has_text=PUMPS).click()

    expect(page.locator("[data-text]")).to_have_text(PUMPS)
    vote(page, "agree")
    expect(page.get_by_text("Counted: you agree.")).to_be_visible()
