"""Whatever is sent, the answer is a page or a refusal, never a failure of ours."""

import re
from html import unescape

import pytest

from tests.gates.addresses import every_route
from tests.gates.plain_http import ask
from tests.gates.samples import ALL, PAGES, Role, Sample
from tests.gates.visits import Visitor

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
def test_junk_in_the_query_is_no_failure(visitor: Visitor, sample: Sample):
    cookies = visitor.cookies(role=sample.role, language="en")

    answer = ask(f"{visitor.server.url}{visitor.path(sample)}?{JUNK_QUERY}", cookies=cookies)

    assert answer.status < 500


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("path", junk_addresses())
def test_address_of_nothing_is_no_failure(visitor: Visitor, path: str, role: Role):
    cookies = visitor.cookies(role=role, language="en")

    answer = ask(visitor.server.url + path, cookies=cookies)

    assert answer.status in {302, 400, 403, 404, 405}


@pytest.mark.parametrize("junk", JUNK_VALUES, ids=lambda junk: f"{junk[:6]!r} x{len(junk)}")
@pytest.mark.parametrize("sample", PAGES, ids=str)
def test_junk_in_forms_is_no_failure(visitor: Visitor, sample: Sample, junk: str):
    cookies = visitor.cookies(role=sample.role, language="en")
    url = visitor.server.url + visitor.path(sample)
    page = ask(url, cookies=cookies)
    cookies |= _new_cookies(page.headers.get("set-cookie", ""))

    statuses = {
        action: ask(
            visitor.server.url + (action or visitor.path(sample)), cookies=cookies, form=fields
        ).status
        for action, fields in _filled_forms(page.text, junk=junk)
    }

    assert {action: status for action, status in statuses.items() if status >= 500} == {}


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


def _new_cookies(header: str) -> dict[str, str]:
    return dict(re.findall(r"\b(csrftoken|sessionid)=([^;,]+)", header))
