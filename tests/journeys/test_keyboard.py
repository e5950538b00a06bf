"""A citizen who uses no pointer: every task by keys alone, and what a screen reader hears."""

import itertools
import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.browsers import OpenContext
from tests.journeys.people import DEMO_PASSWORD, arrive
from tests.journeys.server import DemoServer

pytestmark = pytest.mark.browser

OPEN_PETITION = "A woman doctor at every Basic Health Unit, three days a week"
MOST_STOPS = 80
SLUG = "benches"
SAY_SOMETHING = f"""
from deliberate.models import Conversation
from tests import factories
topic = Conversation.objects.get(slug="{SLUG}")
factories.statement(conversation=topic, text="In front of the clinic.")
"""


@pytest.fixture(scope="module")
def topic(demo_server: DemoServer) -> str:
    """A conversation of these tests' own; the newest, so it stands on the front page."""
    demo_server.run("manage.py", "open_conversation", SLUG, "Where should benches stand?")
    demo_server.run("manage.py", "shell", "-v", "0", "-c", SAY_SOMETHING)
    return f"/conversations/{SLUG}/"


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until the focus is there, as somebody does who cannot point."""
    expect(wanted).to_be_visible()
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{MOST_STOPS} stops did not lead to {wanted}")


def type_into(page: Page, wanted: Locator, text: str) -> None:
    tab_to(page, wanted)
    page.keyboard.type(text)


@pytest.mark.parametrize("scripts", [True, False], ids=["live", "plain"])
def test_citizen_votes_by_tab_and_enter(open_context: OpenContext, topic: str, scripts: bool):
    page = open_context(java_script_enabled=scripts).new_page()
    page.goto("/")

    tab_to(page, page.locator(f".card__link[href='{topic}']"))
    page.keyboard.press("Enter")
    arrive(page, topic)
    tab_to(page, page.locator("button[value=disagree]"))
    page.keyboard.press("Enter")

    expect(page.locator("#vote [data-said]")).to_contain_text("Counted: you disagree.")


def test_keys_one_two_three_vote_and_can_be_switched_off(open_context: OpenContext):
    page = open_context().new_page()
    page.goto("/conversations/development-fund/")
    expect(page.locator("[data-line]")).to_be_visible()

    page.keyboard.press("2")
    expect(page.locator("#vote [data-said]")).to_contain_text("Counted: you disagree.")
    voted = page.locator("[data-voted]").inner_text()
    tab_to(page, page.locator(".vote__keys input"))
    page.keyboard.press("Space")
    page.keyboard.press("1")
    page.wait_for_timeout(500)

    expect(page.locator("[data-voted]")).to_have_text(voted)


def test_citizen_writes_a_statement_by_keys(open_context: OpenContext, topic: str):
    page = open_context().new_page()
    page.goto(topic)
    expect(page.locator("[data-line]")).to_be_visible()

    type_into(page, page.locator("[data-write] textarea"), "In the shade of the old trees.")
    tab_to(page, page.get_by_role("button", name="Send my statement"))
    page.keyboard.press("Enter")

    expect(page.locator("[data-mine]")).to_contain_text("In the shade of the old trees.")


def test_citizen_signs_a_petition_by_keys(open_context: OpenContext):
    page = open_context().new_page()
    page.goto("/accounts/login/?next=/petitions/")
    type_into(page, page.locator("[name=login]"), "citizen2@example.org")
    type_into(page, page.locator("[name=password]"), DEMO_PASSWORD)
    page.keyboard.press("Enter")
    arrive(page, "/petitions/")

    tab_to(page, page.get_by_role("link", name=OPEN_PETITION))
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/petitions/\d+/$"))
    tab_to(page, page.get_by_role("button", name="Sign this petition"))
    page.keyboard.press("Enter")

    expect(page.get_by_text("You have signed this petition.")).to_be_visible()


def test_skip_link_is_the_first_stop_and_leads_to_the_content(open_context: OpenContext):
    page = open_context().new_page()
    page.goto("/petitions/")

    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the content")
    page.keyboard.press("Enter")

    expect(page.locator("#main")).to_be_focused()


def test_screen_reader_hears_what_to_do(open_context: OpenContext):
    page = open_context().new_page()
    page.goto("/conversations/development-fund/")

    expect(page.locator("#vote")).to_match_aria_snapshot(
        """
        - region "Vote":
          - form:
            - button "Agree"
            - button "Disagree"
            - button "Pass"
          - progressbar /This sitting/
        """
    )


def test_screen_reader_hears_that_a_vote_is_counted_and_nothing_else(open_context: OpenContext):
    page = open_context().new_page()
    page.goto("/conversations/development-fund/")
    expect(page.locator("[data-line]")).to_be_visible()
    page.evaluate(
        """() => {
            window.heard = [];
            const regions = document.querySelectorAll('[role=status], [role=alert], [aria-live]');
            for (const region of regions)
                new MutationObserver(() => window.heard.push(region.innerText.trim()))
                    .observe(region, {childList: true, characterData: true, subtree: true});
        }"""
    )

    page.keyboard.press("1")
    expect(page.locator("#vote [data-said]")).to_contain_text("Counted: you agree.")
    page.wait_for_timeout(2500)

    heard = [said for said in page.evaluate("window.heard") if said]
    assert heard, "the vote was told"
    assert all("Counted" in said for said in heard), f"chatter: {heard}"


def test_screen_reader_walks_from_home_to_the_map(open_context: OpenContext):
    page = open_context().new_page()
    page.goto("/")
    expect(page.locator("body")).to_match_aria_snapshot(
        """
        - link "Skip to the content"
        - banner:
          - navigation "Main"
        - main:
          - heading "Say what you think. See what we agree on." [level=1]
        - contentinfo
        """
    )

    page.goto("/conversations/development-fund/map/")
    levels = page.evaluate(
        "[...document.querySelectorAll('main :is(h1,h2,h3,h4)')].map(e => +e.tagName[1])"
    )

    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
