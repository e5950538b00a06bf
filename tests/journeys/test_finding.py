"""Somebody finds what concerns them, by words and by place, with JavaScript and without."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.browsers import OpenContext, take_picture

pytestmark = pytest.mark.browser


@pytest.fixture(params=[True, False], ids=["scripts", "plain"])
def page(request: pytest.FixtureRequest, open_context: OpenContext) -> Page:
    return open_context(java_script_enabled=request.param).new_page()


def test_reader_finds_a_statement_in_another_spelling_and_votes_on_it(page: Page):
    page.goto("/")
    page.get_by_role("link", name="Search").click()
    page.get_by_role("searchbox").fill("پاني كا معائنہ")
    page.get_by_role("button", name="Search").click()

    expect(page.get_by_role("heading", name="Statements (1)")).to_be_visible()
    take_picture(page, "search")
    page.locator("main h3 a").last.click()

    expect(page.locator("[data-text]")).to_have_text(
        "The drinking water of every union council should be tested twice a year "
        "and the results put up in public."
    )
    page.locator("[data-vote] button[value=agree]").click()
    expect(page.get_by_text("Counted: you agree.")).to_be_visible()


def test_reader_sees_the_own_place_first_after_choosing_it(page: Page):
    page.goto("/")
    assert page.context.cookies() == []

    page.get_by_label("Where do you live?").select_option("multan")
    page.get_by_role("button", name="Show this place first").click()

    expect(page.locator(".card__link").first).to_contain_text("School hours in the hot months")
    take_picture(page, "home-place")
    page.get_by_role("link", name="Multan").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Multan")
    expect(page.get_by_text("Cold drinking water at the twelve")).to_be_visible()
    page.get_by_role("link", name="Forget it").click()
    assert [cookie["name"] for cookie in page.context.cookies()] == []
