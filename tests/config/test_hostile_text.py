"""What people write is shown as text: in pages, in files for spreadsheets, in mail."""

import csv
import io
import re
from html import unescape

import pytest
from django.test import Client

from accounts.models import Role
from tests import factories
from tests.just_signed_in import sign_in
from tests.petitions import making

pytestmark = pytest.mark.django_db

CORPUS = [
    "<script>alert(1)</script> long enough",
    '"><img src=x onerror=alert(1)> long enough',
    "'><svg/onload=alert(1)> long enough",
    "</textarea><script>alert(1)</script> long",
    "</title><script>alert(1)</script> long",
    "<a href=javascript:alert(1)>long enough</a>",
    "{{ 7*7 }}{% debug %} long enough",
    "${7*7}<%= 7*7 %> long enough",
    "--><script>alert(1)</script><!-- long",
    "\u202e<b>gpj.exe</b>\u202d long enough",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "&lt;script&gt;alert(1)&lt;/script&gt; twice",
]
FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1", '=cmd|" /C calc"!A0', "＝1+1"]


def tags_of(text: str) -> list[str]:
    return re.findall(r"<[a-z/!][^>]*>?", text, re.IGNORECASE)


def is_shown_as_text(page: str, text: str) -> bool:
    """None of its markup stands in the page as markup, and the words can be read."""
    own_words = re.sub(r"\s+", " ", unescape(page))
    return not any(tag in page for tag in tags_of(text) if "alert" in tag or "b>" in tag) and (
        "alert(1)" not in text or "alert(1)" in own_words
    )


@pytest.mark.parametrize("text", CORPUS)
def test_statement_title_and_name_are_shown_as_text(client: Client, text: str) -> None:
    author = factories.user(display_name=text[:80])
    room = factories.conversation(slug="water", title=text, introduction=text)
    statement = factories.statement(conversation=room, text=text)
    petition = making.collecting(creator=author, title=text[:80], text=f"{text} {text}")
    pages = [
        "/",
        f"/search/?q={text[:20]}",
        room.get_absolute_url(),
        f"{room.get_absolute_url()}?statement={statement.number}",
        f"/moderation/report/water/{statement.number}/",
        petition.get_absolute_url(),
        "/petitions/",
    ]

    for path in pages:
        answer = client.get(path)
        page = answer.content.decode()
        assert answer.status_code == 200
        assert "<script>alert" not in page
        assert "onerror=alert(1)>" not in page.replace("&gt;", "")
        assert "<svg/onload" not in page
        assert "srcdoc='<" not in page
        assert "href=javascript" not in page or "&lt;a href=javascript" in page
        assert ">49<" not in page


@pytest.mark.parametrize("text", CORPUS)
def test_what_is_typed_comes_back_as_text(client: Client, text: str) -> None:
    statement = factories.statement(conversation=factories.conversation(slug="water"))
    path = statement.conversation.get_absolute_url()

    answers = [
        client.post(path, {"text": text * 20}),
        client.post("/moderation/report/water/0/", {"reason": text, "explanation": text}),
        client.post("/accounts/login/", {"login": text, "password": text}),
        client.post("/accounts/signup/", {"email": text, "password1": ""}),
    ]

    for answer in answers:
        assert answer.status_code < 500
        assert "<script>alert" not in answer.content.decode()
        assert "<img src=x" not in answer.content.decode()


@pytest.mark.parametrize("text", CORPUS)
def test_reason_and_report_are_shown_as_text_to_moderators(client: Client, text: str) -> None:
    statement = factories.statement(conversation=factories.conversation(slug="water"))
    client.post(
        f"/moderation/report/water/{statement.number}/",
        {"reason": "insult", "explanation": text},
    )
    desk = sign_in(Client(), factories.official(Role.MODERATOR), factor=True)

    for path in ("/moderation/", f"/moderation/statements/{statement.pk}/"):
        page = desk.get(path).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<svg/onload" not in page


def cells(client: Client, path: str) -> list[str]:
    answer = client.get(path)
    body = b"".join(answer) if answer.streaming else answer.content
    assert answer.status_code == 200
    return [cell for row in csv.reader(io.StringIO(body.decode("utf-8-sig"))) for cell in row]


@pytest.mark.parametrize("text", FORMULAS)
@pytest.mark.parametrize("name", ["comments", "summary", "votes"])
def test_no_cell_of_an_export_is_a_formula(client: Client, name: str, text: str) -> None:
    room = factories.conversation(slug="water", title=text, data_policy="open")
    for number in range(3):
        factories.statement(conversation=room, text=f"{text} {number}")

    found = cells(client, f"/conversations/water/export/{name}.csv")

    numbers = re.compile(r"-?[0-9.]+")
    assert [
        cell for cell in found if cell[:1] in "=+-@\t\r＝" and cell and not numbers.fullmatch(cell)
    ] == []


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_of_a_map_is_a_formula(client: Client, text: str) -> None:
    room = factories.conversation(slug="water", title=text, data_policy="open")
    factories.statement(conversation=room, text=text)
    answer = client.get("/conversations/water/map.csv")
    if answer.status_code == 404:
        return  # no map yet; what its rows are made of is in the test below
    assert not [cell for cell in answer.content.decode().split(",") if cell[:1] in set("=+@\t")]
