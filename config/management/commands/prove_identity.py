"""`manage.py prove_identity EMAIL --provider counter`: identity shown at a council's counter."""

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import identity
from accounts.models import User
from config import one_person
from deliberate.models import Place


class Command(BaseCommand):
    help = "Keep that an account's person showed their identity; reads the number unseen."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The number is no argument: those stand in the shell's history."""
        parser.add_argument("email")
        parser.add_argument("--provider", default="counter", help="who checked (default: counter)")
        parser.add_argument(
            "--assurance",
            choices=identity.Assurance.values,
            default=identity.Assurance.SUBSTANTIAL.value,
            help="how sure they are (default: substantial)",
        )
        parser.add_argument("--area", default="", help="the slug of the place where they live")

        parser.add_argument(
            "--over-16", action="store_true", help="they were seen to be 16 or older"
        )

    def handle(self, *_args: Any, email: str, **options: Any) -> None:
        """Read the number and keep its keyed hash."""
        user = User.objects.filter(email=email.lower()).first()
        if user is None:
            raise CommandError("There is no account with that address.")
        if options["area"] and not Place.objects.filter(slug=options["area"]).exists():
            raise CommandError("There is no such place.")
        number = getpass.getpass("Number: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
        try:
            one_person.prove(
                user=user,
                provider=options["provider"],
                number=number,
                assurance=options["assurance"],
                area=options["area"],
                over_16=options["over_16"] or None,
            )
        except identity.NotANumber:
            raise CommandError("That is no identity number.") from None
        except identity.AlreadyProved:
            raise CommandError("This person or this account has a proof already.") from None
        self.stdout.write("Kept. The number itself was not.")
