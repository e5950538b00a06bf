"""Headers that every answer carries, and the file that says whom to tell of a hole."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import known_devices
from config import device, lite, my_place
from deliberate.models import Place
from opinion_map import worker
from tests import factories
from tests.accounts.signing_in import browser, code_for
from tests.just_signed_in import sign_in
from tests.opinion_map import blocs

POLICY = {
    "default-src": {"'none'"},
    "script-src": {"'self'"},
    "style-src": {"'self'"},
    "img-src": {"'self'"},
    "connect-src": {"'self'"},
    "manifest-src": {"'self'"},
    "worker-src": {"'self'"},
    "object-src": {"'none'"},
    "base-uri": {"'none'"},
    "form-action": {"'self'"},
    "frame-ancestors": {"'none'"},
}
COOKIES = {
    "sessionid",
    "csrftoken",
    "messages",
    "django_language",
    known_devices.cookie_name(),
    lite.COOKIE,
    my_place.COOKIE,
    device.COOKIE,
}
ANSWERS = ["/", "/healthz", "/api/v1/openapi.json", "/nothing/", "/accounts/login/", "/sw.js"]


def policy_of(answer: Any) -> dict[str, set[str]]:
    """What the page may do, rule by rule."""
    rules = [rule.split() for rule in answer.headers["Content-Security-Policy"].split(";")]
    return {rule[0]: set(rule[1:]) for rule in rules if rule}


@pytest.mark.django_db
@pytest.mark.parametrize("path", ANSWERS)
def test_every_answer_forbids_what_nobody_needs(client: Client, path: str) -> None:
    headers = client.get(path).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "geolocation=()" in headers["Permissions-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "object-src 'none'" in headers["Content-Security-Policy"]
    is_for_all = path.startswith("/api/")
    assert headers["Cross-Origin-Resource-Policy"] == (
        "cross-origin" if is_for_all else "same-origin"
    )


@pytest.mark.django_db
@pytest.mark.parametrize("path", ANSWERS)
def test_policy_lets_pages_load_and_run_what_is_the_sites_alone(client: Client, path: str) -> None:
    assert policy_of(client.get(path)) == POLICY


@pytest.mark.django_db
def test_only_the_page_with_an_apps_secret_holds_a_picture(client: Client) -> None:
    sign_in(client, factories.user())

    page = client.get("/accounts/2fa/totp/activate/")

    assert 'src="data:image/svg+xml;' in page.content.decode()
    assert policy_of(page) == POLICY | {"img-src": {"'self'", "data:"}}


@pytest.mark.django_db
def test_scripts_cannot_read_the_session() -> None:
    client = browser()
    asked = client.post("/accounts/signup/", {"email": "a@example.org"})
    before = asked.cookies["sessionid"]
    after = client.post(asked.url, {"code": code_for("a@example.org")}).cookies["sessionid"]

    for cookie in (before, after):
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
        assert not cookie["domain"]


@pytest.mark.django_db
def test_no_cookie_comes_with_a_form_of_another_site() -> None:
    Place.objects.create(slug="vehari", name="Vehari")
    client = browser()
    asked = client.post("/accounts/signup/", {"email": "a@example.org"})
    answers = [
        client.get("/accounts/login/"),
        asked,
        client.post(asked.url, {"code": code_for("a@example.org")}),
        client.post("/notices/", {"action": "mail"}),
        client.get("/language/ur/"),
        client.post("/lite/", {"lite": "on"}),
        client.get("/my-place/?place=vehari"),
        client.post("/device/", {"act": "share"}),
    ]

    set_by = {name: one["samesite"] for got in answers for name, one in got.cookies.items()}
    assert set_by.keys() == COOKIES
    assert set(set_by.values()) == {"Lax"}


def room_with_a_map(client: Client) -> str:
    """The path of a conversation with a published map, in which the browser's person has voted."""
    room = blocs.conversation(slug="water")
    worker.draw_stale()
    sign_in(client, factories.user())
    path = str(room.get_absolute_url())
    answer = client.post(path, {"statement": 0, "choice": "agree", "ballot": "a" * 32})
    assert answer.status_code < 400, answer.content
    return path


@pytest.mark.django_db
def test_only_public_files_are_open_to_other_sites_and_nobodys_own(client: Client) -> None:
    path = room_with_a_map(client)
    api = f"/api/v1{path}"
    public = {
        f"{path}map.json",
        "/api/v1/openapi.json",
        "/api/v1/conversations/",
        api,
        f"{api}statements/",
    }
    pages = ["", "map/", "map.csv", "map.svg", "my-votes/", "export/summary.csv"]
    others = {f"{path}{page}" for page in pages} | {f"{api}next/", "/api/v1/session/"}
    others |= {"/accounts/data/", "/accounts/data/json/", "/petitions/", "/record/lines.jsonl"}
    asking = {"origin": "https://elsewhere.example"}

    own = {one: client.get(one, headers=asking) for one in public | others | set(ANSWERS)}
    anyones = {one: Client().get(one, headers=asking) for one in public}

    open_to_all = {one for one, got in own.items() if "Access-Control-Allow-Origin" in got.headers}
    assert open_to_all == public
    for one in public:
        assert own[one].status_code == 200, one
        assert own[one].content == anyones[one].content
        assert own[one].headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in own[one].headers
        assert not own[one].cookies


NAMED = re.compile(r'attachment; filename="[a-z0-9_-]+\.(json|jsonl|csv)"')


@pytest.mark.django_db
def test_names_of_downloads_are_the_sites_and_need_no_encoding(client: Client) -> None:
    path = room_with_a_map(client)
    files = [
        *(f"/accounts/data/{form}/" for form in ("json", "csv")),
        *(f"{path}export/{name}.csv" for name in ("summary", "comments")),
        f"{path}map.csv",
        "/record/lines.jsonl",
    ]

    for file in files:
        answer = client.get(file, {"filename": "evil.exe", "name": 'x"; a="', "form": "exe"})

        assert answer.status_code == 200, file
        assert NAMED.fullmatch(answer["Content-Disposition"]), answer["Content-Disposition"]
    assert client.get("/accounts/data/exe/").status_code == 404
    assert client.get(f"{path}export/evil.csv").status_code == 404


def test_contact_for_holes_is_where_it_is_looked_for(client: Client, settings: Any) -> None:
    settings.SECURITY_CONTACT = ["mailto:a@example.org", "https://example.org/tell"]

    answer = client.get("/.well-known/security.txt")

    fields = [line.split(": ", 1) for line in answer.content.decode().splitlines()]
    expires = datetime.strptime(dict(fields)["Expires"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert [value for name, value in fields if name == "Contact"] == settings.SECURITY_CONTACT
    assert timedelta(days=30) < expires - timezone.now() < timedelta(days=365)
    assert dict(fields)["Canonical"] == f"{settings.SITE_URL}/.well-known/security.txt"


def test_without_a_contact_there_is_no_file(client: Client, settings: Any) -> None:
    settings.SECURITY_CONTACT = []

    assert client.get("/.well-known/security.txt").status_code == 404
