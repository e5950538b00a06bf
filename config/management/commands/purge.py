"""Ends everything that has been kept long enough; the worker does the same once a day."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config import retention


class Command(BaseCommand):
    help = "Delete what docs/retention.md says is to be kept no longer, and destroy the keys due."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Say how many of each kind there were."""
        try:
            ended = retention.purge()
        except retention.NotAllPurged as failure:
            self._tell(failure.ended)
            raise CommandError(str(failure)) from failure
        self._tell(ended)

    def _tell(self, ended: dict[str, int]) -> None:
        for name, count in ended.items():
            self.stdout.write(f"{name}: {count}")
