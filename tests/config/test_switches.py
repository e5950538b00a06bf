"""The light site, the shared phone, and what makes the site an application on a phone."""

import gzip
import json
import re

import pytest
from django.test import Client
from django.urls import reverse

from deliberate import participants, statements
from deliberate.models import Conversation, Participant, Statement, Vote
from tests import factories

pytestmark = pytest.mark.django_db

PASSWORD = "a password for the tests"


@pytest.fixture
def topic() -> Conversation:
    return factories.statement(conversation=factories.conversation(slug="water")).conversation


def is_lite(client: Client, **headers: str) -> bool:
    page = client.get("/conversations/water/", headers=headers).content.decode()
    return "live-data" not in page and "data-worker" not in page and "manifest" not in page


def test_light_site_is_by_the_browsers_word(client: Client, topic: Conversation) -> None:
    assert not is_lite(client)
    assert is_lite(client, save_data="on")


def test_light_site_is_switched_on_and_off_without_scripts(client: Client, topic) -> None:
    on = client.post("/lite/", {"lite": "on", "next": "/conversations/water/"})
    was_on = is_lite(client)
    client.post("/lite/", {"lite": "off"})

    assert (on.status_code, on["Location"]) == (302, "/conversations/water/")
    assert was_on
    assert not is_lite(client, save_data="on")


@pytest.mark.parametrize("back", ["https://elsewhere.example/", "//elsewhere.example/", ""])
def test_light_site_leads_nowhere_else(client: Client, back: str) -> None:
    response = client.post("/lite/", {"lite": "on", "next": back})

    assert response["Location"] == "/"


def test_shared_phone_is_said_and_unsaid(client: Client) -> None:
    said = client.post("/device/", {"act": "share"})
    page = client.get("/")
    client.post("/device/", {"act": "own"})

    assert said["Clear-Site-Data"] == '"cache", "storage"'
    assert page["Cache-Control"] == "private, no-store"
    assert "data-worker" not in page.content.decode()
    assert "data-worker" in client.get("/").content.decode()


def test_session_on_a_shared_phone_ends_with_the_browser(client: Client, topic) -> None:
    client.post("/device/", {"act": "share"})

    client.get("/conversations/water/")

    assert client.cookies["sessionid"]["max-age"] == ""
    assert client.session.get_expire_at_browser_close()


def test_reading_on_a_shared_phone_makes_no_session(client: Client) -> None:
    client.post("/device/", {"act": "share"})
    client.cookies.pop("messages", None)

    client.get("/petitions/")

    assert "sessionid" not in client.cookies


def test_signing_out_of_a_shared_phone_forgets(client: Client) -> None:
    factories.user(email="one@example.org", password=PASSWORD)
    client.post("/device/", {"act": "share"})
    client.login(email="one@example.org", password=PASSWORD)

    response = client.post(reverse("account_logout"))

    assert response["Clear-Site-Data"] == '"cache", "storage"'
    assert response["Cache-Control"] == "private, no-store"


def test_signing_out_of_ones_own_phone_keeps_what_waits(client: Client) -> None:
    factories.user(email="one@example.org", password=PASSWORD)
    client.login(email="one@example.org", password=PASSWORD)

    response = client.post(reverse("account_logout"))

    assert "Clear-Site-Data" not in response


def test_leaving_signs_out_and_forgets_the_browsers_pseudonym(client: Client, topic) -> None:
    client.get("/conversations/water/")
    key = client.session["participation_key"]

    response = client.post("/device/", {"act": "leave"})
    client.get("/conversations/water/")

    assert response["Clear-Site-Data"] == '"cache", "storage"'
    assert client.session["participation_key"] != key


def said_and_voted(client: Client) -> Statement:
    """What a browser does without an account: a vote, a statement; it may be erased."""
    page = "/conversations/water/"
    client.get(page)
    client.post(page, {"statement": "0", "choice": "disagree"})
    client.post(page, {"text": "The pumps are broken.", "language": "en"})
    return Statement.objects.get(text="The pumps are broken.")


def test_browser_without_an_account_erases_what_was_done_in_it(client: Client, topic) -> None:
    said = said_and_voted(client)
    key = client.session["participation_key"]
    before = Vote.objects.count()
    names = participants.names_everywhere([bytes.fromhex(key)])

    page = client.get("/device/").content.decode()
    answer = client.post("/device/", {"act": "erase", "remove_words": "on"}, follow=True)

    said.refresh_from_db()
    assert 'value="erase"' in page
    assert "is erased" in answer.content.decode()
    assert (before, Vote.objects.count()) == (2, 0)
    assert (said.text, said.author) == (statements.WITHDRAWN, None)
    assert not Participant.objects.filter(key__in=names).exists()
    assert client.session.get("participation_key") is None


def test_browser_that_erases_may_leave_its_words(client: Client, topic) -> None:
    said = said_and_voted(client)

    client.post("/device/", {"act": "erase"})

    said.refresh_from_db()
    assert (said.text, said.author) == ("The pumps are broken.", None)


def test_browser_that_did_nothing_or_is_signed_in_erases_nothing_here(
    client: Client, topic
) -> None:
    factories.vote(statement=topic.statements.get())
    fresh = client.get("/device/").content.decode()
    client.post("/device/", {"act": "erase"})
    user = factories.user()
    client.force_login(user)
    signed_in = client.get("/device/").content.decode()

    answer = client.post("/device/", {"act": "erase"})

    assert 'value="erase"' not in fresh + signed_in
    assert answer.url == "/device/"
    assert client.get("/notices/").status_code == 200
    assert Vote.objects.count() == 1


def test_erasing_a_browser_needs_the_pages_own_token(topic) -> None:
    client = Client(enforce_csrf_checks=True)
    client.get("/conversations/water/")

    assert client.post("/device/", {"act": "erase"}).status_code == 403


def test_manifest_is_in_the_readers_language(client: Client) -> None:
    manifest = json.loads(
        client.get("/manifest.webmanifest", headers={"accept-language": "ur"}).content
    )

    assert (manifest["lang"], manifest["dir"]) == ("ur", "rtl")
    assert manifest["start_url"] == manifest["scope"] == "/"
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
    assert {icon["sizes"] for icon in manifest["icons"]} == {"192x192", "512x512"}


def test_worker_is_small_and_for_the_whole_site(client: Client) -> None:
    response = client.get("/sw.js")

    assert response["Content-Type"].startswith("text/javascript")
    assert len(gzip.compress(response.content)) <= 2048
    assert "max-age=0" in response["Cache-Control"]
    assert "worker-src 'self'" in response["Content-Security-Policy"]


def test_worker_differs_by_language(client: Client) -> None:
    """So that a browser fetches the page without a line in the language its reader chose."""
    english, urdu = (
        client.get("/sw.js", headers={"accept-language": code}).content for code in ("en", "ur")
    )

    assert english != urdu


def test_page_without_a_line_is_nobodys(client: Client) -> None:
    factories.user(email="one@example.org", password=PASSWORD)
    client.login(email="one@example.org", password=PASSWORD)

    page = client.get("/offline/", headers={"accept-language": "en"}).content.decode()

    assert "csrfmiddlewaretoken" not in page
    assert re.search(r"Sign in", page)
