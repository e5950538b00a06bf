"""The cache in Redis, and a small one in the process for while Redis is away.

Limits on signing in live in the cache: without Redis they hold for each process by itself, instead
of turning everybody away, or nobody.
"""

import logging
from collections.abc import Callable
from typing import Any, Final

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import ConnectionError as Away
from redis.exceptions import TimeoutError as TooSlow

logger = logging.getLogger(__name__)

ASKED: Final = (
    "add",
    "clear",
    "delete",
    "delete_many",
    "get",
    "get_many",
    "has_key",
    "incr",
    "set",
    "set_many",
    "touch",
)


class SharedCache(RedisCache):
    """Redis where it answers; each question that it does not answer goes to the process's own."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self.here = LocMemCache("while-redis-is-away", {})


def _or_here(name: str) -> Callable[..., Any]:
    def ask(self: SharedCache, *arguments: Any, **options: Any) -> Any:
        try:
            return getattr(RedisCache, name)(self, *arguments, **options)
        except (Away, TooSlow):
            logger.warning("Redis is away: the cache is this process's own.")
            return getattr(self.here, name)(*arguments, **options)

    return ask


for _name in ASKED:
    setattr(SharedCache, _name, _or_here(_name))
