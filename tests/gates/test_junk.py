"""Whatever is sent, the answer is a page or a refusal, never a failure of ours."""

import re
from html import unescape
from urllib.parse import urljoin

import pytest

from tests.gates.addresses import every_route
from tests.gates.people import People
from tests.gates.plain_http import ask
from tests.gates.samples import ALL, PAGES, Role, Sample

pytestmark = pytest.mark.browser

JUNK_QUERY = "&".join(
    f"{name}={value}"
    for name in ("after", "before", "kind", "next", "page", "q", "statement", "state", "view")
    for value in ("-1", "99999999999999999999999", "%00", "%F0%9F", "a%0D%0Ab", "%D8%B9'\"%3C")
)
JUNK_PARTS = {
    "int": ["0", "9223372036854775808", "99999999999999999999999999"],
    "slug": ["-", "x" * 300, "nobody-made-this"],
    "str": ["%00", "x" * 300, "%D8%B9"],
}
JUNK_VALUES = ["", "\x00", "-1", "9" * 30, "x" * 20_000, "💀'\"<b>"]
# Of the page that refuses a form for its token: then nothing was tried.
BAD_TOKEN = "does not keep cookies"
FORM = re.compile(r"<form\b[^>]*>.*?</form>", re.DOTALL)
ATTRIBUTE = re.compile(r'\b(method|action|name|value)="([^"]*)"')


def junk_addresses() -> list[str]:
    found = []
    for route in every_route():
        kinds = re.findall(r"<(\w+):\w+>", route)
        for number in range(3 if kinds else 0):
            parts = iter(JUNK_PARTS[kind][number] for kind in kinds)
            found.append("/" + re.sub(r"<\w+:\w+>", lambda _match, p=parts: next(p), route))
    return found


@pytest.mark.parametrize("sample", ALL, ids=str)
def test_junk_in_the_query_is_no_failure(senders_of_junk: People, sample: Sample):
    cookies = senders_of_junk.cookies(role=sample.role, language="en")

    answer = ask(
        f"{senders_of_junk.site}{senders_of_junk.path(sample)}?{JUNK_QUERY}", cookies=cookies
    )

    assert answer.status < 500


@pytest.mark.parametrize("role", [Role.ANYONE, Role.CITIZEN, Role.MODERATOR, Role.CLERK])
@pytest.mark.parametrize("path", junk_addresses())
def test_address_of_nothing_is_no_failure(senders_of_junk: People, path: str, role: Role):
    cookies = senders_of_junk.cookies(role=role, language="en")

    answer = ask(senders_of_junk.site + path, cookies=cookies)

    assert answer.status in {302, 400, 403, 404, 405}


@pytest.mark.parametrize("junk", JUNK_VALUES, ids=lambda junk: f"{junk[:6]!r} x{len(junk)}")
@pytest.mark.parametrize("sample", PAGES, ids=str)
def test_junk_in_forms_is_no_failure(senders_of_junk: People, sample: Sample, junk: str):
    cookies = senders_of_junk.cookies(role=sample.role, language="en")
    url = senders_of_junk.url(sample)
    page = ask(url, cookies=cookies)
    cookies |= page.cookies

    answers = {
        action: ask(urljoin(url, action), cookies=cookies, form=fields)
        for action, fields in _filled_forms(page.text, junk=junk)
    }

    assert [action for action, answer in answers.items() if answer.status >= 500] == []
    assert [action for action, answer in answers.items() if BAD_TOKEN in answer.text] == []


def _filled_forms(html: str, *, junk: str) -> list[tuple[str, dict[str, str]]]:
    filled = []
    for form in FORM.findall(html):
        head, *controls = re.findall(r"<(?:form|input|button|select|textarea)\b[^>]*>", form)
        attributes = dict(ATTRIBUTE.findall(head))
        fields = {}
        for control in controls:
            named = dict(ATTRIBUTE.findall(control))
            if name := named.get("name"):
                is_token = name == "csrfmiddlewaretoken"
                fields[name] = named.get("value", "") if is_token else junk
        # A form without fields is a plain act, such as signing out; there is no junk to send.
        if attributes.get("method", "").lower() == "post" and len(fields) > 1:
            filled.append((unescape(attributes.get("action", "")), fields))
    return filled
