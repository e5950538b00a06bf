"""Tells whoever watches the process that it lives, and whether it can do its work."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Final

import redis
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import DatabaseError, InterfaceError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config import draining

logger = logging.getLogger(__name__)

# However many ask, the database and Redis are asked once in this time by one process.
FRESH_SECONDS: Final = 1.0
# A server that takes longer is no use to a voter either.
PATIENCE_SECONDS: Final = 3.0
RETRY_SECONDS: Final = 5
# Too short for a session's key, so that no cookie can ever name it.
KEY: Final = "readyz"


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process answers; it asks nothing of the database."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 while a vote sent to this process would be stored, else 503 and what is wrong."""
    problems = ["This process is ending."] if draining.is_draining() else LOOK.problems()
    response = JsonResponse({"ready": not problems, "problems": problems})
    if problems:
        response.status_code = 503
        response["Retry-After"] = str(RETRY_SECONDS)
    return response


class Look:
    """The newest look at what this process needs; those who ask at once share one."""

    def __init__(self) -> None:
        # A thread of its own: a database that hangs must not take the asker with it.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="readyz")
        self._lock = threading.Lock()
        self._found: Future[list[str]] | None = None
        self._begun = 0.0

    def problems(self) -> list[str]:
        """What keeps this process from its work, without secrets: anybody may read it."""
        with self._lock:
            is_old = time.monotonic() - self._begun > FRESH_SECONDS
            if self._found is None or (self._found.done() and is_old):
                self._begun = time.monotonic()
                self._found = self._thread.submit(look)
            found = self._found
        try:
            return found.result(timeout=PATIENCE_SECONDS)
        except TimeoutError:
            return ["The database or Redis does not answer."]


def look() -> list[str]:
    """Ask the database and Redis."""
    try:
        return [
            words
            for words, is_well in (
                ("The database cannot be written.", _can_write),
                ("The database lacks migrations.", _is_migrated),
                ("Redis does not answer.", _has_redis),
            )
            if not _asked(is_well)
        ]
    finally:
        connections.close_all()


def _asked(is_well: Callable[[], bool]) -> bool:
    try:
        return is_well()
    except (DatabaseError, InterfaceError, redis.RedisError, OSError) as error:
        # Not the message: it may hold the address with its password.
        logger.warning("Not ready: %s says %s.", is_well.__name__, type(error).__name__)
        return False


def _can_write() -> bool:
    """A row that is really stored: a write that is rolled back never meets a full disk."""
    expires = timezone.now() + timedelta(minutes=1)
    Session.objects.bulk_create(
        [Session(session_key=KEY, session_data="", expire_date=expires)],
        update_conflicts=True,
        unique_fields=["session_key"],
        update_fields=["expire_date"],
    )
    return True


def _is_migrated() -> bool:
    """Read from the disk until it is so; then it stays so for this process's code."""
    if not _MIGRATED.is_set():
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return False
        _MIGRATED.set()
    return True


def _has_redis() -> bool:
    if not settings.REDIS_URL:
        return True
    with redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1
    ) as client:
        return bool(client.ping())


_MIGRATED: Final = threading.Event()
LOOK: Final = Look()
