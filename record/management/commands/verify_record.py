"""`manage.py verify_record`: checks that the public record is what was sealed."""

import re
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from record import verification
from record.models import RecordLine


def whole_hash(text: str) -> str:
    """64 hexadecimal digits; a beginning alone could be forged."""
    if not re.fullmatch(r"[0-9a-f]{64}", text.lower()):
        raise ArgumentTypeError("a hash has 64 hexadecimal digits; give all of them")
    return text.lower()


class Command(BaseCommand):
    help = "Checks every seal of the public record and prints the hash of its last line."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--head",
            type=whole_hash,
            metavar="HASH",
            help="a line's hash that was noted down elsewhere and must still be in the record",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            verified = verification.verify(anchor=options["head"])
        except verification.BrokenRecord as broken:
            raise CommandError(f"The record is broken at {broken}.", returncode=1) from broken
        unsealed = RecordLine.objects.filter(sequence__isnull=True).count()
        self.stdout.write(f"{verified.lines} lines verified, {unsealed} waiting to be sealed.")
        self.stdout.write(f"Head: {verified.head_hash}")
