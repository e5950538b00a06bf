"""Whoever walks the numbers finds what everyone may see, and cannot tell the rest apart."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from tests import factories
from tests.petitions import making

pytestmark = pytest.mark.django_db

HIDDEN_KEYS = {"user", "user_id", "account", "account_id", "email", "author", "participant", "pid"}


def keys_of(data: Any) -> set[str]:
    if isinstance(data, dict):
        return set(data) | {key for value in data.values() for key in keys_of(value)}
    if isinstance(data, list):
        return {key for value in data for key in keys_of(value)}
    return set()


def words(client: Client, path: str) -> tuple[int, str]:
    answer = client.get(path)
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
    return answer.status_code, re.sub(r"\d+|secret-plan|no-such-plan", "N", text)


@pytest.mark.parametrize(
    "prefix", ["/petitions/{}/", "/petitions/{}/edit/", "/api/v1/petitions/{}/"]
)
def test_draft_of_another_looks_like_nothing(prefix: str) -> None:
    draft = making.draft()
    stranger = Client()
    stranger.force_login(factories.user())

    found = words(stranger, prefix.format(draft.pk))

    assert found[0] == 404
    assert found == words(stranger, prefix.format(draft.pk + 1000))


def test_conversation_that_is_a_draft_looks_like_nothing(client: Client) -> None:
    factories.conversation(slug="secret-plan", state="draft")

    first, second = (
        words(client, f"/conversations/{slug}/") for slug in ("secret-plan", "no-such-plan")
    )

    assert first[0] == second[0] == 404
    assert first[1] == second[1]


def test_no_answer_of_the_api_names_a_person() -> None:
    room = factories.conversation(slug="water")
    factories.statement(conversation=room, author=factories.participant(conversation=room))
    petition = making.collecting()
    client = Client()
    client.force_login(factories.user())

    for path in (
        "/api/v1/session/",
        "/api/v1/conversations/",
        "/api/v1/conversations/water/",
        "/api/v1/conversations/water/statements/",
        "/api/v1/conversations/water/my-votes/",
        "/api/v1/conversations/water/my-statements/",
        "/api/v1/petitions/",
        f"/api/v1/petitions/{petition.pk}/",
    ):
        answer = client.get(path)
        assert answer.status_code == 200
        assert not keys_of(json.loads(answer.content)) & HIDDEN_KEYS
        assert "@example.org" not in answer.content.decode()


def test_account_in_an_address_is_known_by_no_number(client: Client) -> None:
    """Links to stop mails and to new passwords cannot be counted through."""
    for path in ("/notices/stop/1/", "/accounts/password/reset/key/1-1/"):
        answers = {words(client, path), words(client, path.replace("1", "2"))}
        assert len({status for status, _text in answers}) == 1
