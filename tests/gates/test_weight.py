"""What a phone on a slow line has to fetch before it shows a page."""

import re

import pytest

from tests.gates.people import People
from tests.gates.plain_http import ask
from tests.gates.samples import CITIZENS_PAGES, Sample

pytestmark = pytest.mark.browser

# Ten packets of 1,460 bytes, what a server may send at once, less the headers.
FIRST_FLIGHT = 13_500
STYLESHEET = re.compile(r'<link rel="stylesheet" href="([^"]+)"')


@pytest.mark.parametrize("sample", CITIZENS_PAGES, ids=str)
def test_page_and_style_fit_the_first_flight(people: People, sample: Sample):
    cookies = people.cookies(role=sample.role, language="ur")

    page = ask(people.url(sample), cookies=cookies)
    styles = [ask(people.site + path) for path in STYLESHEET.findall(page.text)]

    sizes = [len(answer.sent) for answer in (page, *styles)]
    assert styles, "a page has a stylesheet"
    assert sum(sizes) <= FIRST_FLIGHT, f"HTML and CSS: {sizes}"
