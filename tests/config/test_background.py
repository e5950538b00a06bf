"""Background work: in the web process, or in a worker of its own, and stopping cleanly."""

import asyncio
import os
import signal
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.core import mail
from django_tasks import task

from config import background
from deliberate.models import PublishedTally
from tests import factories


@task()
def send_greeting() -> None:
    """A task as the rooms have them."""
    mail.send_mail("Hello", "From a task.", None, ["citizen@example.org"])


@pytest.mark.django_db(transaction=True)
def test_tasks_that_are_due_are_run_once() -> None:
    send_greeting.enqueue()

    for _ in range(2):
        background.run_step("tasks")

    assert [message.subject for message in mail.outbox] == ["Hello"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", sorted(background.STEPS))
def test_step_runs_where_there_is_nothing_to_do(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    background.run_step(name)

    assert "failed" not in caplog.text


@pytest.mark.django_db(transaction=True)
def test_step_that_fails_is_logged_and_the_next_turn_comes(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    turns: list[int] = []

    def fail() -> None:
        turns.append(1)
        raise ValueError("broken")

    monkeypatch.setitem(background.STEPS, "tallies", (fail, 0.01))

    async def watch() -> None:
        running = asyncio.create_task(background.keep_running("tallies"))
        while len(turns) < 3:
            await asyncio.sleep(0.01)
        running.cancel()

    asyncio.run(asyncio.wait_for(watch(), timeout=5))

    assert len(turns) >= 3
    assert "'tallies' failed" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_worker_process_publishes_and_stops_when_told() -> None:
    """The real command on the same database: it does the work, and SIGTERM ends it."""
    conversation = factories.conversation(data_policy="open")
    factories.vote(statement=factories.statement(conversation=conversation))
    database = settings.DATABASES["default"]
    url = f"sqlite:////{database['NAME']}"
    if not settings.EMBEDDED:
        url = (
            f"postgres://{database['USER']}@/{database['NAME']}"
            f"?host={database['HOST']}&port={database['PORT']}"
        )
    process = subprocess.Popen(
        [sys.executable, "manage.py", "worker"],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": url},
    )
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if PublishedTally.objects.filter(votes=1).exists():
                break
            time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=20)
    finally:
        process.kill()

    assert PublishedTally.objects.get().votes == 1
    assert code == 0
