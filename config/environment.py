"""Settings from the environment, read by helpers that fail loudly and name the variable."""

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


def text(name: str, default: str | None = None, *, environ: Mapping[str, str] = os.environ) -> str:
    """The variable's text; without a default it must be set.

    Raises:
        ImproperlyConfigured: it is not set and has no default.
    """
    value = environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"Set the environment variable {name} (docs/settings.md).")
    return value


def flag(name: str, *, default: bool, environ: Mapping[str, str] = os.environ) -> bool:
    """A yes or no; anything else is a mistake, not a no.

    Raises:
        ImproperlyConfigured: the value is neither.
    """
    value = environ.get(name)
    if value is None:
        return default
    if value.lower() in TRUE:
        return True
    if value.lower() in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")


def whole_number(
    name: str,
    default: int,
    *,
    within: tuple[int, int] | None = None,
    environ: Mapping[str, str] = os.environ,
) -> int:
    """A whole number, from the first to the last of `within`.

    Raises:
        ImproperlyConfigured: it is not one, or lies outside.
    """
    value = environ.get(name, str(default))
    try:
        number = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from None
    if within and not within[0] <= number <= within[1]:
        raise ImproperlyConfigured(
            f"{name} must be a whole number from {within[0]} to {within[1]}, not {value!r}."
        )
    return number


def words(name: str, default: str = "", *, environ: Mapping[str, str] = os.environ) -> list[str]:
    """A list separated by commas, blanks dropped."""
    return [part.strip() for part in environ.get(name, default).split(",") if part.strip()]


def database(
    url: str, *, base: Path, pool: int = 16, statement_seconds: int = 0
) -> dict[str, object]:
    """Django's DATABASES entry for `sqlite:///path` or `postgres://user:password@host:port/name`.

    A PostgreSQL socket folder is given as `?host=/folder`. A process opens at most `pool`
    connections to PostgreSQL, whose statements may take `statement_seconds` (0: any time).

    Raises:
        ImproperlyConfigured: another scheme, or no database name.
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        path = unquote(parts.path)
        name = ":memory:" if path in {"", "/"} else path.removeprefix("/")
        if name != ":memory:" and path.startswith("//"):
            name = path[1:]
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": name if name == ":memory:" else str(base / name),
            "OPTIONS": {
                # A write lock from the first statement: two transactions that both read and
                # then write would otherwise fail with "database is locked" at once.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-20000;"
                ),
            },
        }
    if parts.scheme in {"postgres", "postgresql"}:
        name = unquote(parts.path.lstrip("/"))
        if not name:
            raise ImproperlyConfigured("DATABASE_URL names no database.")
        from config import patience  # noqa: PLC0415 (SQLite needs no psycopg)

        query = parse_qs(parts.query)
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": name,
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": query["host"][0] if "host" in query else (parts.hostname or ""),
            "PORT": str(parts.port or (query["port"][0] if "port" in query else "")),
            # Threads of one process share a bounded pool, and wait for each other's connections.
            # Under ASGI every page has a thread of its own, so that a connection kept per thread
            # exhausted a server's 300 connections under load.
            "OPTIONS": {
                **patience.LINE,
                "options": patience.limits(statement_seconds=statement_seconds),
                "pool": {
                    "min_size": 1,
                    "max_size": pool,
                    "timeout": patience.POOL_SECONDS,
                    "reconnect_timeout": patience.RECONNECT_SECONDS,
                    "connection_class": patience.PatientConnection,
                },
            },
            "CONN_MAX_AGE": 0,
            # One round trip for each page: after a restart of PostgreSQL the pool is full of
            # connections that are dead, and each would cost somebody their vote's answer.
            "CONN_HEALTH_CHECKS": True,
        }
    raise ImproperlyConfigured(
        f"DATABASE_URL must start with sqlite:// or postgres://, not {parts.scheme!r}."
    )


def email(url: str) -> dict[str, object]:
    """Django's EMAIL_… settings for `console:`, `file:/folder`, `memory:` or
    `smtp[s|+tls]://user:password@host:port`.

    Raises:
        ImproperlyConfigured: another scheme.
    """
    parts = urlsplit(url)
    backend = "django.core.mail.backends."
    if parts.scheme in {"console", "memory"}:
        kind = {"console": "console", "memory": "locmem"}[parts.scheme]
        return {"EMAIL_BACKEND": f"{backend}{kind}.EmailBackend"}
    if parts.scheme == "file":
        return {"EMAIL_BACKEND": f"{backend}filebased.EmailBackend", "EMAIL_FILE_PATH": parts.path}
    if parts.scheme in {"smtp", "smtps", "smtp+tls"}:
        return {
            "EMAIL_BACKEND": "config.mail.EmailBackend",
            "EMAIL_HOST": parts.hostname or "localhost",
            "EMAIL_PORT": parts.port or {"smtp": 25, "smtps": 465, "smtp+tls": 587}[parts.scheme],
            "EMAIL_HOST_USER": unquote(parts.username or ""),
            "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
            "EMAIL_USE_SSL": parts.scheme == "smtps",
            "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
            "EMAIL_TIMEOUT": 10,
        }
    raise ImproperlyConfigured(
        "EMAIL_URL must be console:, file:/folder, memory: or smtp://…, "
        f"not {parts.scheme or url!r}."
    )
