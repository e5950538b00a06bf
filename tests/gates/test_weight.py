"""What a phone on a slow line has to fetch: of every page that citizens open, in Urdu."""

import gzip
import re

import pytest
from playwright.sync_api import Browser

from tests.gates.people import People
from tests.gates.plain_http import Answer, ask
from tests.gates.samples import CITIZENS_PAGES, SAMPLES, Kind, Sample
from tests.gates.visits import Visitor

pytestmark = pytest.mark.browser

# Ten packets of 1,460 bytes, what a server may send at once, less the headers.
FIRST_FLIGHT = 13_500
SCRIPTS = 10 * 1024
REPEATED = 8 * 1024
MAP = 20 * 1024
STYLESHEET = re.compile(r'<link rel="stylesheet" href="([^"]+)"')
# With gzip, which every browser takes; where brotli is taken too it is a sixth less.
PICTURES = 20_000
GZIP = {"Accept-Encoding": "gzip"}

# Its content is a picture: the code that a phone's camera reads, once in an account's life.
WITH_A_CODE = "/accounts/2fa/totp/activate/"
every_page = pytest.mark.parametrize(
    "sample", [sample for sample in CITIZENS_PAGES if sample.path != WITH_A_CODE], ids=str
)


def read(people: People, sample: Sample, *, lite: bool = False, **headers: str) -> Answer:
    cookies = people.cookies(role=sample.role, language="ur") | ({"lite": "on"} if lite else {})
    return ask(people.url(sample), cookies=cookies, more_headers=GZIP | headers)


@every_page
def test_page_and_style_fit_the_first_flight(people: People, sample: Sample):
    page = read(people, sample)
    styles = [ask(people.site + path) for path in STYLESHEET.findall(page.text)]

    sizes = [len(answer.sent) for answer in (page, *styles)]
    assert styles, "a page has a stylesheet"
    assert sum(sizes) <= FIRST_FLIGHT, f"HTML and CSS: {sizes}"


@every_page
def test_page_loads_little_script_and_no_font_and_no_picture(visitor: Visitor, sample: Sample):
    visit = visitor.visit(sample, "ur")

    by_kind = {
        kind: [url for of, url in visit.requests if of == kind] for kind, _ in visit.requests
    }
    scripts = {url: len(ask(url).sent) for url in set(by_kind.get("script", []))}
    assert sum(scripts.values()) <= SCRIPTS, scripts
    assert by_kind.get("font", []) == []
    # The site's mark is the browser's own wish, for its tab.
    pictures = [url for url in by_kind.get("image", []) if "/icon." not in url]
    if sample.path.endswith("/report/"):
        # It is for printing, where nothing can be opened; the light site leaves them out.
        assert sum(len(ask(url, more_headers=GZIP).sent) for url in set(pictures)) <= PICTURES
    else:
        assert pictures == []


@every_page
def test_page_again_is_a_few_kilobytes(people: People, sample: Sample):
    first = read(people, sample)

    again = read(people, sample, **{"If-None-Match": first.headers.get("etag", "")})

    assert len(again.sent) <= REPEATED


@every_page
def test_light_page_is_no_heavier_and_has_no_picture_and_no_live_line(
    people: People, sample: Sample
):
    full = read(people, sample)

    light = read(people, sample, lite=True)

    # Django's gzip is padded by up to a hundred bytes.
    assert len(light.sent) <= len(full.sent) + 100
    assert (
        re.search(r"<(img|picture|image|object|iframe)\b|live-data|data-worker", light.text) is None
    )


def test_map_is_small_enough_to_be_asked_for(people: People):
    pictures = [
        sample
        for samples in SAMPLES.values()
        for sample in samples
        if sample.kind is Kind.DATA and sample.path.endswith(".svg")
    ]
    sizes = {sample.path: len(read(people, sample).sent) for sample in pictures}

    assert sizes
    assert all(size <= MAP for size in sizes.values()), sizes


def test_first_vote_is_possible_after_two_requests(people: People, browser: Browser):
    """With everything but the page and its style held back, as on a line that is slow."""
    context = browser.new_context(base_url=people.site, locale="ur")
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.resource_type))
    page.route(
        "**/*",
        lambda route: (
            route.continue_()
            if route.request.resource_type in {"document", "stylesheet"}
            else route.abort()
        ),
    )
    sample = next(s for s in CITIZENS_PAGES if s.path == "/conversations/{slug}/")

    page.goto(people.path(sample), wait_until="commit")
    page.locator("button[value=agree]").wait_for()

    assert asked[:2] == ["document", "stylesheet"]
    page.locator("button[value=agree]").click()
    page.locator("[data-said]:visible").wait_for()
    assert "?after=" in page.url
    context.close()


def test_worker_is_at_most_two_kilobytes(people: People):
    worker = ask(people.site + "/sw.js", more_headers=GZIP)

    assert len(gzip.compress(worker.text.encode())) <= 2048
