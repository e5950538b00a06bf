"""The accounts that `make demo` prints open the desks that it promises."""

import pytest
from playwright.sync_api import expect

from tests.journeys.browsers import OpenContext, take_picture
from tests.journeys.people import DEMO_PASSWORD, sign_in

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("name", "desk", "what_waits"),
    [
        ("citizen", "/petitions/new/", "form [name=title]"),
        ("clerk", "/council/", "table.queue tbody tr"),
        ("moderator", "/moderation/", "main ol li.card"),
    ],
)
def test_demo_account_opens_its_desk(
    open_context: OpenContext, name: str, desk: str, what_waits: str
):
    page = open_context().new_page()
    page.goto(desk)

    sign_in(page, email=f"{name}@example.org", password=DEMO_PASSWORD)

    expect(page).to_have_url(desk)
    expect(page.locator(what_waits).first).to_be_visible()
    take_picture(page, f"desk-{name}")
