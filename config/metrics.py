"""Serves what this process has counted to Prometheus, on a port that only this machine reaches."""

import logging
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from prometheus_client import REGISTRY, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from config import background
from deliberate import errors, metrics

logger = logging.getLogger(__name__)

# Not 0.0.0.0, whatever is set: the numbers are for who looks after the machine.
LOOPBACK: Final = "127.0.0.1"


class Pool(Collector):
    """How much of this process's pool of database connections is in use."""

    def collect(self) -> Iterator[Metric]:
        """The pool as it is at the moment of asking; nothing where there is none (SQLite)."""
        pool = getattr(connection, "pool", None)
        if pool is None:
            return
        stats = pool.get_stats()
        for name, words, key in (
            ("size", "Connections that are open.", "pool_size"),
            ("max", "Connections that may be open.", "pool_max"),
            ("idle", "Open connections that nobody uses.", "pool_available"),
            ("waiting", "Threads that wait for a connection.", "requests_waiting"),
        ):
            yield GaugeMetricFamily(
                f"deliberate_database_pool_{name}", words, value=stats.get(key, 0)
            )


def start() -> int | None:
    """Answer on the first free port of METRICS_PORT; the port, or None where none is set.

    A process whose ports are all taken says so in its log and works on: people vote on it.
    """
    ports = ports_of(settings.METRICS_PORT)
    if not ports:
        return None
    metrics.start_at_zero(codes=_codes(errors.DeliberateError), steps=background.overdue())
    with suppress(ValueError):  # registered by an earlier call
        REGISTRY.register(POOL)
    for port in ports:
        with suppress(OSError):
            server, _thread = start_http_server(port, addr=LOOPBACK)
            found: int = server.server_address[1]
            logger.info("Metrics are on http://%s:%d/metrics", LOOPBACK, found)
            return found
    logger.error("No port of METRICS_PORT=%s is free: no metrics.", settings.METRICS_PORT)
    return None


def ports_of(text: str) -> range:
    """`9100` or `9100-9115`, `0` for any; nothing for an empty text.

    Raises:
        ImproperlyConfigured: it is none of these.
    """
    if not text:
        return range(0)
    named = re.fullmatch(r"(\d{1,5})(?:-(\d{1,5}))?", text)
    ports = range(int(named[1]), int(named[2] or named[1]) + 1) if named else range(0)
    if not ports or ports[-1] > 65535:
        raise ImproperlyConfigured(
            f"METRICS_PORT must be a port such as 9100 or several such as 9100-9115, not {text!r}."
        )
    return ports


POOL: Final = Pool()


def _codes(error: type[errors.DeliberateError]) -> set[str]:
    return {error.code}.union(*(_codes(kind) for kind in error.__subclasses__()), {"try_later"})
