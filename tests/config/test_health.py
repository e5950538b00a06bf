"""Lives, and is ready: what it says when the database or Redis do not do their part."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as site_settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

from config import draining, health

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test looks for itself."""
    monkeypatch.setattr(health, "LOOK", health.Look())
    monkeypatch.setattr(health, "_MIGRATED", threading.Event())


@pytest.fixture
def read_only() -> Iterator[None]:
    """PostgreSQL takes no writes, as on a standby or a full disk."""
    with connection.cursor() as cursor:
        name = connection.settings_dict["NAME"]
        cursor.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        connection.close_pool()
        yield
        cursor.execute("SET default_transaction_read_only = off")
        cursor.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
    connection.close_pool()


def test_ready_process_says_so_and_has_really_written(client: Client) -> None:
    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {"ready": True, "problems": []}
    assert response["Cache-Control"] == "private, no-store"
    assert Session.objects.filter(session_key=health.KEY).count() == 1


def test_row_that_is_written_is_nobodys_session(client: Client) -> None:
    client.get("/readyz")
    client.cookies[site_settings.SESSION_COOKIE_NAME] = health.KEY

    client.get("/conversations/")

    assert client.session.session_key != health.KEY


def test_flood_of_questions_is_one_look(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []

    def look() -> list[str]:
        looks.append(1)
        time.sleep(0.05)
        return []

    monkeypatch.setattr(health, "look", look)
    monkeypatch.setattr(health, "FRESH_SECONDS", 60.0)

    asking = [threading.Thread(target=lambda: Client().get("/readyz")) for _ in range(30)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    once = len(looks)
    monkeypatch.setattr(health, "FRESH_SECONDS", 0.0)
    client.get("/readyz")

    assert (once, len(looks)) == (1, 2)


def test_look_that_hangs_answers_all_the_same(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = threading.Event()
    monkeypatch.setattr(health, "PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr(health, "look", lambda: [] if end.wait(10) else ["never"])

    response = client.get("/readyz")
    end.set()

    assert response.status_code == 503
    assert response.json()["problems"] == ["The database or Redis does not answer."]


def test_process_on_its_way_out_is_not_ready_but_lives(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draining, "is_draining", lambda: True)

    response = client.get("/readyz")

    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert response.json() == {"ready": False, "problems": ["This process is ending."]}
    assert client.get("/healthz").status_code == 200


@pytest.mark.postgres
@pytest.mark.usefixtures("read_only")
def test_database_that_takes_no_writes_is_said(client: Client) -> None:
    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["problems"] == ["The database cannot be written."]


def test_file_that_may_not_be_written_is_said(tmp_path: Path) -> None:
    """A whole site on its own file: root may write everything, so SQLite is told not to."""
    url = f"sqlite:////{tmp_path}/site.sqlite3"

    def site(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=site_settings.BASE_DIR,
            env={
                "PATH": "/usr/bin:/bin",
                "VAR_DIR": str(tmp_path),
                "DATABASE_URL": url,
                "DJANGO_SETTINGS_MODULE": "config.settings",
            },
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    ask = (
        "import django; django.setup(); from config import health; from django.db import connection"
        "; connection.settings_dict['OPTIONS']['init_command'] += {words!r}; print(health.look())"
    )
    before = site("-c", ask.format(words=""))
    site("manage.py", "migrate", "--no-input", "--verbosity=0")
    after = site("-c", ask.format(words=""))
    read_only = site("-c", ask.format(words="PRAGMA query_only=1;"))

    assert "The database lacks migrations." in before
    assert after.strip() == "[]"
    assert read_only.strip() == "['The database cannot be written.']"


def test_redis_that_is_gone_is_said_without_its_address(
    client: Client, settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.REDIS_URL = "redis://:a-secret@127.0.0.1:1/0"

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["problems"] == ["Redis does not answer."]
    assert "a-secret" not in response.content.decode() + caplog.text
