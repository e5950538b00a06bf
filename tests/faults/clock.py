"""A web process whose wall clock can be set: daphne serves `application`.

The clock is stepped inside the interpreter, where all of the site reads it: `time.time` and
Django's `timezone.now`. Debian's libfaketime, which would do it below the interpreter, breaks
CPython's sleep (0.9.10 answers clock_nanosleep with EINVAL). Monotonic time is untouched, as it is
when a real clock is set.
"""

import os
import time
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

VARIABLE = "FAULTS_CLOCK"


class Clock:
    """The wall clock of the processes that are given its environment."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.set(0)

    @property
    def environment(self) -> dict[str, str]:
        """For the processes whose clock this is."""
        return {VARIABLE: str(self.file)}

    def set(self, seconds: int) -> None:
        """Step to so many seconds from the true time."""
        # Replaced at once: a reader must not find it empty.
        new = self.file.with_suffix(".new")
        new.write_text(str(seconds))
        new.replace(self.file)


def step_with(file: Path) -> None:
    """From now on this process's wall clock is as wrong as the file says."""
    from django.utils import timezone

    true_time = time.time

    def stepped_time() -> float:
        return true_time() + float(file.read_text())

    class SteppedDatetime(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.now(tz) + timedelta(seconds=float(file.read_text()))

    time.time = stepped_time
    timezone.datetime = SteppedDatetime  # type: ignore[misc]


async def application(scope: Any, receive: Any, send: Any) -> None:
    """The site under that clock."""
    await _site(scope, receive, send)


if VARIABLE in os.environ:
    step_with(Path(os.environ[VARIABLE]))
    from config.asgi import application as _site
