"""Who may keep which answer: asked of every address, as readers with and without cookies."""

from collections import defaultdict

import pytest
from django.urls import resolve

from config.caching import OWN, PUBLIC
from tests.gates.people import People
from tests.gates.plain_http import Answer, ask
from tests.gates.samples import ALL, PAGES, SIGNED_IN, Kind, Role, Sample

pytestmark = pytest.mark.browser

FOR_ANYONE = [sample for sample in ALL if sample.role is Role.ANYONE]
# What anyone may open and yet is one person's: a form to fill in, or a choice of theirs.
FORMS = {
    "account_inactive",
    "account_login",
    "account_request_login_code",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_signup",
    "deliberate:my-votes",
    "device",
    "identity",
    "languages",
    "lite",
    "moderation:report",
    "moderation:reported",
    "stop-mail",
    "style",
}
# Data that no cache keeps: of this moment, of one person, or rows of people.
MADE_ANEW = {
    "api:my-statements",
    "api:my-votes",
    "api:next",
    "api:session",
    "deliberate:export",
    "healthz",
    "readyz",
}
# Sent while it is still being written, so nobody knows yet whether it has changed.
SENT_IN_PIECES = {"record:lines"}
BROWSER = {"Accept-Encoding": "br, gzip", "Accept-Language": "ur"}


def name_of(sample: Sample) -> str:
    """The name of its view, whatever rows stand in the blanks."""
    path = sample.path.partition("?")[0]
    return resolve(path.format_map(defaultdict(lambda: "1"))).view_name


SHOWN_TO_ANYONE = [sample for sample in FOR_ANYONE if sample.kind in {Kind.PAGE, Kind.DATA}]
# Not taken from PUBLIC, so that a page which drops out of it fails here.
UNCHANGING = [
    sample
    for sample in SHOWN_TO_ANYONE
    if name_of(sample) not in OWN | FORMS | MADE_ANEW | SENT_IN_PIECES
]


def rules(answer: Answer) -> set[str]:
    return {rule.strip() for rule in answer.headers.get("cache-control", "").split(",")}


def varies_by(answer: Answer) -> set[str]:
    return {name.strip().lower() for name in answer.headers.get("vary", "").split(",")}


@pytest.mark.parametrize("sample", SHOWN_TO_ANYONE, ids=str)
def test_keeping_what_anyone_may_read_is_somebodys_decision(sample: Sample):
    assert name_of(sample) in PUBLIC | OWN | FORMS | MADE_ANEW


@pytest.mark.parametrize("sample", FOR_ANYONE, ids=str)
def test_public_answer_sets_no_cookie_and_others_are_private(people: People, sample: Sample):
    answer = ask(people.url(sample), more_headers=BROWSER)

    if name_of(sample) in PUBLIC:
        assert answer.cookies == {}
        assert "public" in rules(answer)
        assert any(rule.startswith(("s-maxage=", "max-age=")) for rule in rules(answer))
        assert {"cookie", "accept-language"} <= varies_by(answer)
    else:
        assert "private" in rules(answer)
        assert not {"public"} & rules(answer)


@pytest.mark.parametrize("sample", UNCHANGING, ids=str)
def test_unchanged_answer_is_not_sent_again(people: People, sample: Sample):
    first = ask(people.url(sample), more_headers=BROWSER)

    again = ask(people.url(sample), more_headers=BROWSER | {"If-None-Match": first.headers["etag"]})

    assert first.status == 200
    assert (again.status, again.sent, again.cookies) == (304, b"", {})
    assert "public" in rules(again)


@pytest.mark.parametrize("sample", [s for s in ALL if s.role is not Role.ANYONE], ids=str)
def test_answer_to_a_person_is_kept_by_no_shared_cache(people: People, sample: Sample):
    cookies = people.cookies(role=sample.role, language="ur")

    answer = ask(people.url(sample), cookies=cookies, more_headers=BROWSER)

    assert "private" in rules(answer)
    assert "cdn-cache-control" not in answer.headers
    if sample.role in SIGNED_IN and name_of(sample) not in PUBLIC | OWN:
        assert "no-store" in rules(answer)


@pytest.mark.parametrize("sample", PAGES, ids=str)
def test_nothing_is_kept_on_a_shared_phone(people: People, sample: Sample):
    cookies = people.cookies(role=sample.role, language="ur") | {"shared-phone": "yes"}

    answer = ask(people.url(sample), cookies=cookies, more_headers=BROWSER)

    assert "no-store" in rules(answer)
    assert "data-worker" not in answer.text


@pytest.mark.parametrize("sample", FOR_ANYONE, ids=str)
def test_public_page_of_a_reader_with_a_session_is_theirs(people: People, sample: Sample):
    cookies = people.cookies(role=Role.CITIZEN, language="ur")

    answer = ask(people.url(sample), cookies=cookies, more_headers=BROWSER)

    assert "public" not in rules(answer) or sample.kind is Kind.DATA


@pytest.mark.parametrize("coding", ["br, gzip", "gzip"])
@pytest.mark.parametrize("sample", [s for s in PAGES if s.role is Role.ANYONE], ids=str)
def test_page_comes_packed(people: People, sample: Sample, coding: str):
    answer = ask(people.url(sample), more_headers=BROWSER | {"Accept-Encoding": coding})

    best = "gzip" if "no-store" in rules(answer) else coding.partition(",")[0]
    assert answer.headers.get("content-encoding") == best
    assert len(answer.sent) < len(answer.text.encode()) * 0.7
    assert "accept-encoding" in varies_by(answer)


def test_static_files_are_packed_and_kept_for_ever(people: People):
    page = ask(people.site + "/")
    (style,) = [part for part in page.text.split('"') if part.endswith(".css")][:1]

    packed = [
        ask(people.site + style, more_headers={"Accept-Encoding": coding})
        for coding in ("gzip", "br, gzip")
    ]

    assert [answer.headers["content-encoding"] for answer in packed] == ["gzip", "br"]
    assert all("immutable" in rules(answer) for answer in packed)
    assert all("accept-encoding" in varies_by(answer) for answer in packed)
