"""The first second factor of an office: not by its mailbox alone."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts import enrolment, restoring, second_factor
from accounts.models import EnrolmentCode, Role, User
from tests import factories
from tests.accounts.signing_in import add_passkey, browser, enrol, join
from tests.accounts.test_second_factor import app_code, with_app
from tests.petitions import making

pytestmark = pytest.mark.django_db

ADDRESS = "m@example.org"
SET_UP = ["/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/add/"]
FIRST_PAGE = "/accounts/second-factor/"


@pytest.fixture(autouse=True)
def _asked_of_offices(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = True


def told(*command: str) -> str:
    """What a command prints."""
    out = StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()


def code_in(text: str) -> str:
    """The code on a console."""
    return text.partition("app: ")[2].split()[0]


def by_mailbox() -> Client:
    """A browser of whoever reads the office's mail."""
    client = browser()
    join(client, ADDRESS)
    return client


def add_app(client: Client) -> Any:
    """Set an app up as its page says; the answer."""
    path = SET_UP[0]
    client.get(path)
    secret = client.session.get("mfa.totp.secret") or "A" * 32
    return client.post(path, {"code": app_code(secret)})


@pytest.mark.parametrize("path", SET_UP)
def test_mailbox_alone_does_not_open_a_new_office(path: str) -> None:
    user = factories.moderator(email=ADDRESS)
    enrolment.issue(user)
    client = by_mailbox()

    asked, posted = client.get(path), client.post(path, {"code": "123456"})
    answer = add_app(client)

    assert asked.url == posted.url == answer.url == FIRST_PAGE
    assert not second_factor.has(user)
    assert client.get("/moderation/").url.startswith(FIRST_PAGE)


@pytest.mark.django_db(transaction=True)
def test_code_of_the_office_opens_it_once() -> None:
    user = factories.user(email=ADDRESS)
    code = code_in(told("grant_role", ADDRESS, Role.MODERATOR.value))
    client = by_mailbox()

    before = client.get(FIRST_PAGE).content.decode()
    typed = client.post(FIRST_PAGE, {"code": code.lower().replace("-", " ")})
    after = client.get(FIRST_PAGE).content.decode()
    answer = add_app(client)

    assert (typed.status_code, answer.status_code) == (302, 302)
    assert SET_UP[0] not in before
    assert SET_UP[0] in after
    assert client.get("/moderation/").status_code == 200
    assert not EnrolmentCode.objects.filter(user=user).exists()


def test_page_of_an_office_without_a_code_says_whom_to_ask() -> None:
    factories.moderator(email=ADDRESS)

    page = by_mailbox().get(FIRST_PAGE).content.decode()

    assert "Ask the operators for a new one" in page


@pytest.mark.parametrize("code", ["", "wrong", "BCDF-BCDF-BCDF", "é", "x" * 5000])
def test_wrong_code_is_refused(code: str) -> None:
    user = factories.moderator(email=ADDRESS)
    enrolment.issue(user)
    client = by_mailbox()

    answer = client.post(FIRST_PAGE, {"code": code})

    assert answer.status_code == 422
    assert client.get(SET_UP[0]).url == FIRST_PAGE


def test_code_of_another_office_is_refused() -> None:
    factories.moderator(email=ADDRESS)
    other = factories.moderator()

    assert by_mailbox().post(FIRST_PAGE, {"code": enrolment.issue(other)}).status_code == 422


def test_new_code_makes_the_old_one_void_in_every_browser() -> None:
    user = factories.moderator(email=ADDRESS)
    old = enrolment.issue(user)
    typed, client = by_mailbox(), by_mailbox()
    typed.post(FIRST_PAGE, {"code": old})

    new = code_in(told("enrolment_code", ADDRESS))

    assert client.post(FIRST_PAGE, {"code": old}).status_code == 422
    assert typed.get(SET_UP[0]).url == FIRST_PAGE
    assert client.post(FIRST_PAGE, {"code": new}).status_code == 302


def test_old_code_is_refused() -> None:
    user = factories.moderator(email=ADDRESS)
    code = enrolment.issue(user)
    client = by_mailbox()
    EnrolmentCode.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert client.post(FIRST_PAGE, {"code": code}).status_code == 422


def test_code_lasts_a_week_and_is_not_in_the_database() -> None:
    code = enrolment.issue(factories.moderator())

    row = EnrolmentCode.objects.get()
    assert timedelta(days=6) < row.expires_at - timezone.now() <= timedelta(days=7)
    assert code.replace("-", "") not in str(EnrolmentCode.objects.values_list())


def test_second_factor_that_was_there_before_the_office_needs_no_code() -> None:
    user = factories.user(email=ADDRESS)
    with_app(user)

    assert "code" not in told("grant_role", ADDRESS, Role.MODERATOR.value)
    with pytest.raises(CommandError, match="needs none"):
        told("enrolment_code", ADDRESS)


def test_second_passkey_needs_no_code() -> None:
    user = factories.moderator(email=ADDRESS)
    client = by_mailbox()
    enrol(client, user)
    add_passkey(client)

    assert client.get(SET_UP[0]).status_code == 200


def test_citizen_needs_no_code() -> None:
    factories.user(email=ADDRESS)

    assert by_mailbox().get(SET_UP[0]).status_code == 200


def test_no_code_is_asked_where_offices_need_no_second_factor(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = False
    factories.user(email=ADDRESS)

    assert told("grant_role", ADDRESS, Role.MODERATOR.value) == "moderator: given.\n"
    assert by_mailbox().get(SET_UP[0]).status_code == 200


def test_establishing_a_council_prints_a_code_for_each_of_its_people() -> None:
    people = [factories.user(email=f"{name}@example.org") for name in ("clerk", "reader")]

    printed = told(
        *("establish_council", "vehari", "Vehari", "--population", "900", "--signatures", "9"),
        *("--clerk", people[0].email, "--reader", people[1].email),
    )

    assert [f"{user.email} needs this code" in printed for user in people] == [True, True]
    assert EnrolmentCode.objects.count() == 2


def test_clerk_needs_the_code_too() -> None:
    user = making.clerk(making.council(), email=ADDRESS)

    client = by_mailbox()

    assert client.get(SET_UP[0]).url == FIRST_PAGE
    enrol(client, user)
    assert client.get(SET_UP[0]).status_code == 200


def approved(lost: User, monkeypatch: pytest.MonkeyPatch) -> str:
    """Two operators restore an access; what the second one reads."""
    printed = ""
    for more in ((), ("--approve",)):
        operator = factories.official(Role.OPERATOR)
        code = app_code(with_app(operator))
        monkeypatch.setattr("sys.stdin", StringIO(code))
        printed = told("restore_access", lost.email, "--by", operator.email, *more)
    return printed


def test_restored_access_needs_the_code_that_the_operator_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lost = factories.moderator(email=ADDRESS)
    with_app(lost)
    code = code_in(approved(lost, monkeypatch))
    lost.restorations.update(approved_at=timezone.now() - timedelta(hours=25))
    restoring.step()
    client = by_mailbox()

    asked = client.get(SET_UP[0])
    client.post(FIRST_PAGE, {"code": code})

    assert asked.url == FIRST_PAGE
    assert client.get(SET_UP[0]).status_code == 200


def test_restoration_that_is_stopped_leaves_no_code(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = factories.moderator(email=ADDRESS)
    with_app(lost)
    approved(lost, monkeypatch)
    assert Authenticator.objects.filter(user=lost).exists()

    restoring.stop(lost)

    assert not EnrolmentCode.objects.exists()
