"""The browser that the tests drive: Debian's Chromium, on a phone's screen."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.journeys.server import ROOT, DemoServer

SCREENSHOTS = ROOT / "screenshots"
PHONE = {"width": 360, "height": 640}
# A machine without an outer network: Chromium must not ask its maker's hosts for anything.
ARGUMENTS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",
]

OpenContext = Callable[..., BrowserContext]


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Playwright's own download is not used."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.fail("Chromium is missing; run: apt-get install chromium", pytrace=False)
    return {"executable_path": chromium, "args": ARGUMENTS, "headless": True}


@pytest.fixture
def open_context(browser: Browser, demo_server: DemoServer) -> Iterator[OpenContext]:
    """Open browsers that share nothing, each a new person on a phone."""
    opened: list[BrowserContext] = []

    def open_one(**options: Any) -> BrowserContext:
        context = browser.new_context(
            **{"base_url": demo_server.url, "viewport": PHONE, "locale": "en-GB"} | options
        )
        context.set_default_timeout(15_000)
        opened.append(context)
        return context

    yield open_one
    for context in opened:
        context.close()


def take_picture(page: Page, name: str) -> Path:
    """Keep a picture of the whole page in the ignored folder of screenshots."""
    SCREENSHOTS.mkdir(exist_ok=True)
    path = SCREENSHOTS / f"{name}.png"
    page.screenshot(path=path, full_page=True)
    return path
