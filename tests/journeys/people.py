"""What people do in a browser, in their own words."""

import re
from dataclasses import dataclass
from itertools import count
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Locator, Page

from tests.journeys.server import DemoServer

PASSWORD = "a long and quiet evening"
# What `fill_demo` prints.
DEMO_PASSWORD = "deliberate-demo"
CODE = re.compile(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", re.MULTILINE)
_numbers = count(1)


@dataclass(frozen=True)
class Person:
    """Somebody with a browser and an account."""

    context: BrowserContext
    page: Page
    email: str


def sign_up(
    context: BrowserContext, server: DemoServer, *, name: str, page: Page | None = None
) -> Person:
    """Make an account by the form, and confirm its address by the code that comes by mail."""
    page = page or context.new_page()
    email = f"{name}{next(_numbers)}@example.org"
    page.goto("/accounts/signup/")
    page.locator("[name=email]").fill(email)
    page.locator("details:has([name=password1]) summary").click()
    page.locator("[name=password1]").fill(PASSWORD)
    press(page.locator("form:has([name=password1])"))
    page.locator("[name=code]").fill(code_for(server, email))
    press(page.locator("form:has([name=code])"))
    page.wait_for_url(lambda url: not urlsplit(url).path.startswith("/accounts/"))
    return Person(context=context, page=page, email=email)


def sign_in(page: Page, *, email: str, password: str) -> None:
    """Fill in and send the form to sign in, which the page shows."""
    page.locator("[name=login]").fill(email)
    page.locator("[name=password]").fill(password)
    press(page.locator("form:has([name=password])"))
    page.wait_for_url(lambda url: not urlsplit(url).path.startswith("/accounts/"))


def code_for(server: DemoServer, email: str) -> str:
    """The code in the last mail to that address."""
    codes = [code for mail in server.mails_to(email) for code in CODE.findall(mail)]
    assert codes, f"no mail with a code came to {email}"
    return codes[-1]


def arrive(page: Page, path: str) -> None:
    """Wait until the page is at that path, and not only on the way there: `?next=` names it too."""
    page.wait_for_url(lambda url: urlsplit(url).path == path)


def press(form: Locator) -> None:
    """Send a form by its main button."""
    form.locator("button[type=submit], button:not([type])").first.click()
