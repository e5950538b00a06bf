"""`manage.py worker`: the background work in a process of its own."""

import asyncio
import contextlib
import os
import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config import background, metrics, serving


class Command(BaseCommand):
    help = "Publish tallies, draw maps, send mail, keep deadlines, seal the record; until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        """How far the worker stands back where it shares a machine with votes."""
        parser.add_argument(
            "--nice", type=int, default=10, help="0 to 19: how far others go first (default: 10)"
        )

    def handle(self, *_args: Any, nice: int, **_options: Any) -> None:
        """Run until SIGTERM or SIGINT; the step under way is finished first."""
        # A map may come a little later; a vote is not to wait for one.
        os.nice(nice)
        metrics.start()
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(self._run())

    async def _run(self) -> None:
        serving.give_threads(asyncio.get_running_loop())
        steps = asyncio.gather(*(background.keep_running(name) for name in background.STEPS))
        loop = asyncio.get_running_loop()
        for stop in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(stop, steps.cancel)
        self.stdout.write("The worker runs. Stop it with Ctrl+C.")
        await steps
