"""The opinion map in a browser: by keyboard alone, without scripts, back in time, and on paper."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.browsers import OpenContext, take_picture
from tests.journeys.server import DemoServer

pytestmark = pytest.mark.browser

SLUG = "development-fund"
MAP = f"/conversations/{SLUG}/map/"
REPORT = f"/conversations/{SLUG}/report/"
PAGES_OF_PDF = re.compile(rb"/Type\s*/Page\b")
GROW = """
import random
from deliberate import participants, votes
from deliberate.models import Choice, Conversation, Participant
from opinion_map import snapshots
topic = Conversation.objects.get(slug="development-fund")
keys = [b"grown %d" % turn for turn in range(20)]
people = participants.load(conversation=topic, person_keys=keys)
numbers = list(topic.statements.filter(state="accepted").values_list("number", flat=True))
draw = random.Random(3)
votes.cast([
    votes.Ballot(voter, number, Choice(draw.choice([-1, 0, 1])))
    for voter in Participant.objects.filter(pk__in=people.values())
    for number in draw.sample(numbers, 8)
])
snapshots.draw(Conversation.objects.get(pk=topic.pk))
"""


@pytest.fixture(scope="module", autouse=True)
def _two_maps(demo_server: DemoServer) -> None:
    """A past to go back to."""
    demo_server.run("manage.py", "shell", "--verbosity=0", "--command", GROW)


@pytest.fixture
def live(open_context: OpenContext) -> Page:
    return open_context().new_page()


@pytest.fixture
def plain(open_context: OpenContext) -> Page:
    return open_context(java_script_enabled=False).new_page()


def tab_to(page: Page, selector: str, *, most: int = 150) -> None:
    """Press Tab until the focus is on what the selector names."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab never came to {selector}")


def test_group_and_statement_are_picked_by_keyboard(live: Page):
    asked: list[str] = []
    live.on("request", lambda request: asked.append(request.url))
    live.goto(MAP)
    documents = live.evaluate("performance.timeOrigin")

    tab_to(live, "#choice nav a")
    live.keyboard.press("Enter")

    expect(live.locator("#chosen")).to_be_focused()
    expect(live.locator("#chosen")).to_contain_text("Group A")
    expect(live.locator("#news")).to_contain_text("Group A")
    expect(live).to_have_url(re.compile(r"\?group=A#choice$"))

    tab_to(live, "#choice ol a")
    live.keyboard.press("Enter")

    expect(live.locator("#chosen")).to_be_focused()
    expect(live.locator("#chosen")).to_contain_text("Statement")
    expect(live.locator("#choice .bars")).to_contain_text("Everyone")
    expect(live).to_have_url(re.compile(r"\?statement=\d+#choice$"))
    assert live.evaluate("performance.timeOrigin") == documents, "no page was loaded anew"
    take_picture(live, "map-keyboard")

    live.go_back()

    expect(live.locator("#chosen")).to_contain_text("Group A")


def test_statement_is_picked_on_the_picture_and_keeps_the_focus(live: Page):
    live.goto(MAP)
    mark = live.locator("svg.map-picture a[href*='statement=']").first
    href = mark.get_attribute("href")

    mark.focus()
    live.keyboard.press("Enter")

    expect(live.locator("#chosen")).to_contain_text("Statement")
    expect(live.locator(f"svg.map-picture a[href='{href}']")).to_be_focused()


def test_table_is_sorted_in_place(live: Page):
    live.goto(MAP)

    live.locator("#by-a").click()

    expect(live.locator("th[aria-sort=descending] #by-a")).to_be_focused()
    expect(live.locator("#news")).to_contain_text("Sorted by: Group A")
    live.keyboard.press("Enter")
    expect(live.locator("th[aria-sort=ascending] #by-a")).to_be_focused()


def test_slider_goes_back_in_time(live: Page):
    live.goto(MAP)
    now = live.locator("#map header time").first.get_attribute("datetime")

    live.locator("#step").focus()
    live.keyboard.press("ArrowLeft")

    expect(live.locator("#map header")).to_contain_text("An older map")
    expect(live.locator("#step")).to_be_focused()
    expect(live).to_have_url(re.compile(r"\?version=\d+#map$"))
    # Both may have been drawn in the same minute, of as many people.
    assert live.locator("#map header time").first.get_attribute("datetime") != now
    take_picture(live, "map-past")


def test_without_scripts_links_and_forms_do_the_same(plain: Page):
    plain.goto(MAP)

    plain.locator("#choice nav a").nth(1).click()
    expect(plain.locator("#chosen")).to_contain_text("Group B")
    plain.locator("#choice ol a").first.click()
    expect(plain.locator("#choice .bars")).to_contain_text("Everyone")
    plain.locator("#by-everyone").click()
    expect(plain.locator("th[aria-sort=descending]")).to_contain_text("Everyone")
    expect(plain.locator("#chosen")).to_contain_text("Statement")
    plain.locator("summary", has_text="Show the picture").click()
    expect(plain.locator("img.map-picture")).to_have_js_property("complete", True)
    plain.locator("#step").fill("1")
    plain.get_by_role("button", name="Show that map").click()
    expect(plain.locator("#map header")).to_contain_text("An older map")
    take_picture(plain, "map-plain")


def test_light_site_fetches_no_picture_by_itself(open_context: OpenContext):
    context = open_context(extra_http_headers={"Save-Data": "on"})
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(MAP, wait_until="networkidle")

    assert [url for url in asked if "map.svg" in url] == []
    expect(page.get_by_role("link", name="Show the picture")).to_be_visible()
    page.locator("#choice nav a").first.click()
    expect(page.locator("#chosen")).to_contain_text("Group A")
    assert [url for url in asked if "map.svg" in url] == []


@pytest.mark.parametrize("language", ["en", "ur"])
def test_report_prints(open_context: OpenContext, demo_server: DemoServer, language: str):
    context = open_context()
    context.add_cookies([{"name": "django_language", "value": language, "url": demo_server.url}])
    page = context.new_page()
    page.goto(REPORT, wait_until="networkidle")

    pdf = page.pdf(format="A4")
    page.emulate_media(media="print")
    wide = page.evaluate("document.documentElement.scrollWidth")

    assert 3 <= len(PAGES_OF_PDF.findall(pdf)) <= 14
    assert wide <= page.evaluate("innerWidth")
    expect(page.locator(".site-head")).to_be_hidden()
    expect(page.locator("#method")).to_be_visible()
    broken = "images => images.filter(one => !one.naturalWidth).map(one => one.src)"
    assert page.locator("main img").evaluate_all(broken) == []
