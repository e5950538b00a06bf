"""Signing in on a phone: by a code in Urdu, with and without JavaScript, and with a passkey."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.browsers import OpenContext, take_picture
from tests.journeys.people import arrive, code_for, press, sign_up
from tests.journeys.server import DemoServer

pytestmark = pytest.mark.browser
CAN_SIGN = '[name="act"][value="sign"]'


def phone_with_passkeys(context: BrowserContext) -> Page:
    """A page on a phone whose finger is always the right one."""
    page = context.new_page()
    line = context.new_cdp_session(page)
    line.send("WebAuthn.enable")
    line.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return page


def petition_to_sign(page: Page) -> str:
    """The path of a petition that takes signatures."""
    page.goto("/petitions/")
    page.locator(
        "main a[href^='/petitions/']:has(h2), main h2 a[href^='/petitions/']"
    ).first.click()
    return urlsplit(page.url).path


@pytest.mark.parametrize("javascript", [True, False])
def test_signature_in_urdu_by_a_code_ends_counted(
    demo_server: DemoServer, open_context: OpenContext, javascript: bool
) -> None:
    context = open_context(locale="ur-PK", java_script_enabled=javascript)
    page = context.new_page()
    path = petition_to_sign(page)
    email = f"urdu{int(javascript)}@example.org"

    press(page.locator(f"form:has({CAN_SIGN})"))
    assert page.locator("html").get_attribute("dir") == "rtl"
    take_picture(page, f"join-ur-{int(javascript)}")
    page.locator("[name=email]").fill(email)
    press(page.locator("form:has([name=email])"))
    page.locator("[name=code]").fill(code_for(demo_server, email))
    take_picture(page, f"code-ur-{int(javascript)}")
    press(page.locator("form:has([name=code])"))

    arrive(page, path)
    expect(page.locator(".notice--success").first).to_be_visible()
    expect(page.locator("button[value=withdraw-signature]")).to_be_visible()


def test_passkey_is_added_signs_in_and_proves_again(
    demo_server: DemoServer, open_context: OpenContext
) -> None:
    context = open_context()
    errors: list[str] = []
    page = phone_with_passkeys(context)
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    sign_up(context, demo_server, name="passkey", page=page)

    page.goto("/accounts/2fa/webauthn/add/")
    take_picture(page, "passkey-add")
    press(page.locator("form[data-passkey=add]"))
    arrive(page, "/accounts/2fa/recovery-codes/")

    page.goto("/accounts/logout/")
    press(page.locator("main form[action='/accounts/logout/']"))
    arrive(page, "/")
    page.goto("/accounts/login/?next=/accounts/sessions/")
    take_picture(page, "passkey-sign-in")
    press(page.locator("form[data-passkey=sign-in]"))
    arrive(page, "/accounts/sessions/")
    take_picture(page, "sessions")

    page.goto("/accounts/2fa/webauthn/reauthenticate/?next=/accounts/2fa/")
    take_picture(page, "passkey-again")
    press(page.locator("form[data-passkey=prove]"))
    arrive(page, "/accounts/2fa/")
    take_picture(page, "second-step")
    assert errors == []


def test_phone_without_passkeys_is_told_of_another_way(
    demo_server: DemoServer, open_context: OpenContext
) -> None:
    context = open_context()
    context.add_init_script("delete window.PublicKeyCredential")
    page = context.new_page()

    page.goto("/accounts/login/")

    expect(page.locator("[data-no-passkeys]")).to_be_visible()
    expect(page.locator("form[data-passkey] button")).to_be_disabled()
    expect(page.locator("a[href^='/accounts/login/code/']")).to_be_visible()
