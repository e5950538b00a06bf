"""The work behind the pages: tallies, maps, mail, deadlines, seals.

Embedded it runs inside the web process, which needs no other service; at scale it runs in
`manage.py worker`, as many as you like. Every step may run in many processes at once.
"""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.core.management import call_command
from django.db import close_old_connections
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands.db_worker import Worker

from accounts import assistance, notices, restoring, sign_ins
from config import passing, retention
from deliberate import author_links, conversations, metrics, tallies
from opinion_map import alarm, lag
from opinion_map import worker as maps
from petitions import lifecycle
from record import sealing

logger = logging.getLogger(__name__)


def run_tasks() -> None:
    """Run the tasks that are due (mail), then return."""
    Worker(
        queue_names=["*"],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=50,
        worker_id=get_random_string(32),
        excluded_queue_names=[],
    ).run()


def keep_house() -> None:
    """Tell the record of help, try mails again; forget ended sessions, and what was to pass."""
    assistance.tell_record()
    notices.retry()
    author_links.retry()
    passing.forget()
    call_command("clearsessions")
    sign_ins.forget_ended()


# Each with the seconds from the end of one run to the start of the next.
STEPS: Final[dict[str, tuple[Callable[[], object], float]]] = {
    "tallies": (tallies.step, 1.0),
    "maps": (maps.step, 0.5),
    "lag": (lag.measure, 5.0),
    "tasks": (run_tasks, 1.0),
    "routing": (partial(alarm.step, count=metrics.ROUTING_ALARMS.set), 300.0),
    "seals": (sealing.step, 5.0),
    "closings": (conversations.step, 5.0),
    "deadlines": (lifecycle.step, 60.0),
    "restorations": (restoring.step, 60.0),
    "house": (keep_house, 3600.0),
    "purge": (retention.purge, 24 * 3600.0),
}


# A step that has not come to its end for so long, and two of its pauses, is not done any more.
PATIENCE_SECONDS: Final = 300.0


def overdue() -> dict[str, float]:
    """The seconds after which each step is overdue."""
    return {name: PATIENCE_SECONDS + 2 * pause for name, (_step, pause) in STEPS.items()}


def run_step(name: str) -> None:
    """Run one step; a failure is logged and tried again next time."""
    step, _pause = STEPS[name]
    close_old_connections()
    try:
        step()
        metrics.STEP_SUCCESS.labels(name).set_to_current_time()
    except Exception:  # the other steps, and this one's next turn, must go on
        metrics.STEP_FAILURES.labels(name).inc()
        logger.exception("The background step %r failed.", name)
    finally:
        close_old_connections()


async def keep_running(name: str) -> None:
    """Repeat one step until cancelled, off the event loop."""
    _step, pause = STEPS[name]
    # sync_to_async, not a bare thread: announcements made in a step reach this process's own
    # channel layer only on this event loop.
    run = sync_to_async(partial(run_step, name), thread_sensitive=False)
    while True:
        await run()
        await asyncio.sleep(pause)


class WithBackground:
    """An ASGI application that starts the background work with its first connection.

    daphne sends no lifespan events, so the first connection is the first moment when the
    event loop is known to run.
    """

    def __init__(self, application: Any) -> None:
        self.application = application
        self.running: list[asyncio.Task[None]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if not self.running:
            self.running = [asyncio.create_task(keep_running(name)) for name in STEPS]
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:
            await self.application(scope, receive, send)

    async def _lifespan(self, receive: Any, send: Any) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            else:
                for task in self.running:
                    task.cancel()
                await send({"type": "lifespan.shutdown.complete"})
                return
