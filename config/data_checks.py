"""Refuses production set-ups that the database tells of: durability, offices, overdue work.

Where the database does not answer within moments the checks say that they could not ask.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from django.contrib.sessions.models import Session
from django.core.checks import CheckMessage, Error, Info, Tags, register
from django.db import DatabaseError, connection
from django.db.models import QuerySet
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts import second_factor
from accounts.models import Role, RoleGrant
from config import retention
from deliberate import conversation_keys

# Background work that nobody has done for so long is not being done.
LATE: Final = timedelta(hours=36)
SENIORS_NEEDED: Final = 2
PATIENCE_SECONDS: Final = 3
MUST_BE_ON: Final = ("fsync", "full_page_writes", "synchronous_commit")


def _asks_the_database(
    check: Callable[[], list[CheckMessage]],
) -> Callable[..., list[CheckMessage]]:
    # Not wraps(): Django reads the signature through it.
    def asked(**_options: Any) -> list[CheckMessage]:
        try:
            if _answers():
                return check()
        except DatabaseError:
            pass  # not migrated yet
        return [
            Info(
                f"The database could not be asked: {check.__doc__}",
                hint="Run it again once the database answers and is migrated.",
                id="deliberate.I001",
            )
        ]

    asked.__doc__ = check.__doc__
    return asked


def _answers() -> bool:
    """Whether the database does, without the patience of the pool."""
    if connection.vendor != "postgresql":
        return True
    import psycopg  # noqa: PLC0415 (SQLite needs none)

    wanted = {
        key: value
        for key, value in connection.get_connection_params().items()
        if key in {"dbname", "user", "password", "host", "port", "service", "passfile"}
    }
    try:
        psycopg.connect(**wanted, connect_timeout=PATIENCE_SECONDS).close()
    except psycopg.OperationalError:
        return False
    return True


@register(Tags.security, deploy=True)
@_asks_the_database
def database_keeps_what_it_confirms() -> list[CheckMessage]:
    """Whether a commit is on disk."""
    if connection.vendor != "postgresql":
        return []
    off = []
    with connection.cursor() as cursor:
        for name in MUST_BE_ON:
            cursor.execute("SELECT current_setting(%s)", [name])
            if cursor.fetchone()[0] in {"off", "local"}:
                off.append(name)
    return [
        Error(
            f"PostgreSQL has {name} off: votes that were confirmed could be lost.",
            hint=f"Set {name} = on in postgresql.conf.",
            id="deliberate.E003",
        )
        for name in off
    ]


@register(Tags.security, deploy=True)
@_asks_the_database
def appeals_have_another_reader() -> list[CheckMessage]:
    """Whether somebody else than the decider can hear an appeal, whoever the decider is."""
    # Only senior moderators hear appeals, and they decide too: against one alone nobody could.
    grants = RoleGrant.objects.filter(role=Role.SENIOR_MODERATOR, user__is_active=True)
    seniors = [grant.user for grant in grants.select_related("user")]
    able = [user for user in seniors if not second_factor.is_missing(user)]
    if len(able) >= SENIORS_NEEDED:
        return []
    shut = len(seniors) - len(able)
    return [
        Error(
            "An appeal could only be heard by whoever made the decision: there must be "
            f"{SENIORS_NEEDED} senior moderators who can work, and there are {len(able)}"
            + (f"; {shut} more must set up a second factor first." if shut else "."),
            hint="manage.py grant_role ADDRESS senior_moderator; each sets up a passkey or an app.",
            id="deliberate.E016",
        )
    ]


@register(Tags.security, deploy=True)
@_asks_the_database
def background_work_is_done() -> list[CheckMessage]:
    """Whether somebody purges, sends and seals."""
    before = timezone.now() - LATE
    overdue: dict[str, QuerySet[Any]] = {
        "ended sessions are not forgotten": Session.objects.filter(expire_date__lt=before),
        "mail and other tasks wait": DBTaskResult.objects.ready()
        .filter(enqueued_at__lt=before)
        .exclude(run_after__range=(before, timezone.now())),
        "nothing is purged": DBTaskResult.objects.finished().filter(
            finished_at__lt=before - retention.TASKS
        ),
        "keys are not destroyed": conversation_keys.due(before),
    }
    late = [what for what, rows in overdue.items() if rows.exists()]
    if not late:
        return []
    return [
        Error(
            f"The background work has not been done for 36 hours: {', '.join(late)}.",
            hint="Run manage.py worker, or set BACKGROUND_IN_WEB=1.",
            id="deliberate.E017",
        )
    ]
