"""A statement is reported, a moderator rejects it with a reason, and everyone can see why."""

import pytest
from playwright.sync_api import expect

from tests.journeys.browsers import OpenContext, take_picture
from tests.journeys.people import sign_up
from tests.journeys.server import DemoServer

pytestmark = pytest.mark.browser

WORDS = "Buy your cement from my cousin, he is the cheapest."
EXPLANATION = "This praises one shop. Say instead what the council should build, and where."


def test_reported_statement_is_rejected_and_its_author_sees_the_reason(
    open_context: OpenContext, demo_server: DemoServer
):
    demo_server.run("manage.py", "open_conversation", "houses", "How should houses be built?")
    room = "/conversations/houses/"
    author = open_context().new_page()
    author.goto(room)
    author.locator("textarea[name=text]").fill(WORDS)
    author.get_by_role("button", name="Send my statement").click()
    expect(author.locator("[data-mine]")).to_contain_text(WORDS)

    # Somebody else reports it.
    reader = open_context().new_page()
    reader.goto(room)
    expect(reader.locator("[data-text]")).to_have_text(WORDS)
    reader.get_by_role("link", name="Report this statement").click()
    reader.get_by_role("radio", name="advertisement").check()
    take_picture(reader, "report")
    reader.get_by_role("button", name="Send the report").click()
    take_picture(reader, "reported")

    # A moderator rejects it.
    moderator = sign_up(open_context(), demo_server, name="moderator")
    demo_server.run("manage.py", "grant_role", moderator.email, "moderator")
    desk = moderator.page
    desk.goto("/moderation/")
    take_picture(desk, "moderation-queue")
    case = desk.locator("li.card", has_text=WORDS)
    case.get_by_role("link", name="Decide").click()
    rejecting = desk.locator("form:has(input[name=action][value=reject])")
    rejecting.locator("select[name=reason]").select_option("advert")
    rejecting.locator("textarea[name=explanation]").fill(EXPLANATION)
    take_picture(desk, "moderation-statement")
    rejecting.locator("button").click()

    # Its author reads why, nobody else meets it any more, and the public log has a line.
    author.reload()
    expect(author.locator("[data-mine]")).to_contain_text(EXPLANATION)
    take_picture(author, "statement-rejected")
    reader.goto(room)
    expect(reader.locator("main")).not_to_contain_text(WORDS)
    stranger = open_context().new_page()
    stranger.goto("/moderation/log/")
    expect(stranger.locator("ol li").first).to_contain_text(WORDS)
    take_picture(stranger, "moderation-log")
