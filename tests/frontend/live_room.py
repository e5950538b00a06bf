"""A live room for tests of the page's scripts, and what people do in it."""

from playwright.sync_api import Browser, Page, expect

from tests.journeys.server import DemoServer

CONNECTED = "Connected: votes are counted at once."
LOST = "No live connection. You can go on voting: each vote is sent as soon as there is a line."
STATEMENTS = [
    "Benches should stand in the shade.",
    "The square needs a tap with clean water.",
    "Cars should stay out of the square on Fridays.",
    "The lamps should burn until midnight.",
]


def open_room(demo_server: DemoServer, browser: Browser, slug: str) -> str:
    """A conversation with four statements by somebody else; its path."""
    demo_server.run("manage.py", "open_conversation", slug, "What does the square need?")
    path = f"/conversations/{slug}/"
    context = browser.new_context(base_url=demo_server.url, java_script_enabled=False)
    page = context.new_page()
    for text in STATEMENTS:
        page.goto(path)
        page.locator("textarea[name=text]").fill(text)
        page.get_by_role("button", name="Send my statement").click()
    context.close()
    return path


def enter(page: Page, path: str) -> None:
    page.goto(path)
    expect(page.locator("[data-line]")).to_have_text(CONNECTED)
    page.evaluate("window.isSamePage = true")


def is_same_page(page: Page) -> bool:
    return page.evaluate("window.isSamePage === true")


def write(page: Page, text: str) -> None:
    """Fill in the box; what helps to write comes when somebody begins to."""
    page.locator("textarea").fill(text)
    expect(page.locator("[data-write][data-live]")).to_be_attached()
