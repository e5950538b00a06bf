"""Limits: tight for an account, generous for an address, and never one person's for another."""

import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import cache, caches
from django.test import Client

from accounts import limits
from accounts.limits import Limit, Rate

HERE, THERE = "192.0.2.7", "192.0.2.8"


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(limits.LIMITS, "form", Limit(Rate(3, 100), Rate(8, 100)))
    monkeypatch.setitem(limits.LIMITS, "mail", Limit(Rate(6, 100), Rate(50, 100), Rate(2, 100)))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A time that stands still until it is set."""
    now = [1_000_000.0]
    monkeypatch.setattr(limits.time, "time", lambda: now[0])
    return now


def act(times: int, *, action: str = "form", account: str = "1", address: str = HERE) -> list[bool]:
    return [limits.pause(action, account=account, address=address) == 0 for _ in range(times)]


def names_in_cache() -> set[str]:
    held: Any = caches["default"]._cache  # type: ignore[attr-defined]
    if isinstance(held, dict):
        return set(held)
    return {name.decode() for name in held.get_client().keys("*")}


@pytest.mark.django_db
def test_cache_holds_no_name_of_a_person_that_could_be_tried(client: Client) -> None:
    cache.clear()
    email = "canary@example.org"
    form = {"login": email, "password": "a wrong one"}
    for _ in range(6):
        answer = client.post("/accounts/login/", form, headers={"host": "localhost"})

    held = names_in_cache()
    guesses = {
        hashlib.sha256(f"{start}{email}".encode()).hexdigest()
        for start in ("", "localhost:", "localhost:8000:", "testserver:", "example.com:")
    }
    assert "Too many failed login attempts" in answer.content.decode()
    assert held
    assert [name for name in held if "allauth" in name or email in name] == []
    assert [name for name in held for guess in guesses if guess in name] == []


def test_account_is_held_back_wherever_it_is(clock: Any) -> None:
    assert act(4) == [True, True, True, False]
    assert act(1, address=THERE) == [False]
    assert act(1, account="2") == [True]


def test_address_is_held_back_whoever_asks(clock: Any) -> None:
    taken = [act(1, account=str(number))[0] for number in range(10)]

    assert taken == [True] * 8 + [False] * 2
    assert act(1, account="11", address=THERE) == [True]


def test_nobody_known_counts_for_the_address_alone(clock: Any) -> None:
    assert act(9, account="") == [True] * 8 + [False]


def test_pause_is_as_long_as_it_says(clock: Any) -> None:
    act(3)

    for _ in range(3):
        seconds = limits.pause("form", account="1", address=HERE)
        clock[0] += seconds - 1
        assert limits.pause("form", account="1", address=HERE) > 0, "a second too early"
        clock[0] += 1
        assert limits.pause("form", account="1", address=HERE) == 0


def test_what_was_refused_is_not_counted(clock: Any) -> None:
    act(50)
    clock[0] += 200

    assert act(3) == [True] * 3


def test_edge_of_a_stretch_does_not_double_the_rate(clock: Any) -> None:
    clock[0] += 99
    first = act(3)
    clock[0] += 2

    assert first == [True] * 3
    assert act(1) == [False]


def test_stranger_who_uses_up_an_account_does_not_hold_its_owner_back(clock: Any) -> None:
    attack = act(5, action="mail", account="victim@example.org", address=THERE)

    assert attack == [True, True, False, False, False]
    assert act(1, action="mail", account="victim@example.org", address=HERE) == [True]


def test_crowd_that_asks_at_once_is_counted_exactly() -> None:
    if time.time() % 100 > 90:
        time.sleep(100 - time.time() % 100)
    with ThreadPoolExecutor(16) as threads:
        waits = list(
            threads.map(
                lambda number: limits.pause("form", account=str(number), address=HERE), range(40)
            )
        )

    assert sum(wait == 0 for wait in waits) == 8


@pytest.mark.parametrize("action", sorted(limits.LIMITS))
def test_limit_is_tight_for_an_account_and_generous_for_an_address(action: str) -> None:
    limit = limits.LIMITS[action]

    assert limit.address.most / limit.address.seconds > limit.account.most / limit.account.seconds
    assert limit.address.most >= 2 * limit.account.most
