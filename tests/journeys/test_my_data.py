"""One's own data on a phone in Urdu: seen, taken along, erased; with and without JavaScript."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.browsers import OpenContext, take_picture
from tests.journeys.people import press, sign_up
from tests.journeys.server import DemoServer

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
TITLE = "میری سڑک ٹھیک کریں"


def fits(page: Page) -> bool:
    """Whether nothing of the page lies beside the screen, and it is read from the right."""
    return bool(
        page.evaluate(
            "document.documentElement.dir === 'rtl' && "
            f"document.documentElement.scrollWidth <= {PHONE['width']}"
        )
    )


def begin_petition(page: Page) -> None:
    """Leave a draft, so that there is something to see besides the account."""
    page.goto("/petitions/new/")
    page.locator("[name=title]").fill(TITLE)
    page.locator("[name=text]").fill("تین سال سے ٹوٹی ہوئی ہے۔")
    council = page.locator("select[name=council]")
    if council.count():
        council.select_option(index=1)
    else:
        page.locator("[name=council]").first.check()
    press(page.locator("form:has([name=title])"))
    page.locator("button[name=step][value=save]").click()
    page.wait_for_url(lambda url: urlsplit(url).path != "/petitions/new/")


@pytest.mark.parametrize("javascript", [True, False])
def test_own_data_is_seen_taken_along_and_erased(
    demo_server: DemoServer, open_context: OpenContext, javascript: bool
) -> None:
    context = open_context(locale="ur-PK", java_script_enabled=javascript, viewport=PHONE)
    name = f"mine{int(javascript)}x"
    person = sign_up(context, demo_server, name=name)
    page = person.page
    begin_petition(page)

    page.goto("/accounts/data/")
    assert fits(page)
    take_picture(page, f"my-data-ur-{int(javascript)}")
    expect(page.locator("main")).to_contain_text(person.email)
    expect(page.locator("main")).to_contain_text(TITLE)
    for form in ("json", "csv"):
        with page.expect_download() as taken:
            page.locator(f"a[href='/accounts/data/{form}/']").click()
        text = Path(taken.value.path()).read_text()
        assert taken.value.suggested_filename == f"my-data.{form}"
        assert person.email in text
        assert TITLE in text
        if form == "json":
            assert json.loads(text)["account"][0]["email"] == person.email

    page.locator("a[href='/accounts/data/erase/']").click()
    assert fits(page)
    take_picture(page, f"erase-ur-{int(javascript)}")
    press(page.locator("form:has([name=sure])"))
    expect(page.locator(".error-summary")).to_be_visible()
    page.locator("[name=sure]").check()
    press(page.locator("form:has([name=sure])"))

    page.wait_for_url(lambda url: urlsplit(url).path == "/")
    expect(page.locator(".notice--success").first).to_be_visible()
    page.goto("/accounts/data/")
    assert urlsplit(page.url).path.startswith(("/accounts/login/", "/accounts/signup/"))
    left = "from accounts.models import User; from petitions.models import Petition; "
    left += f"print(User.objects.filter(email__startswith='{name}').count(), "
    left += f"Petition.objects.filter(title='{TITLE}').count())"
    assert demo_server.run("manage.py", "shell", "--verbosity=0", "-c", left).split() == ["0", "0"]
