"""Sessions that were planted, ended or taken over: none of them acts any more."""

import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts import roles
from accounts.models import Role, User
from deliberate.models import Vote
from tests import factories
from tests.deliberate.test_live_socket import ask, socket
from tests.just_signed_in import sign_in

PASSWORD = "a password for the tests"
database = sync_to_async


def cookie_of(client: Client) -> str:
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


def bearing(key: str) -> Client:
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = key
    return client


def signed_in(user: User) -> Client:
    client = Client()
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    return client


@pytest.mark.django_db
def test_session_that_was_planted_is_not_signed_in() -> None:
    """An attacker's session in the victim's browser: signing in leaves it behind."""
    room = factories.conversation(slug="water")
    attacker = Client()
    attacker.get(room.get_absolute_url())
    planted = cookie_of(attacker)
    victim = bearing(planted)
    user = factories.user(password=PASSWORD)

    victim.post("/accounts/login/", {"login": user.email, "password": PASSWORD})

    assert cookie_of(victim) != planted
    assert "_auth_user_id" in victim.session
    assert "_auth_user_id" not in bearing(planted).session
    assert bearing(planted).get("/notices/").status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["x" * 32, "a", "' OR 1=1 --", "../../etc/passwd", "é" * 8])
def test_session_that_nobody_gave_is_not_taken(key: str) -> None:
    client = bearing(key)

    client.get(factories.conversation(slug="water").get_absolute_url())

    assert cookie_of(client) != key


@pytest.mark.django_db
def test_vote_with_a_session_that_was_ended_is_nobodys() -> None:
    statement = factories.statement(
        conversation=factories.conversation(slug="water", participation="account")
    )
    client = signed_in(factories.user(password=PASSWORD))
    kept = bearing(cookie_of(client))
    path = statement.conversation.get_absolute_url()
    form = {"statement": str(statement.number), "choice": "agree"}
    assert kept.post(path, form).status_code == 302
    Vote.objects.all().delete()

    client.post(reverse("account_logout"))
    answer = kept.post(path, {**form, "choice": "disagree"})

    assert answer["Location"].startswith("/accounts/")
    assert Vote.objects.count() == 0


@pytest.mark.django_db
def test_password_change_ends_every_other_session() -> None:
    user = factories.user(password=PASSWORD)
    here, elsewhere = signed_in(user), signed_in(user)
    assert elsewhere.get("/notices/").status_code == 200

    user.set_password("another password for the tests")
    user.save()

    assert elsewhere.get("/notices/").status_code == 302
    assert here.get("/notices/").status_code == 302


@pytest.mark.django_db
def test_role_that_was_taken_away_closes_the_desk_at_once() -> None:
    user = factories.official(Role.MODERATOR)
    client = sign_in(Client(), user, factor=True)
    assert client.get("/moderation/").status_code == 200

    roles.revoke(user=user, role=Role.MODERATOR)

    assert client.get("/moderation/").status_code == 403


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["logout", "suspension", "password", "erasure"])
async def test_open_socket_loses_its_bearer_at_once(what: str) -> None:
    """No vote and no statement by a line that was opened before."""
    room = await database(factories.conversation)(participation="account")
    statement = await database(factories.statement)(conversation=room)
    user = await database(factories.user)(password=PASSWORD)
    client = await database(signed_in)(user)

    async with socket(room, session=cookie_of(client)) as line:
        before = await ask(line, "vote", statement=statement.number, choice="agree")
        await database(END[what])(user, client)
        votes = await Vote.objects.acount()
        after = await ask(line, "vote", statement=statement.number, choice="disagree")
        said = await ask(line, "statement.submit", text="Said by nobody.")

    assert before["type"] == "ok"
    assert (after["type"], said["type"]) == ("error", "error")
    assert {after["content"]["code"], said["content"]["code"]} <= {
        "sign_in_needed",
        "not_entitled",
    }
    assert await Vote.objects.filter(choice=-1).acount() == 0
    assert await Vote.objects.acount() == votes
    assert await database(room.statements.count)() == 1


def _suspend(user: User, _client: Client) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def _change_password(user: User, _client: Client) -> None:
    user.set_password("another password for the tests")
    user.save()


END: dict[str, Any] = {
    "logout": lambda _user, client: client.post(reverse("account_logout")),
    "suspension": _suspend,
    "password": _change_password,
    "erasure": lambda user, _client: user.delete(),
}


@pytest.mark.django_db(transaction=True)
async def test_socket_of_a_moderator_gives_no_more_than_anyones() -> None:
    """Offices act over HTTP alone; a role that is taken away takes nothing from a socket."""
    room = await database(factories.conversation)()
    user = await database(factories.official)(Role.MODERATOR)
    client = await database(sign_in)(Client(), user, factor=True)

    async with socket(room, session=cookie_of(client)) as line:
        replies = []
        for kind in ("statement.accept", "statement.reject", "report.decide", "role.grant"):
            await line.send_to(text_data=json.dumps({"type": kind, "id": kind, "content": {}}))
            replies.append(json.loads(await line.receive_from(timeout=5)))

    assert {reply["content"]["code"] for reply in replies} == {"bad_frame"}
