"""Nobody writes lines of their own into the log."""

import io
import logging
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.test import Client

from config.log_lines import OneLine
from tests import factories

FORGED = "x\n2031-01-01 00:00:00 ERROR config: all is lost\r\n\x1b[2Jnothing\u2028more\x85end"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    line = settings.LOGGING["formatters"]["line"]
    assert line["()"] == f"{OneLine.__module__}.{OneLine.__qualname__}"
    handler.setFormatter(OneLine(line["format"], style=line["style"]))
    logging.getLogger().addHandler(handler)
    yield text
    logging.getLogger().removeHandler(handler)


def test_line_of_a_stranger_does_not_look_like_one_of_ours(log: io.StringIO) -> None:
    logging.getLogger("config").warning("Refused: %s", FORGED)
    try:
        raise ValueError(FORGED)
    except ValueError:
        logging.getLogger("config").exception("It failed.")

    first, *others = log.getvalue().splitlines()
    own = [line for line in (first, *others) if not line.startswith("    | ")]
    assert len(own) == 2
    assert all("config: Refused" in line or "config: It failed" in line for line in own)
    assert not set(log.getvalue()) & {"\r", "\x1b", "\u2028", "\x85"}


def test_time_of_a_line_is_in_utc(log: io.StringIO) -> None:
    logging.getLogger("config").warning("Now.")

    assert log.getvalue().split(" ")[1].endswith("Z")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/%0A2031-01-01%20ERROR/", "/language/%0d%0aX/", "/search/?q=%0a"]
)
def test_address_with_line_ends_makes_no_line(client: Client, log: io.StringIO, path: str) -> None:
    client.get(path, headers={"user-agent": "a b"})

    assert not [line for line in log.getvalue().splitlines() if line.startswith("2031")]


@pytest.mark.postgres
@pytest.mark.django_db
def test_refusal_of_the_database_quotes_no_row(log: io.StringIO) -> None:
    email = "canary@example.org"
    factories.user(email=email)
    try:
        with transaction.atomic():
            factories.user(email=email)
    except IntegrityError:
        logging.getLogger("config").exception("It failed.")

    assert "IntegrityError" in log.getvalue()
    assert "canary" not in log.getvalue()
