"""`manage.py enrolment_code EMAIL`: a new code for an office that has no second factor yet."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import enrolment, second_factor
from accounts.models import User


class Command(BaseCommand):
    help = "Print a new code with which an office-holder adds their first second factor."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose."""
        parser.add_argument("email")

    def handle(self, *_args: Any, email: str, **_options: Any) -> None:
        """Print it, for those alone who need one."""
        user = User.objects.filter(email=email.lower()).first()
        if user is None:
            raise CommandError("There is no account with that address.")
        if not second_factor.is_missing(user):
            raise CommandError("This account needs none: it has no office, or a second factor.")
        self.stdout.write(enrolment.told(user, enrolment.issue(user)))
