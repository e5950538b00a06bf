"""From signing up to the council's answer: a creator, two who sign, a clerk."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.browsers import OpenContext, take_picture
from tests.journeys.people import DEMO_PASSWORD, Person, sign_in, sign_up
from tests.journeys.server import DemoServer

pytestmark = pytest.mark.browser

IN_COLLECTION = "A woman doctor at every Basic Health Unit, three days a week"
TITLE = "Repair the bridge over the canal"
TEXT = "The bridge has been closed since the flood. Children walk an hour more to school."
REASONS = "The bridge is repaired from the roads fund; work begins in March and ends in June."


def write_petition(page: Page, *, council: str) -> None:
    page.goto("/petitions/new/")
    page.locator("[name=council]").select_option(label=council)
    page.locator("[name=title]").fill(TITLE)
    page.locator("textarea[name=text]").fill(TEXT)
    take_picture(page, "petition-form")
    page.get_by_role("button", name="Check what you wrote").click()
    take_picture(page, "petition-check")
    page.get_by_role("button", name="Save the draft").click()
    page.get_by_role("button", name="Open for signatures").click()
    expect(page.get_by_text(re.compile(r"^P-\d+$"))).to_be_visible()
    take_picture(page, "petition-opened")
    page.get_by_role("link", name="Go to the petition").click()


def sign(person: Person, path: str) -> None:
    person.page.goto(path)
    person.page.get_by_role("button", name="Sign this petition").click()
    expect(person.page.get_by_text("You have signed this petition.")).to_be_visible()


def test_petition_goes_from_its_creator_to_the_councils_answer(
    open_context: OpenContext, demo_server: DemoServer
):
    creator = sign_up(open_context(), demo_server, name="creator")
    clerk = sign_up(open_context(), demo_server, name="clerk")
    demo_server.run(
        "manage.py",
        "establish_council",
        "canal-town",
        "Canal Town Council",
        "--population=9000",
        "--signatures=3",
        f"--clerk={clerk.email}",
    )

    # The creator writes it and opens it; theirs is the first signature.
    write_petition(creator.page, council="Canal Town Council")
    expect(creator.page.get_by_text("1 of 3 signatures")).to_be_visible()
    path = creator.page.url
    take_picture(creator.page, "petition-open")

    # One more is not enough; the queue is empty.
    sign(sign_up(open_context(), demo_server, name="neighbour"), path)
    clerk.page.goto("/council/")
    expect(clerk.page.get_by_text("Nothing waits for an answer.")).to_be_visible()

    # The third brings it into the queue, once, also when somebody signs after it.
    for name in ("teacher", "farmer"):
        sign(sign_up(open_context(), demo_server, name=name), path)
    clerk.page.reload()
    expect(clerk.page.locator("table.queue tbody tr")).to_have_count(1)
    expect(clerk.page.locator("table.queue")).to_contain_text(TITLE)
    take_picture(clerk.page, "council-queue")

    # The clerk checks it out and answers.
    clerk.page.get_by_role("link", name=TITLE).click()
    clerk.page.get_by_role("button", name="Check it out for 30 minutes").click()
    take_picture(clerk.page, "council-review")
    clerk.page.get_by_role("radio", name="Accepted", exact=True).check()
    clerk.page.locator("textarea[name=reasons]").fill(REASONS)
    clerk.page.get_by_role("button", name="Check the answer").click()
    expect(clerk.page.get_by_text(REASONS)).to_be_visible()
    take_picture(clerk.page, "council-check")
    clerk.page.get_by_role("button", name="Publish the answer").click()
    take_picture(clerk.page, "council-answered")

    # Everybody reads the answer on the petition's page.
    stranger = open_context().new_page()
    stranger.goto(path)
    expect(stranger.get_by_text(REASONS)).to_be_visible()
    take_picture(stranger, "petition-answered")


def test_stranger_with_a_password_who_signs_comes_back_signed(
    open_context: OpenContext, demo_server: DemoServer
):
    page = open_context().new_page()
    page.goto("/petitions/")
    take_picture(page, "petitions")
    page.get_by_role("link", name=IN_COLLECTION).click()
    path = urlsplit(page.url).path

    page.get_by_role("button", name="Sign this petition").click()

    expect(page).to_have_url(re.compile(r"/accounts/signup/\?act=sign&next="))
    page.get_by_role("button", name="Use a password or a passkey instead").click()
    expect(page).to_have_url(re.compile(r"/accounts/login/\?next="))
    take_picture(page, "sign-in")
    sign_in(page, email="citizen@example.org", password=DEMO_PASSWORD)
    expect(page).to_have_url(re.compile(f"{path}$"))
    expect(page.get_by_text("You have signed this petition.")).to_be_visible()
    take_picture(page, "petition-to-sign")
