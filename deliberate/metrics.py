"""What one process has counted of its live room, for whoever watches the machines.

Numbers only: no label says who voted, on what, in which room, or from where. config/metrics.py
serves them on a port that only this machine can reach.
"""

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from prometheus_client import Counter, Gauge, Histogram

Door = Literal["socket", "form", "batch", "other"]

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

ACKNOWLEDGED: Final = Counter(
    "deliberate_ballots_acknowledged", "Ballots that were stored, then answered.", ["door"]
)
DUPLICATES: Final = Counter(
    "deliberate_ballots_repeated", "Ballots that came again and got their first answer."
)
REFUSED: Final = Counter("deliberate_acts_refused", "Acts that were refused.", ["code"])
BATCH_BALLOTS: Final = Histogram(
    "deliberate_batch_ballots",
    "Ballots that one transaction stored.",
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500),
)
BATCH_SECONDS: Final = Histogram(
    "deliberate_batch_seconds", "How long the transaction of a batch took.", buckets=SECONDS
)
QUEUE_SECONDS: Final = Histogram(
    "deliberate_queue_seconds",
    "How long the oldest ballot of a batch had waited for its transaction.",
    buckets=SECONDS,
)
WAITING: Final = Gauge("deliberate_ballots_waiting", "Ballots that wait for a transaction now.")
SOCKETS: Final = Gauge("deliberate_sockets", "Sockets that are open now.")
SOCKETS_DROPPED: Final = Counter(
    "deliberate_sockets_dropped", "Sockets that the server hung up on.", ["why"]
)
FAN_OUT_SECONDS: Final = Histogram(
    "deliberate_fan_out_seconds",
    "From the moment a process heard of an event to the last of its sockets being handed it.",
    buckets=SECONDS,
)
MAP_LAG: Final = Gauge(
    "deliberate_map_lag_seconds", "How long the oldest vote that no map has yet has waited for one."
)
ROUTING_ALARMS: Final = Gauge(
    "deliberate_routing_alarms",
    "Conversations whose statements are not chosen as published, by cause counted.",
)
STEP_SUCCESS: Final = Gauge(
    "deliberate_step_last_success_timestamp_seconds",
    "When a step of the background work last came to its end in this process.",
    ["step"],
)
STEP_OVERDUE: Final = Gauge(
    "deliberate_step_overdue_seconds",
    "After how long without an end a step of the background work is overdue.",
    ["step"],
)
STEP_FAILURES: Final = Counter(
    "deliberate_step_failures", "Runs of a background step that failed.", ["step"]
)


def acknowledged(count: int, *, door: Door) -> None:
    """So many ballots were answered as counted, their first time."""
    ACKNOWLEDGED.labels(door).inc(count)


def repeated(count: int = 1) -> None:
    """So many ballots had been counted before."""
    DUPLICATES.inc(count)


def refused(code: str) -> None:
    """An act was refused; `code` is one of deliberate/errors.py, never what somebody sent."""
    REFUSED.labels(code).inc()


def batch_stored(*, ballots: int, seconds: float, oldest_waited: float) -> None:
    """A transaction with so many ballots has come to its end, committed or not."""
    BATCH_BALLOTS.observe(ballots)
    BATCH_SECONDS.observe(seconds)
    QUEUE_SECONDS.observe(oldest_waited)


def dropped(why: Literal["slow_reader", "flood", "session_ended", "restart"]) -> None:
    """The server hung up on a socket."""
    SOCKETS_DROPPED.labels(why).inc()


def start_at_zero(*, codes: Iterable[str], steps: Mapping[str, float]) -> None:
    """Show each series from the start: an alarm on the first refusal needs the zero before it.

    `steps` has the seconds after which each is overdue.
    """
    for door in Door.__args__:  # type: ignore[attr-defined]  # a Literal has them
        ACKNOWLEDGED.labels(door)
    for code in codes:
        REFUSED.labels(code)
    for step, overdue in steps.items():
        STEP_FAILURES.labels(step)
        STEP_OVERDUE.labels(step).set(overdue)
