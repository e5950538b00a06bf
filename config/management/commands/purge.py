"""Ends everything that has been kept long enough; the worker does the same once a day."""

from typing import Any

from django.core.management.base import BaseCommand

from config import retention


class Command(BaseCommand):
    help = "Delete what docs/retention.md says is to be kept no longer, and destroy the keys due."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Say how many of each kind there were."""
        for name, count in retention.purge().items():
            self.stdout.write(f"{name}: {count}")
