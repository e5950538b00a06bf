"""Offices whose every factor is lost: two operators and a day, and nothing less."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts import restoring, second_factor
from accounts.models import AccessRestoration, Role, User
from record.models import RecordLine
from tests import factories
from tests.accounts.signing_in import browser, join
from tests.accounts.test_second_factor import app_code, with_app

pytestmark = pytest.mark.django_db


@pytest.fixture
def lost() -> User:
    """Somebody with an office who lost their app."""
    user = factories.moderator(email="lost@example.org")
    with_app(user)
    return user


def operator() -> tuple[User, str]:
    """An operator and the code that their app shows."""
    user = factories.official(Role.OPERATOR)
    return user, app_code(with_app(user))


def agreed(lost: User) -> AccessRestoration:
    """What two operators have agreed on."""
    for act in (restoring.propose, restoring.approve):
        user, code = operator()
        act(user=lost, operator=user, code=code)
    return AccessRestoration.objects.get(user=lost)


def let_a_day_pass() -> None:
    AccessRestoration.objects.update(approved_at=timezone.now() - timedelta(hours=24, minutes=1))


def test_factors_go_a_day_after_two_operators_agreed(lost: User) -> None:
    client = browser()
    client.force_login(lost)
    agreed(lost)

    at_once = restoring.step()
    let_a_day_pass()
    later = restoring.step()

    assert (at_once, later, restoring.step()) == (0, 1, 0)
    assert not second_factor.has(lost)
    assert client.get("/notices/").status_code == 302


def test_office_stays_shut_until_there_is_a_new_factor(lost: User, settings) -> None:
    settings.STAFF_SECOND_FACTOR = True
    agreed(lost)
    let_a_day_pass()
    restoring.step()
    client = browser()
    join(client, lost.email)

    assert client.get("/moderation/").url.startswith("/accounts/second-factor/")


def test_one_operator_alone_restores_nothing(lost: User) -> None:
    user, code = operator()
    restoring.propose(user=lost, operator=user, code=code)
    Authenticator.objects.filter(user=user).delete()

    with pytest.raises(restoring.RestorationRefused, match="Another operator"):
        restoring.approve(user=lost, operator=user, code=app_code(with_app(user)))

    let_a_day_pass()
    AccessRestoration.objects.update(approved_at=None)
    assert restoring.step() == 0
    assert second_factor.has(lost)


def test_operator_does_not_restore_themselves() -> None:
    user, code = operator()

    with pytest.raises(restoring.RestorationRefused, match="their own"):
        restoring.propose(user=user, operator=user, code=code)


@pytest.mark.parametrize("role", [role for role in Role if role != Role.OPERATOR])
def test_other_offices_restore_nobody(lost: User, role: Role) -> None:
    user = factories.official(role)

    with pytest.raises(restoring.RestorationRefused, match="operator"):
        restoring.propose(user=lost, operator=user, code=app_code(with_app(user)))


def test_operator_without_the_code_of_their_app_restores_nobody(lost: User) -> None:
    user, _code = operator()

    with pytest.raises(restoring.RestorationRefused, match="code"):
        restoring.propose(user=lost, operator=user, code="000000")


def test_approval_without_a_proposal_is_refused(lost: User) -> None:
    user, code = operator()

    with pytest.raises(restoring.RestorationRefused, match="proposed"):
        restoring.approve(user=lost, operator=user, code=code)


def test_old_proposal_is_no_proposal(lost: User) -> None:
    user, code = operator()
    restoring.propose(user=lost, operator=user, code=code)
    AccessRestoration.objects.update(proposed_at=timezone.now() - timedelta(days=8))
    other, other_code = operator()

    with pytest.raises(restoring.RestorationRefused, match="proposed"):
        restoring.approve(user=lost, operator=other, code=other_code)


def test_signing_in_with_the_factor_stops_it(lost: User) -> None:
    Authenticator.objects.filter(user=lost).delete()
    secret = with_app(lost)
    agreed(lost)
    client = browser()
    join(client, lost.email)
    client.post("/accounts/2fa/authenticate/", {"code": app_code(secret)})

    let_a_day_pass()

    assert restoring.step() == 0
    assert second_factor.has(lost)
    assert AccessRestoration.objects.get().stopped_at is not None


def test_every_step_is_told_and_recorded_without_names(
    lost: User, django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        agreed(lost)
        let_a_day_pass()
        restoring.step()

    lines = RecordLine.objects.filter(kind__startswith="access.").order_by("pk")
    told = [one for one in mail.outbox if one.to == [lost.email]]
    assert [line.kind for line in lines] == ["access.proposed", "access.approved", "access.done"]
    assert [line.facts for line in lines] == [{}, {}, {}]
    assert len(told) == 3


def test_command_reads_the_code_unseen(lost: User, monkeypatch, capsys) -> None:
    user, code = operator()
    monkeypatch.setattr("sys.stdin", type("Pipe", (), {"isatty": bool, "readline": lambda: code}))

    call_command("restore_access", lost.email, "--by", user.email)

    assert "another operator" in capsys.readouterr().out
    with pytest.raises(CommandError):
        call_command("restore_access", lost.email, "--by", user.email, "--approve")
