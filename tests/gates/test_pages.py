"""What a reader is promised of every page, in every language."""

import pytest

from tests.gates.samples import PAGES, Sample
from tests.gates.visits import SCHEMES, Visitor

pytestmark = pytest.mark.browser

every_page = pytest.mark.parametrize("sample", PAGES, ids=str)
every_language = pytest.mark.parametrize("language", ["en", "ur"])
DIRECTIONS = {"en": "ltr", "ur": "rtl"}
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
# Chromium holds the redirect after a form to "form-action" too.
LEADS_TO_A_STATE = "/accounts/identity/"


@every_page
@every_language
def test_page_opens_in_the_language(visitor: Visitor, sample: Sample, language: str):
    visit = visitor.visit(sample, language)

    assert (visit.status, visit.language, visit.direction) == (
        200,
        language,
        DIRECTIONS[language],
    )
    assert visit.headings, "a page has a heading in its <main>"


@every_page
@every_language
@pytest.mark.parametrize("scripts", [True, False], ids=["live", "plain"])
def test_page_has_no_axe_violations(visitor: Visitor, sample: Sample, language: str, scripts: bool):
    violations = visitor.violations(sample, language, scripts=scripts)

    assert violations == {scheme: [] for scheme in SCHEMES}


@every_page
@every_language
def test_page_fits_320_pixels(visitor: Visitor, sample: Sample, language: str):
    visit = visitor.visit(sample, language)

    assert visit.too_wide == []
    assert visit.too_wide_with_long_words == []


@every_page
def test_focus_is_always_seen(visitor: Visitor, sample: Sample):
    assert visitor.lost_focus(sample, "ur") == []


@every_page
def test_page_asks_no_other_origin(visitor: Visitor, sample: Sample):
    visit = visitor.visit(sample, "ur")

    assert visit.foreign_requests == []


@every_page
def test_page_keeps_a_strict_policy(visitor: Visitor, sample: Sample):
    visit = visitor.visit(sample, "ur")

    policy = dict(POLICY)
    if sample.path == LEADS_TO_A_STATE:
        policy["form-action"] += f" {visitor.people.eid}"
    directives = dict(part.strip().split(" ", 1) for part in visit.policy.split(";"))
    assert {name: directives.get(name) for name in policy} == policy
    assert "unsafe" not in visit.policy
    assert "*" not in visit.policy
    assert (visit.policy_violations, visit.complaints) == ([], [])


@every_page
def test_page_says_the_same_without_scripts(visitor: Visitor, sample: Sample):
    live = visitor.visit(sample, "en")

    plain = visitor.visit(sample, "en", False)

    assert plain.status == 200
    assert [heading for heading in live.headings if heading not in plain.headings] == []
    assert len(plain.text) >= 0.8 * len(live.text)
    assert len(plain.forms) >= len(live.forms)
    assert plain.dead_links == []


@every_page
def test_forms_work_without_scripts(visitor: Visitor, sample: Sample):
    visit = visitor.visit(sample, "en", False)

    incomplete = [
        form
        for form in visit.forms
        if form["method"] not in {"get", "post"}
        or form["origin"] != visitor.people.site
        or not form["buttons"]
    ]
    assert incomplete == []
