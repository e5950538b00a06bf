"""What every test shares: a database in a file, a quick password hasher, the shared data."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import cache
from django.utils import translation

# Fixtures of the browser tests, one server for gates and journeys.
pytest_plugins = ["tests.journeys.server", "tests.journeys.browsers"]

SHARED_DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
NO_SHARED_DATA = "the folder ../shared/data with Polis exports is not there"


def pytest_configure() -> None:
    # How long an example takes says more of the machine than of the code.
    hypothesis.settings.register_profile("tests", deadline=None)
    hypothesis.settings.load_profile("tests")
    # Argon2 takes 50 ms for each account on purpose; what is tested is not how slow it is.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Nor how evenly it answers; tests/accounts/test_enumeration.py asks that.
    settings.EVEN_SECONDS = 0
    if settings.REDIS_URL:
        # Pub/Sub knows no databases: tests that run at once must not hear each other's rooms.
        layer = settings.CHANNEL_LAYERS["default"]["CONFIG"]
        layer["prefix"] = os.environ.get("PYTEST_XDIST_WORKER", "asgi")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    missing = {
        "postgres": None if not settings.EMBEDDED else "needs PostgreSQL",
        "redis": None if settings.REDIS_URL else "needs Redis",
    }
    for item in items:
        for marker, reason in missing.items():
            if reason and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=f"{reason}: python -m tests.services"))
    if not settings.EMBEDDED:
        _leave_out(config, items, lambda item: not _uses_servers(item))


def _uses_servers(item: pytest.Item) -> bool:
    """Whether the test can tell one database, or one channel layer, from another."""
    names = ("django_db", "postgres", "redis", "browser", "asyncio")
    fixtures = getattr(item, "fixturenames", ())
    return any(item.get_closest_marker(name) for name in names) or any(
        name in fixtures for name in ("db", "transactional_db")
    )


def _leave_out(
    config: pytest.Config, items: list[pytest.Item], is_out: Callable[[pytest.Item], bool]
) -> None:
    out = [item for item in items if is_out(item)]
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if not is_out(item)]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    without_data = [
        report
        for report in terminalreporter.stats.get("skipped", [])
        if NO_SHARED_DATA in str(report.longrepr)
    ]
    if without_data:
        terminalreporter.write_line(
            f"{len(without_data)} TESTS ON REAL CONVERSATIONS DID NOT RUN: {NO_SHARED_DATA}.",
            red=True,
            bold=True,
        )


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """SQLite in a file, as it runs: in memory, threads would share one connection's locks."""
    if settings.EMBEDDED:
        database = settings.DATABASES["default"]
        database.setdefault("TEST", {})["NAME"] = str(settings.VAR_DIR / "test.sqlite3")


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """A page that an earlier test asked for in Urdu leaves the thread in Urdu."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _nobody_was_too_fast() -> None:
    """All tests come from one address: what one of them did is not held against the next."""
    cache.clear()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real Polis exports; a test that needs it is skipped, loudly, without it."""
    if not SHARED_DATA.is_dir():
        pytest.skip(NO_SHARED_DATA)
    return SHARED_DATA
