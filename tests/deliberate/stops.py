"""Stops a thread at a known point of its transaction: just before it locks a conversation's row.

PostgreSQL does it, by a trigger of its own, so that the code under test is the code that runs.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

STOPPED = "stopped"
LOCK = 4711
TRIGGER = f"""
CREATE OR REPLACE FUNCTION stop_if_asked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('application_name') = '{STOPPED}' THEN
        PERFORM pg_advisory_xact_lock_shared({LOCK});
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER stop BEFORE UPDATE ON deliberate_conversation
    FOR EACH STATEMENT EXECUTE FUNCTION stop_if_asked();
"""
SOON = 10.0


class Thread(threading.Thread):
    """A thread with a connection of its own; what it did is told by `result`."""

    def __init__(self, act: Callable[[], Any], *, stopped: bool = False) -> None:
        super().__init__(daemon=True)
        self._act, self._stopped = act, stopped
        self._value: Any = None
        self._error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            if self._stopped:
                _name(STOPPED)
            self._value = self._act()
        except BaseException as error:  # whatever it was is told by `result`
            self._error = error
        finally:
            if self._stopped:
                _name("")
            connection.close()

    def result(self) -> Any:
        """What it returned, within a few seconds; what it raised is raised here."""
        self.join(SOON)
        assert not self.is_alive(), "it waits for somebody"
        if self._error is not None:
            raise self._error
        return self._value


@contextmanager
def stopped(act: Callable[[], Any]) -> Iterator[Thread]:
    """A thread that has come to the conversation's row, and goes on at the end of the block."""
    with connection.cursor() as cursor:
        cursor.execute(TRIGGER)
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        thread = Thread(act, stopped=True)
        _until_stopped(thread)
        yield thread
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
        thread.join(SOON)
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER stop ON deliberate_conversation")


def _until_stopped(thread: Thread) -> None:
    until = time.monotonic() + SOON
    while time.monotonic() < until and thread.is_alive():
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            if cursor.fetchone():
                return
        time.sleep(0.01)
    thread.result()
    raise AssertionError("it came past the conversation's row without a stop")


def _name(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('application_name', %s, false)", [name])
