"""Secrets of second factors: sealed under IDENTITY_KEY, whatever becomes of the other keys."""

from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core.management import CommandError, call_command

from accounts import factor_seals, restoring
from accounts.models import Role, User
from tests import factories
from tests.accounts.signing_in import browser, join
from tests.accounts.test_second_factor import app_code, with_app
from tests.just_signed_in import sign_in

pytestmark = pytest.mark.django_db

OLD, NEW = f"1:{'o' * 40}", f"2:{'n' * 40}"


@pytest.fixture(autouse=True)
def _first_key(settings: Any) -> None:
    settings.IDENTITY_KEY = OLD


def with_both() -> tuple[User, str, str]:
    """Somebody with an app and a list; the app's secret and a code of the list."""
    user = factories.user(email="a@example.org")
    return user, with_app(user), RecoveryCodes.activate(user).get_unused_codes()[0]


def answer_to(code: str) -> int:
    client = browser()
    join(client, "a@example.org")
    return client.post("/accounts/2fa/authenticate/", {"code": code}).status_code


def rotate(settings: Any) -> str:
    told = StringIO()
    settings.IDENTITY_KEY = f"{NEW},{OLD}"
    call_command("rotate_identity_key", stdout=told)
    return told.getvalue()


def test_codes_work_after_another_secret_key(settings: Any) -> None:
    _user, secret, listed = with_both()

    settings.SECRET_KEY = "n" * 50

    assert answer_to(app_code(secret)) == answer_to(listed) == 302


def test_codes_work_while_their_identity_key_is_an_earlier_one(settings: Any) -> None:
    _user, secret, listed = with_both()

    settings.IDENTITY_KEY = f"{NEW},{OLD}"

    assert answer_to(app_code(secret)) == answer_to(listed) == 302


def test_rotation_moves_the_secrets_so_that_the_old_key_can_go(settings: Any) -> None:
    _user, secret, listed = with_both()

    told = rotate(settings)
    settings.IDENTITY_KEY = NEW

    assert "2 (in use): proofs 0, conversations 0, petitions 0, secrets of second factors 2" in told
    assert "Nothing is under 1 any more" in told
    assert answer_to(app_code(secret)) == answer_to(listed) == 302


def test_rotation_leaves_a_used_code_used(settings: Any) -> None:
    _user, _secret, listed = with_both()
    assert answer_to(listed) == 302

    rotate(settings)

    assert answer_to(listed) == 200


def test_key_that_was_left_out_too_early_is_asked_for(settings: Any) -> None:
    with_both()
    settings.IDENTITY_KEY = NEW

    with pytest.raises(CommandError, match="does not name 1"):
        call_command("rotate_identity_key", stdout=StringIO())


@pytest.mark.parametrize("seal", ["", "garbage", "1:garbage", "1:", "9:gAAAAA", "é:é", None])
def test_seal_that_does_not_open_is_a_wrong_code(seal: Any) -> None:
    _user, secret, _listed = with_both()
    app = Authenticator.objects.get(type=Authenticator.Type.TOTP)
    app.data["secret"] = seal if seal is not None else app.data["secret"][:-3]
    app.save()

    assert not factor_seals.is_readable(app)
    assert answer_to(app_code(secret)) == 200


def test_app_that_does_not_open_leaves_the_list() -> None:
    _user, _secret, listed = with_both()
    Authenticator.objects.filter(type=Authenticator.Type.TOTP).update(data={"secret": "garbage"})

    assert answer_to(listed) == 302


@pytest.mark.parametrize("page", ["", "download/"])
def test_list_that_does_not_open_is_not_shown_but_made_anew(page: str) -> None:
    user, _secret, _listed = with_both()
    codes = Authenticator.objects.filter(type=Authenticator.Type.RECOVERY_CODES)
    codes.update(data={"seed": "garbage", "used_mask": 0})
    client = sign_in(browser(), user, factor=True)

    answer = client.get(f"/accounts/2fa/recovery-codes/{page}")
    made = client.post("/accounts/2fa/recovery-codes/generate/")

    assert (answer.status_code, answer.url) == (302, "/accounts/2fa/recovery-codes/generate/")
    assert made.status_code == 302
    assert factor_seals.is_readable(codes.get())


def test_operators_restore_access_after_another_secret_key(settings: Any) -> None:
    lost = factories.moderator()
    with_app(lost)
    operator = factories.official(Role.OPERATOR)
    secret = with_app(operator)

    settings.SECRET_KEY = "n" * 50
    restoring.propose(user=lost, operator=operator, code=app_code(secret))


def test_operators_code_is_wrong_when_its_seal_does_not_open() -> None:
    lost, operator = factories.moderator(), factories.official(Role.OPERATOR)
    with_app(lost)
    secret = with_app(operator)
    Authenticator.objects.filter(user=operator).update(data={"secret": "garbage"})

    with pytest.raises(restoring.RestorationRefused, match="code"):
        restoring.propose(user=lost, operator=operator, code=app_code(secret))
