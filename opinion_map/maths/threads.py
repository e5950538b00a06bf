"""One thread for BLAS, several for blocks of votes: the same bytes on any number of cores."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, TypeVar

from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

Item = TypeVar("Item")
Result = TypeVar("Result")

LARGE = 1 << 17
"""Votes above which steps that do not need each other are worth running side by side."""

_lock = threading.Lock()
_inside = 0
_limiter: Any = None


@lru_cache(maxsize=1)
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Hold BLAS and OpenMP to one thread while at least one map is being computed.

    A BLAS that splits a product over threads sums in another order, which changes the last bits.
    The limit belongs to the process, so maps drawn side by side share it: the first sets it, the
    last lifts it.
    """
    global _inside, _limiter
    with _lock:
        if _inside == 0:
            _limiter = _controller().limit(limits=1)
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0:
                _limiter.restore_original_limits()
                _limiter = None


def workers() -> int:
    """How many threads to spread blocks over: OPINION_MAP_THREADS, or the cores (at most 8)."""
    asked = os.environ.get("OPINION_MAP_THREADS", "")
    if asked.isdigit() and int(asked) > 0:
        return int(asked)
    return min(8, os.cpu_count() or 1)


@lru_cache(maxsize=4)
def _pool(size: int, process: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=size, thread_name_prefix="opinion-map")


def over_blocks(work: Callable[[Item], Result], blocks: Iterable[Item]) -> Iterator[Result]:
    """The results of `work` on each block, in the order of the blocks.

    What is then summed is summed in that order, so that the number of threads cannot show.
    """
    blocks = list(blocks)
    size = workers()
    if len(blocks) < 2 or size < 2:
        return map(work, blocks)
    return _pool(size, os.getpid()).map(work, blocks)


def concurrently(*calls: Callable[[], Any], worthwhile: bool) -> list[Any]:
    """The results of independent calls, in their order; none of them may use threads itself.

    On small work two Python threads hinder each other more than they help: then one by one.
    """
    if not worthwhile:
        return [call() for call in calls]
    return list(over_blocks(lambda call: call(), calls))
