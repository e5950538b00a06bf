"""Refuses production set-ups that would break a promise (`manage.py check --deploy`)."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connection


@register(Tags.security, deploy=True)
def many_processes_share_a_layer(**_options: Any) -> list[CheckMessage]:
    """PostgreSQL means several processes, and those need one channel layer and one cache."""
    if connection.vendor == "postgresql" and not settings.REDIS_URL:
        return [
            Error(
                "Web processes and workers need a common channel layer and cache.",
                hint="Set REDIS_URL.",
                id="deliberate.E001",
            )
        ]
    return []


@register(Tags.security, deploy=True)
def trusted_origins_are_exact(**_options: Any) -> list[CheckMessage]:
    """A wildcard would let another site open sockets and post forms in a citizen's name."""
    return [
        Error(f"{origin!r} is no exact origin.", hint="TRUSTED_ORIGINS", id="deliberate.E002")
        for origin in settings.CSRF_TRUSTED_ORIGINS
        if "*" in origin or "://" not in origin
    ]


@register(Tags.security, deploy=True)
def acknowledged_means_on_disk(**_options: Any) -> list[CheckMessage]:
    """The options of the connection must not trade durability for speed."""
    options = str(settings.DATABASES["default"].get("OPTIONS", {}))
    if "synchronous_commit=off" in options.replace(" ", ""):
        return [
            Error(
                "synchronous_commit is off: acknowledged votes could be lost.", id="deliberate.E003"
            )
        ]
    return []
