"""While Redis is away the cache is the process's own: limits hold, and nobody reads an error."""

import pytest
from django.core.cache import caches
from django.test import override_settings

from accounts import limits
from config.shared_cache import ASKED, SharedCache

NOBODY_THERE = {
    "default": {
        "BACKEND": "config.shared_cache.SharedCache",
        "LOCATION": "redis://127.0.0.1:9/0",
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
    }
}


def test_limits_hold_while_redis_is_away() -> None:
    with override_settings(CACHES=NOBODY_THERE):
        caches["default"].clear()
        waits = [limits.pause("report", account="1", address="192.0.2.7") for _ in range(21)]

    assert [bool(wait) for wait in waits] == [False] * 20 + [True]


def test_every_question_to_redis_is_answered_without_it() -> None:
    cache = SharedCache("redis://127.0.0.1:9/0", {"OPTIONS": {"socket_connect_timeout": 1}})
    cache.clear()

    cache.set("a", 1)
    cache.set_many({"b": 2})

    assert (cache.get("a"), cache.get_many(["a", "b"])) == (1, {"a": 1, "b": 2})
    assert (cache.add("a", 3), cache.incr("a"), cache.has_key("b")) == (False, 2, True)
    assert (cache.touch("a"), cache.delete("a"), cache.get("a")) == (True, True, None)
    assert cache.get_or_set("c", 5) == 5


@pytest.mark.parametrize("name", ASKED)
def test_question_is_one_of_the_cache(name: str) -> None:
    assert callable(getattr(SharedCache, name))
