"""Passkeys, codes of an app, and proving again that it is still the person."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core import mail
from django.http import HttpRequest
from django.test import Client

from accounts import second_factor, step_up
from accounts.models import Role, User
from tests import factories
from tests.accounts.signing_in import (
    add_passkey,
    browser,
    code_for,
    enrol,
    join,
    prove_with,
    sign_in_with,
)

pytestmark = pytest.mark.django_db
PASSWORD = "a long and quiet evening"


def request_of(client: Client, user: User) -> HttpRequest:
    """A request of that browser, as a door sees it."""
    request = HttpRequest()
    request.session, request.user = client.session, user
    return request


def app_code(secret: str) -> str:
    """What the app shows now."""
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def with_app(user: User) -> str:
    """Give the account an app; its secret."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def age_of_proofs(client: Client, seconds: int) -> None:
    """Let whatever this browser has proved be so old."""
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= seconds
    session.save()


def test_passkey_is_added_and_signs_in_alone() -> None:
    client = browser()
    join(client, "a@example.org")
    passkey = add_passkey(client)
    fresh = browser()

    answer = sign_in_with(fresh, passkey)

    assert (answer.status_code, answer.url) == (302, "/")
    assert fresh.session["_auth_user_id"] == client.session["_auth_user_id"]
    assert second_factor.has(User.objects.get())


def test_passkey_of_nobody_signs_nobody_in() -> None:
    client = browser()
    join(client, "a@example.org")
    passkey = add_passkey(client)
    Authenticator.objects.all().delete()
    fresh = browser()

    sign_in_with(fresh, passkey)

    assert "_auth_user_id" not in fresh.session


@pytest.mark.parametrize("credential", ["", "{}", "[]", "null", '{"response": 1}', "x" * 9000])
def test_nonsense_instead_of_a_passkey_is_refused(credential: str) -> None:
    client = browser()
    client.get("/accounts/2fa/webauthn/login/", headers={"accept": "application/json"})

    answer = client.post("/accounts/2fa/webauthn/login/", {"credential": credential})

    assert (answer.status_code, answer.url) == (302, "/accounts/login/")
    assert "_auth_user_id" not in client.session


def test_new_passkey_is_told_to_its_person_without_an_address() -> None:
    client = browser()
    join(client, "a@example.org")

    add_passkey(client)

    letter = next(one for one in mail.outbox if "passkey has been added" in one.body)
    assert letter.to == ["a@example.org"]
    assert "127.0.0.1" not in letter.body
    assert "/accounts/sessions/" in letter.body


def test_mailbox_alone_does_not_open_an_account_with_a_second_factor() -> None:
    user = factories.user(email="a@example.org", password=PASSWORD)
    with_app(user)
    by_code, by_password = browser(), browser()

    code = join(by_code, "a@example.org")
    password = by_password.post("/accounts/login/", {"login": user.email, "password": PASSWORD})

    assert code.url == password.url == "/accounts/2fa/authenticate/"
    assert not {"_auth_user_id"} & {*by_code.session.keys(), *by_password.session.keys()}


def test_new_password_takes_no_second_factor_away() -> None:
    user = factories.user(email="a@example.org", password=PASSWORD)
    with_app(user)
    client = browser()
    client.post("/accounts/password/reset/", {"email": user.email})
    link = next(word for word in mail.outbox[-1].body.split() if "/reset/key/" in word)
    form = client.get(urlsplit(link).path, follow=True)
    new = "another long evening"

    client.post(form.redirect_chain[-1][0], {"password1": new, "password2": new})
    answer = client.post("/accounts/login/", {"login": user.email, "password": new})

    assert answer.url == "/accounts/2fa/authenticate/"
    assert second_factor.has(user)


def test_code_of_the_app_finishes_signing_in_where_it_began() -> None:
    user = factories.user(email="a@example.org")
    secret = with_app(user)
    client = browser()
    join(client, user.email, next="/petitions/")

    answer = client.post("/accounts/2fa/authenticate/", {"code": app_code(secret)})

    assert (answer.status_code, answer.url) == (302, "/petitions/")


def test_code_of_the_app_works_once() -> None:
    user = factories.user(email="a@example.org")
    code = app_code(with_app(user))
    one, other = browser(), browser()
    for client in (one, other):
        join(client, user.email)

    answers = [
        client.post("/accounts/2fa/authenticate/", {"code": code}) for client in (one, other)
    ]

    assert [answer.status_code for answer in answers] == [302, 200]


def test_secret_of_the_app_is_not_in_the_database() -> None:
    secret = with_app(factories.user())

    assert secret not in str(Authenticator.objects.values_list("data", flat=True)[0])


def test_locks_of_an_account_are_changed_with_its_second_factor_only() -> None:
    user = factories.user(email="a@example.org", password=PASSWORD)
    secret = with_app(user)
    client = browser()
    join(client, user.email)
    client.post("/accounts/2fa/authenticate/", {"code": app_code(secret)})
    age_of_proofs(client, 601)

    asked = client.post("/accounts/2fa/totp/deactivate/")
    by_password = client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    by_mail = client.get("/accounts/reauthenticate/code/")

    assert asked.url.startswith("/accounts/reauthenticate/")
    assert by_password.url.startswith("/accounts/2fa/reauthenticate/")
    assert by_mail.url.startswith("/accounts/reauthenticate/")
    assert second_factor.has(user)


def test_account_without_a_password_proves_itself_by_a_code_before_it_gets_a_passkey() -> None:
    client = browser()
    join(client, "a@example.org")
    age_of_proofs(client, 601)

    asked = client.get("/accounts/2fa/webauthn/add/", follow=True)
    where = asked.redirect_chain[-1][0]
    client.post(where)
    answer = client.post(where, {"code": code_for("a@example.org")}, follow=True)

    assert where.startswith("/accounts/reauthenticate/code/")
    assert answer.redirect_chain[-1][0] == "/accounts/2fa/webauthn/add/"


def test_code_again_takes_five_tries_and_few_mails_also_when_begun_again() -> None:
    client = browser()
    join(client, "a@example.org")
    age_of_proofs(client, 601)
    mail.outbox.clear()
    path = "/accounts/reauthenticate/code/"

    answers = []
    for _ in range(6):
        client.post(path)
        sent = len(mail.outbox)
        answers += [client.post(path, {"code": "WRONG"}).status_code for _ in range(5)]
        assert len(mail.outbox) == sent
    right = client.post(path, {"code": code_for("a@example.org")})

    assert len(mail.outbox) <= 4
    assert right.status_code in {422, 429}
    assert set(answers) == {422, 429}


def test_code_again_says_when_no_more_are_sent() -> None:
    client = browser()
    join(client, "a@example.org")
    mail.outbox.clear()
    path = "/accounts/reauthenticate/code/"

    pages = [client.post(path, follow=True).content.decode() for _ in range(5)]

    assert ["No more codes for now" in page for page in pages] == [False] * 4 + [True]
    assert len(mail.outbox) == 4


def test_addresses_of_an_account_are_changed_after_a_fresh_proof_only() -> None:
    client = browser()
    join(client, "a@example.org")
    age_of_proofs(client, 601)

    answer = client.post("/accounts/email/", {"email": "thief@example.org", "action_add": ""})

    assert answer.url.startswith("/accounts/reauthenticate/")


def test_step_up_is_fresh_for_ten_minutes_after_a_passkey(settings) -> None:
    settings.STAFF_SECOND_FACTOR = True
    user, client = factories.moderator(email="m@example.org"), browser()
    join(client, user.email)
    enrol(client, user)
    passkey = add_passkey(client)

    age_of_proofs(client, 601)
    before = step_up.is_fresh(request_of(client, user))
    prove_with(client, passkey, "/accounts/2fa/webauthn/reauthenticate/")
    after = step_up.is_fresh(request_of(client, user))
    age_of_proofs(client, 601)
    later = step_up.is_fresh(request_of(client, user))

    assert (before, after, later) == (False, True, False)


def test_step_up_of_an_office_takes_neither_a_password_nor_a_recovery_code(settings) -> None:
    settings.STAFF_SECOND_FACTOR = True
    user, client = factories.moderator(email="m@example.org"), browser()
    join(client, user.email)
    with_app(user)
    session = client.session
    session["account_authentication_methods"] += [
        {"method": "password", "at": time.time(), "reauthenticated": True},
        {"method": "mfa", "type": "recovery_codes", "at": time.time(), "reauthenticated": True},
    ]
    session.save()

    assert not step_up.is_fresh(request_of(client, user))
    assert step_up.is_recent(request_of(client, user))


def test_citizen_without_a_second_factor_steps_up_by_what_they_have(settings) -> None:
    settings.STAFF_SECOND_FACTOR = True
    client = browser()
    join(client, "a@example.org")
    user = User.objects.get()

    fresh = step_up.is_fresh(request_of(client, user))
    age_of_proofs(client, 601)

    assert fresh
    assert not step_up.is_fresh(request_of(client, user))


@pytest.mark.parametrize("role", list(Role))
def test_every_office_needs_a_second_factor(settings, role: Role) -> None:
    settings.STAFF_SECOND_FACTOR = True
    person = factories.official(role)

    missing = second_factor.is_missing(person)
    with_app(person)

    assert missing
    assert not second_factor.is_missing(person)


def test_citizen_needs_none(settings) -> None:
    settings.STAFF_SECOND_FACTOR = True

    assert not second_factor.is_missing(factories.user())


def test_office_leads_to_the_second_factor_and_back(settings) -> None:
    settings.STAFF_SECOND_FACTOR = True
    user, client = factories.moderator(email="m@example.org"), browser()
    join(client, user.email)

    asked = client.get("/moderation/")
    enrol(client, user)
    page = client.get(asked.url)
    add_passkey(client)
    codes = client.get("/accounts/2fa/recovery-codes/")
    back = client.get("/accounts/second-factor/")

    assert asked.url == "/accounts/second-factor/?next=/moderation/"
    assert "/accounts/2fa/webauthn/add/" in page.content.decode()
    assert "/accounts/second-factor/" in codes.content.decode()
    assert back.url == "/moderation/"
    assert client.get("/moderation/").status_code == 200


def test_form_interrupted_by_the_second_step_is_done_after_it(settings, monkeypatch) -> None:
    settings.STAFF_SECOND_FACTOR = True
    statement = factories.statement(state="pending")
    user, client = factories.moderator(email="m@example.org"), browser()
    join(client, user.email)
    enrol(client, user)
    passkey = add_passkey(client)
    path = f"/moderation/statements/{statement.pk}/"
    age_of_proofs(client, 601)
    monkeypatch.setattr(
        "accounts.permissions.needs_step_up", lambda action, _roles: action == "statement.accept"
    )

    form = {"action": "accept", "version": str(statement.version)}
    asked = client.post(path, form)
    again = client.get(asked.url)
    next_url = parse_qs(urlsplit(asked.url).query)["next"][0]
    proved = prove_with(client, passkey, again.url.partition("?")[0], next=next_url)
    done = client.get(proved.url)
    twice = client.get(proved.url, follow=True)

    statement.refresh_from_db()
    assert asked.url.startswith("/accounts/reauthenticate/?next=/accounts/go-on/")
    assert done.status_code == 302
    assert statement.state == "accepted"
    assert "Nothing waits here" in twice.content.decode()
