"""Settings from the environment: read right, or refused with the variable's name."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from config import environment, keys

BASE = Path("/srv/deliberate")


def test_text_that_is_missing_names_its_variable() -> None:
    with pytest.raises(ImproperlyConfigured, match="SOME_NAME"):
        environment.text("SOME_NAME", environ={})


@pytest.mark.parametrize(
    ("value", "read"), [("1", True), ("true", True), ("Yes", True), ("0", False), ("", False)]
)
def test_flag_is_read(value: str, *, read: bool) -> None:
    assert environment.flag("F", default=not read, environ={"F": value}) is read


def test_flag_that_is_neither_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="DEBUG must be 1 or 0"):
        environment.flag("DEBUG", default=False, environ={"DEBUG": "maybe"})


@pytest.mark.parametrize("value", ["-5", "0", "3651"])
def test_keys_are_kept_for_a_time_that_can_be(value: str) -> None:
    read = "import config.settings"
    run = subprocess.run(
        [sys.executable, "-c", read],
        env=os.environ | {"KEY_KEPT_DAYS": value},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 1
    assert f"KEY_KEPT_DAYS must be a whole number from 1 to 3650, not '{value}'" in run.stderr


def test_whole_number_that_is_none_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="N must be a whole number"):
        environment.whole_number("N", 1, environ={"N": "one"})


def test_words_drop_blanks() -> None:
    assert environment.words("W", environ={"W": "a, b,,c "}) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sqlite:///site.sqlite3", "/srv/deliberate/site.sqlite3"),
        ("sqlite:////var/lib/site.sqlite3", "/var/lib/site.sqlite3"),
        ("sqlite://", ":memory:"),
        ("sqlite:///with%20blank.db", "/srv/deliberate/with blank.db"),
    ],
)
def test_database_in_a_file(url: str, name: str) -> None:
    found = environment.database(url, base=BASE)

    assert found["NAME"] == name
    assert "synchronous=FULL" in str(found["OPTIONS"])
    assert "journal_mode=WAL" in str(found["OPTIONS"])


def test_database_server() -> None:
    found = environment.database("postgres://u%40x:p%2Fw@db.example:5433/deliberate", base=BASE)

    assert found["ENGINE"] == "django.db.backends.postgresql"
    assert [found[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")] == [
        "deliberate",
        "u@x",
        "p/w",
        "db.example",
        "5433",
    ]


def test_database_server_by_socket() -> None:
    found = environment.database("postgresql://u@/deliberate?host=/run/pg", base=BASE)

    assert found["HOST"] == "/run/pg"


@pytest.mark.parametrize("url", ["mysql://u@h/d", "", "postgres://u@h/"])
def test_database_that_we_do_not_serve_is_refused(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        environment.database(url, base=BASE)


@pytest.mark.parametrize(
    ("url", "backend", "port"),
    [
        ("console:", "console", None),
        ("memory:", "locmem", None),
        ("smtp://mail.example", "mail", 25),
        ("smtps://u:p@mail.example", "mail", 465),
        ("smtp+tls://u:p@mail.example:2525", "mail", 2525),
    ],
)
def test_email_url(url: str, backend: str, port: int | None) -> None:
    found = environment.email(url)

    assert str(found["EMAIL_BACKEND"]).split(".")[-2] == backend
    assert found.get("EMAIL_PORT") == port


def test_email_url_of_another_kind_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL"):
        environment.email("pigeon://loft")


def test_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first = keys.find("UNSET_KEY", folder=tmp_path, may_make=True)
    second = keys.find("UNSET_KEY", folder=tmp_path, may_make=True)

    assert first == second
    assert len(first) >= keys.SHORTEST
    assert (tmp_path / "keys" / "unset_key").stat().st_mode & 0o777 == 0o600


def test_key_of_a_server_must_be_given(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="UNSET_KEY"):
        keys.find("UNSET_KEY", folder=tmp_path, may_make=False)

    assert not (tmp_path / "keys").exists()


def test_key_that_is_short_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSET_KEY", "short")

    with pytest.raises(ImproperlyConfigured, match="at least 32"):
        keys.find("UNSET_KEY", folder=tmp_path, may_make=True)
