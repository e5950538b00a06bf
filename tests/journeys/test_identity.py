"""Verifying who one is, signing in with it, and a field worker who helps: phones, in Urdu."""

import pytest
from playwright.sync_api import Page, expect

from tests.accounts import oidc_peer
from tests.journeys.browsers import OpenContext, take_picture
from tests.journeys.people import DEMO_PASSWORD, arrive, press, sign_in, sign_up
from tests.journeys.server import DemoServer

pytestmark = pytest.mark.browser

SLUG = "for-residents"
FILL_ROOM = f"""
from deliberate.models import Conversation
from tests import factories
room = Conversation.objects.get(slug="{SLUG}")
for text in ("Dig it by the school.", "Dig it by the mosque."):
    factories.statement(conversation=room, text=text)
"""


def identify(page: Page, *, sub: str) -> None:
    """What a person does on the provider's own page."""
    expect(page.locator("input[name=sub]")).to_be_visible()
    page.locator("input[name=sub]").fill(sub)
    page.locator("input[name=sub]").press("Enter")


@pytest.fixture(scope="module")
def room(demo_server: DemoServer) -> str:
    title, rule = "A well for the village", "--participation=verified"
    demo_server.run("manage.py", "open_conversation", SLUG, title, rule)
    demo_server.run("manage.py", "shell", "-v", "0", "-c", FILL_ROOM)
    return f"/conversations/{SLUG}/"


def test_citizen_verifies_from_where_they_stand_and_signs_in_with_it_later(
    open_context: OpenContext, demo_server: DemoServer, room: str
):
    with oidc_peer.running(demo_server.eid_port) as peer:
        peer.knows("EE60001019906", acr="high", name="Somebody Whose-Name-Is-Not-Kept")
        citizen = sign_up(open_context(locale="ur-PK"), demo_server, name="resident")
        page = citizen.page

        # The conversation says what is missing, and leads there and back.
        page.goto(room)
        page.locator("#vote a[href^='/accounts/identity/']").click()
        take_picture(page, "identity")
        press(page.locator("main form"))
        identify(page, sub="EE60001019906")
        arrive(page, room)
        page.locator("button[name=choice][value=agree]").click()
        expect(page.locator("#vote [data-own]")).to_be_visible()
        page.goto("/accounts/identity/")
        expect(page.locator("dl.summary-list")).to_contain_text("The State")
        assert "Whose-Name" not in page.content()

        # Another phone, without the password.
        other = open_context(locale="ur-PK").new_page()
        other.goto(f"/accounts/login/?next={room}")
        other.locator("main a[href^='/accounts/identity/']").click()
        press(other.locator("main form"))
        identify(other, sub="EE60001019906")
        arrive(other, room)
        expect(other.locator("form[action='/accounts/logout/']")).to_be_visible()


def test_citizen_who_is_not_sure_enough_loses_nothing(
    open_context: OpenContext, demo_server: DemoServer, room: str
):
    with oidc_peer.running(demo_server.eid_port) as peer:
        peer.knows("EE38001085718", acr="low")
        page = sign_up(open_context(), demo_server, name="unsure").page
        page.goto(f"/accounts/identity/?next={room}")

        press(page.locator("main form"))
        identify(page, sub="EE38001085718")

        expect(page.get_by_role("alert")).to_contain_text("not sure enough")
        take_picture(page, "identity-refused")
        page.get_by_role("link", name="Back to where you were").click()
        arrive(page, room)


def test_field_worker_enters_what_somebody_says_without_scripts(
    open_context: OpenContext, demo_server: DemoServer
):
    page = open_context(locale="ur-PK", java_script_enabled=False).new_page()
    page.goto("/accounts/login/?next=/assist/")
    sign_in(page, email="fieldworker@example.org", password=DEMO_PASSWORD)
    page.locator("a[href^='/assist/conversations/']").first.click()

    page.locator("[name=agreed]").check()
    page.locator("[name=number]").fill("۳۶۶۰۳-۱۲۳۴۵۶۷-۱")
    press(page.locator("main form"))
    take_picture(page, "assist-votes")
    page.locator("button[value=disagree]").click()
    expect(page.get_by_role("status")).to_be_visible()
    assert "۳۶۶۰۳" not in page.content()
    page.locator("button[value=finish]").click()

    expect(page.locator("[name=number]")).to_have_value("")
