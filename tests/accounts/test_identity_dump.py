"""Whoever takes the database, even with everybody's true numbers at hand, finds out nobody."""

import hashlib
import hmac
import os
import random
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest
from django.conf import settings as site
from django.db import connection

from accounts import identity
from accounts.models import User

PEOPLE = 1000
# A number of 11 or 13 digits as people write them, in whatever digits and with whatever between.
LOOKS_LIKE_ONE = re.compile(
    r"(?<!\w)\d(?:[\s\-\u2010-\u2015\u200e\u200f]?\d){10}(?:[\s\-\u2010-\u2015]?\d){0,2}(?!\w)"
)
# What a database itself writes: a time is no number of a person.
TIMES = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?(\+\d\d(:\d\d)?)?")


def numbers() -> list[str]:
    """True numbers of two countries, each once."""
    chance = random.Random(11)
    found: set[str] = set()
    while len(found) < PEOPLE:
        length = 13 if len(found) % 2 else 11
        found.add("".join(chance.choices("123456789", k=length)))
    return sorted(found)


def written(number: str, place: int) -> str:
    """As its owner writes it."""
    if place % 3 == 0:
        return "".join(chr(0x06F0 + int(digit)) for digit in number)
    return f"{number[:5]}-{number[5:-1]}-{number[-1]}" if place % 3 == 1 else number


@pytest.fixture
def registered() -> list[str]:
    """A thousand people who have proved who they are."""
    users = User.objects.bulk_create(
        [User(email=f"somebody-{place}@example.org") for place in range(PEOPLE)]
    )
    found = numbers()
    for place, (user, number) in enumerate(zip(users, found, strict=True)):
        identity.prove(
            user=user, provider="state", number=written(number, place), area="x", over_16=True
        )
    return found


def dump(folder: Path) -> str:
    """The database as a thief has it: SQLite's file as it lies there and as text, or pg_dump."""
    if connection.vendor == "sqlite":
        copy = folder / "stolen.sqlite3"
        with sqlite3.connect(copy) as target:
            connection.connection.backup(target)
        text = "\n".join(sqlite3.connect(copy).iterdump())
        return text + copy.read_bytes().decode("latin-1")
    if shutil.which("pg_dump") is None:
        pytest.skip("needs pg_dump")
    one = connection.settings_dict
    command = ["pg_dump", "-h", str(one["HOST"]), "-U", str(one["USER"]), "-d", str(one["NAME"])]
    if one["PORT"]:
        command += ["-p", str(one["PORT"])]
    environment = {**os.environ, "PGPASSWORD": str(one["PASSWORD"])}
    done = subprocess.run(command, env=environment, capture_output=True, check=True, timeout=120)
    return done.stdout.decode()


def crack(stolen: str, known: Iterable[str], *, keys: Iterable[bytes]) -> int:
    """How many of the known numbers a thief links: every hash of every spelling, tried at once."""
    found = 0
    for number in known:
        tried = set()
        for text in (number, f"{number[:5]}-{number[5:-1]}-{number[-1]}", f"EE{number}"):
            plain = text.encode()
            for kind in ("md5", "sha1", "sha256", "sha512", "blake2b", "sha3_256"):
                tried.add(hashlib.new(kind, plain).hexdigest())
            for key in keys:
                tried.add(hmac.new(key, plain, hashlib.sha256).hexdigest())
                tried.add(hashlib.sha256(key + plain).hexdigest())
        found += any(one in stolen for one in tried)
    return found


@pytest.mark.django_db(transaction=True)
def test_dump_of_a_thousand_people_links_none_of_them_without_the_key(
    registered: list[str], tmp_path: Path
) -> None:
    stolen = dump(tmp_path)

    # What a thief may guess of the code: no key, an empty one, the one of signing.
    guesses = [b"", b"identity-number:", b"1", site.SECRET_KEY.encode()]
    assert stolen.count(identity.fingerprint(registered[0])) >= 1
    assert not any(number in stolen for number in registered)
    assert crack(stolen, registered, keys=guesses) == 0


@pytest.mark.django_db(transaction=True)
def test_dump_links_all_of_them_with_the_key(registered: list[str], tmp_path: Path) -> None:
    stolen = dump(tmp_path)

    key = hashlib.sha256(b"identity-number:" + site.IDENTITY_KEY.encode()).digest()

    assert crack(stolen, registered, keys=[key]) == PEOPLE


@pytest.mark.django_db(transaction=True)
def test_dump_holds_nothing_that_looks_like_a_number(registered: list[str], tmp_path: Path) -> None:
    # Of SQLite's own bytes, the rows in words: its pages are no text.
    text = TIMES.sub("", dump(tmp_path).partition("SQLite format 3")[0])

    assert LOOKS_LIKE_ONE.findall(text) == []


@pytest.mark.parametrize("place", range(3))
def test_pattern_of_the_test_finds_numbers_however_written(place: int) -> None:
    text = f"('x', '{written('3660312345671', place)}', 5)"

    assert LOOKS_LIKE_ONE.search(text)


@pytest.mark.django_db
def test_proof_has_no_column_for_what_a_number_tells() -> None:
    with connection.cursor() as cursor:
        table = connection.introspection.get_table_description(cursor, "accounts_identityproof")

    assert {column.name for column in table} == {
        "id", "user_id", "provider", "assurance", "number_hash", "key_id", "area", "over_16",
        "person_key", "proved_at",
    }  # fmt: skip
