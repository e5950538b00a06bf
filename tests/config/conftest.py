"""A database and a Redis of their own for tests that run whole sites of real processes."""

import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from tests.services import redis_server


@pytest.fixture(scope="module")
def own_database() -> Iterator[str]:
    """The DATABASE_URL of an empty PostgreSQL database that no other test opens."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    name = f"site_{secrets.token_hex(6)}"
    url = urlunsplit(parts._replace(path=f"/{name}"))
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield url
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="module")
def own_redis() -> Iterator[str]:
    """The REDIS_URL of a server of its own: Pub/Sub knows no databases."""
    with tempfile.TemporaryDirectory(prefix="deliberate-redis-") as folder:
        # Redis runs as another user when the tests run as root.
        Path(folder).chmod(0o755)
        with redis_server.server(Path(folder) / "redis") as url:
            yield url
