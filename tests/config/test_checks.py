"""`check --deploy`: each wrong set-up is refused in a sentence, and the right one is not."""

import os
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.core.checks import run_checks
from django.core.checks.messages import CheckMessage
from django.test import override_settings
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts import notices
from accounts.models import Role, User
from config import checks, data_checks
from config.environment import database
from deliberate.models import Conversation
from record import lines  # noqa: F401 (its tables are asked for)
from tests import factories
from tests.journeys.server import ROOT

IN_EARNEST = {
    "SECRET_KEY": "kSf3-tQ9vW2xZ7bN5mL1pR8yD4hG6jC0aEuIoT_qYwBnMxVz-Kp7rTq2W",
    "IDENTITY_KEY": "Zx8cV5bN2mQ9wE6rT3yU0iO7pA4sD1fG-hJ_kLzXcVbNmQwE",
    "ALLOWED_HOSTS": "deliberate.example.org",
    "SITE_URL": "https://deliberate.example.org",
    "DATABASE_URL": "postgres://deliberate:secret@127.0.0.1:9/deliberate",
    "REDIS_URL": "redis://127.0.0.1:9/0",
    "EMAIL_URL": "smtp+tls://user:secret@mail.example.org",
    "TRUSTED_PROXY_COUNT": "1",
    "SECURITY_CONTACT": "mailto:security@deliberate.example.org",
}


def deploy(tmp_path: Any, **changes: str | None) -> tuple[int, str]:
    """`manage.py check --deploy` of a site in earnest with these changes; its code and words."""
    ours = ("DATABASE_URL", "DEBUG", "EMAIL_URL", "HTTPS", "REDIS_URL")
    inherited = {name: value for name, value in os.environ.items() if name not in ours}
    environment = {**inherited, **IN_EARNEST, "VAR_DIR": str(tmp_path), **changes}
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env={name: value for name, value in environment.items() if value is not None},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
def test_right_set_up_is_clean(tmp_path: Any) -> None:
    code, said = deploy(tmp_path)

    assert code == 0, said
    assert "could not be asked" in said, "the database does not answer, and that is said"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "number", "sentence"),
    [
        ({"TRUSTED_PROXY_COUNT": None}, 4, "Set TRUSTED_PROXY_COUNT"),
        ({"STAFF_SECOND_FACTOR": "0"}, 6, "Set STAFF_SECOND_FACTOR=1"),
        ({"DEBUG": "1"}, 10, "Leave DEBUG and HTTPS out"),
        ({"SITE_URL": None}, 11, "Set SITE_URL=https://"),
        ({"EMAIL_URL": None}, 13, "Set EMAIL_URL=smtp+tls://"),
        ({"REDIS_URL": None}, 1, "Set REDIS_URL"),
    ],
)
def test_wrong_environment_is_refused(
    tmp_path: Any, changes: dict[str, str | None], number: int, sentence: str
) -> None:
    code, said = deploy(tmp_path, **changes)

    assert code != 0
    assert f"deliberate.E{number:03}" in said
    assert sentence in said


@pytest.mark.slow
def test_equal_and_missing_keys_stop_every_start(tmp_path: Any) -> None:
    for identity in (IN_EARNEST["SECRET_KEY"], None, "short"):
        code, said = deploy(tmp_path, IDENTITY_KEY=identity)

        assert code != 0
        assert "IDENTITY_KEY" in said


# One by one

PUBSUB = "config.channel_layer.TidyLayer"
CORE = "channels_redis.core.RedisChannelLayer"
MEMORY = "channels.layers.InMemoryChannelLayer"
WRONG: list[tuple[Any, int, dict[str, Any]]] = [
    (
        checks.many_processes_share_a_layer,
        1,
        {"CHANNEL_LAYERS": {"default": {"BACKEND": CORE, "CONFIG": {}}}},
    ),
    (
        checks.many_processes_share_a_layer,
        1,
        {"CHANNEL_LAYERS": {"default": {"BACKEND": PUBSUB, "CONFIG": {"hosts": []}}}},
    ),
    (checks.origins_are_exact, 2, {"CSRF_TRUSTED_ORIGINS": ["https://*.example.org"]}),
    (checks.origins_are_exact, 2, {"CSRF_TRUSTED_ORIGINS": ["example.org"]}),
    (checks.origins_are_exact, 2, {"CSRF_TRUSTED_ORIGINS": ["http://example.org"]}),
    (checks.origins_are_exact, 2, {"CSRF_TRUSTED_ORIGINS": ["https://example.org/"]}),
    (checks.origins_are_exact, 2, {"ALLOWED_HOSTS": ["*"]}),
    (checks.origins_are_exact, 2, {"ALLOWED_HOSTS": [".example.org"]}),
    (
        checks.acknowledged_means_on_disk,
        3,
        {"DATABASES": {"default": {"OPTIONS": {"options": "-c synchronous_commit=off"}}}},
    ),
    (checks.proxies_are_counted, 4, {"HTTPS": True, "TRUSTED_PROXY_COUNT": 0}),
    (checks.proxies_are_counted, 4, {"TRUSTED_PROXY_COUNT": -1}),
    (
        checks.proxies_are_counted,
        4,
        {"TRUSTED_PROXY_COUNT": 1, "ALLAUTH_TRUSTED_PROXY_COUNT": 0},
    ),
    (checks.offices_need_a_second_factor, 6, {"STAFF_SECOND_FACTOR": False}),
    (
        checks.offices_need_a_second_factor,
        6,
        {"STAFF_SECOND_FACTOR": True, "MFA_TOTP_INSECURE_BYPASS_CODE": "123456"},
    ),
    (checks.keys_are_secret_and_apart, 7, {"SECRET_KEY": "secret"}),
    (checks.keys_are_secret_and_apart, 7, {"IDENTITY_KEY": "abc" * 20}),
    (
        checks.keys_are_secret_and_apart,
        7,
        {
            "SECRET_KEY": IN_EARNEST["SECRET_KEY"],
            "IDENTITY_KEY": f"2:{IN_EARNEST['IDENTITY_KEY']},1:{IN_EARNEST['SECRET_KEY']}",
        },
    ),
    (checks.pages_run_no_foreign_code, 8, {"CONTENT_SECURITY_POLICY": {}}),
    (checks.nothing_guards_itself, 9, {"MIDDLEWARE": []}),
    (checks.pages_are_encrypted, 10, {"DEBUG": True, "HTTPS": True}),
    (checks.pages_are_encrypted, 10, {"DEBUG": False, "HTTPS": False}),
    (checks.site_has_an_address, 11, {"SITE_URL": "http://deliberate.example.org"}),
    (checks.site_has_an_address, 11, {"SITE_URL": "https://elsewhere.example"}),
    (
        checks.mail_is_sent,
        13,
        {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"},
    ),
    (
        checks.mail_is_sent,
        13,
        {
            "EMAIL_BACKEND": "config.mail.EmailBackend",
            "EMAIL_HOST": "mail.example.org",
            "EMAIL_USE_TLS": False,
            "EMAIL_USE_SSL": False,
        },
    ),
    (checks.somebody_hears_of_holes, 15, {"SECURITY_CONTACT": []}),
]


def refusals(found: list[CheckMessage]) -> set[str]:
    """The ids; each says what is wrong, and what to do."""
    for message in found:
        assert message.msg.endswith((".", ")")), message
        assert message.hint, message
        assert message.is_serious()
    return {str(message.id) for message in found}


# The checks read settings and connect to nothing.
@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
@pytest.mark.parametrize(("check", "number", "wrong"), WRONG)
def test_wrong_setting_is_refused(check: Any, number: int, wrong: dict[str, Any]) -> None:
    with override_settings(**wrong):
        found = check()

    assert refusals(found) == {f"deliberate.E{number:03}"}


@pytest.mark.parametrize("word", ["'unsafe-inline'", "'unsafe-eval'", "*", "https:"])
@pytest.mark.parametrize("rule", ["script-src", "style-src"])
def test_loose_policy_is_refused(settings: Any, rule: str, word: str) -> None:
    rules = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {**rules, rule: ["'self'", word]}}

    assert refusals(checks.pages_run_no_foreign_code()) == {"deliberate.E008"}


def test_own_policy_is_strict_enough() -> None:
    assert checks.pages_run_no_foreign_code() == []


@pytest.fixture
def _at_scale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(checks.connection._connections["default"]), "vendor", "postgresql")


@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
@pytest.mark.usefixtures("_at_scale")
@pytest.mark.parametrize(
    ("check", "number", "wrong"),
    [
        (
            checks.many_processes_share_a_layer,
            1,
            {"CHANNEL_LAYERS": {"default": {"BACKEND": MEMORY}}},
        ),
        (
            checks.limits_are_shared,
            5,
            {"CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}},
        ),
        (
            checks.connections_are_bounded,
            14,
            {"DATABASES": {"default": {"OPTIONS": {}, "CONN_HEALTH_CHECKS": True}}},
        ),
        (
            checks.connections_are_bounded,
            14,
            {
                "DATABASES": {
                    "default": database("postgres://a@b/c", base=ROOT)
                    | {"CONN_HEALTH_CHECKS": False}
                }
            },
        ),
    ],
)
def test_wrong_setting_at_scale_is_refused(check: Any, number: int, wrong: dict[str, Any]) -> None:
    with override_settings(**wrong):
        found = check()

    assert refusals(found) == {f"deliberate.E{number:03}"}


@pytest.mark.parametrize(("found", "refused"), [("4.2.1", True), ("4.2.3", False), ("4.10", False)])
def test_daphne_with_holes_is_refused(
    monkeypatch: pytest.MonkeyPatch, found: str, refused: bool
) -> None:
    monkeypatch.setattr(checks, "version", lambda _name: found)

    assert bool(refusals(checks.server_is_mended())) is refused


# What the database tells


def seniors(number: int, **fields: Any) -> list[User]:
    made = [factories.user(**fields) for _ in range(number)]
    for user in made:
        user.role_grants.create(role=Role.SENIOR_MODERATOR)
    return made


@pytest.mark.django_db
def test_only_one_reader_of_appeals_is_refused_and_two_are_enough() -> None:
    """Against what a senior moderator decided a plain one can do nothing."""
    said = [refusals(data_checks.appeals_have_another_reader())]
    (alone,) = seniors(1)
    alone.role_grants.create(role=Role.MODERATOR)
    for _ in range(2):
        factories.user().role_grants.create(role=Role.MODERATOR)
    seniors(1, is_active=False)
    said.append(refusals(data_checks.appeals_have_another_reader()))

    seniors(1)
    enough = data_checks.appeals_have_another_reader()

    assert said == [{"deliberate.E016"}] * 2
    assert enough == []


@pytest.mark.django_db
def test_senior_moderators_without_a_second_factor_hear_no_appeals(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = True
    first, second = seniors(2)
    Authenticator.objects.create(user=first, type=Authenticator.Type.TOTP, data={})
    (refused,) = data_checks.appeals_have_another_reader()

    Authenticator.objects.create(user=second, type=Authenticator.Type.WEBAUTHN, data={})
    enough = data_checks.appeals_have_another_reader()

    assert refused.id == "deliberate.E016"
    assert "there are 1; 1 more must set up a second factor first." in refused.msg
    assert enough == []


@pytest.mark.django_db
def test_keys_that_nobody_destroys_are_refused(settings: Any) -> None:
    factories.conversation(opens_at=timezone.now() - timedelta(days=900))
    closed_at = timezone.now() - timedelta(days=settings.KEY_KEPT_DAYS, hours=35)
    Conversation.objects.update(state="closed", closes_at=closed_at)
    assert data_checks.background_work_is_done() == []
    Conversation.objects.update(closes_at=closed_at - timedelta(hours=2))

    (refused,) = data_checks.background_work_is_done()

    assert refused.id == "deliberate.E017"
    assert "keys are not destroyed" in refused.msg


@pytest.mark.django_db
def test_what_nobody_purges_is_refused() -> None:
    user = factories.user()
    notices.tell(user, kind="petition.answered", path="/petitions/1/")
    done_at = timezone.now() - timedelta(days=7, hours=35)
    DBTaskResult.objects.update(status="SUCCESSFUL", finished_at=done_at)
    assert data_checks.background_work_is_done() == []
    DBTaskResult.objects.update(finished_at=done_at - timedelta(hours=2))

    (refused,) = data_checks.background_work_is_done()

    assert refused.id == "deliberate.E017"
    assert "nothing is purged" in refused.msg


@pytest.mark.django_db
def test_work_that_nobody_does_is_refused() -> None:
    assert data_checks.background_work_is_done() == []
    late = timezone.now() - timedelta(hours=37)
    Session.objects.create(session_key="x" * 32, session_data="", expire_date=late)

    assert refusals(data_checks.background_work_is_done()) == {"deliberate.E017"}


@pytest.mark.django_db
def test_mail_that_nobody_sends_is_refused() -> None:
    user = factories.user()
    notices.tell(user, kind="petition.answered", path="/petitions/1/")
    assert data_checks.background_work_is_done() == []
    DBTaskResult.objects.update(enqueued_at=timezone.now() - timedelta(hours=37))

    assert refusals(data_checks.background_work_is_done()) == {"deliberate.E017"}


@pytest.mark.postgres
@pytest.mark.django_db
def test_durability_is_asked_of_the_database() -> None:
    """The servers of the tests trade it for speed, and are found out."""
    found = data_checks.database_keeps_what_it_confirms()

    assert refusals(found) <= {"deliberate.E003"}
    with data_checks.connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        after = data_checks.database_keeps_what_it_confirms()
        cursor.execute("RESET synchronous_commit")
    assert any("synchronous_commit" in message.msg for message in after)


@pytest.mark.django_db
def test_every_check_of_ours_runs_at_deployment() -> None:
    with override_settings(SITE_URL="http://x", SECURITY_CONTACT=[]):
        found = run_checks(include_deployment_checks=True)

    ids = {str(message.id) for message in found}
    assert {"deliberate.E011", "deliberate.E015", "deliberate.E016"} <= ids
