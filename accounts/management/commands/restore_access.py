"""`manage.py restore_access EMAIL --by OPERATOR`: for office-holders who lost every factor."""

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import enrolment, restoring, second_factor
from accounts.models import User


class Command(BaseCommand):
    help = (
        "Let an office-holder set up a new second factor: one operator proposes, another "
        "--approve's, a day later it is done. Reads the operator's six digits unseen."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose, and who says so; the code is no argument: those stand in the shell's history."""
        parser.add_argument("email")
        parser.add_argument("--by", required=True, help="the operator's own address")
        parser.add_argument("--approve", action="store_true")

    def handle(self, *_args: Any, email: str, by: str, approve: bool, **_options: Any) -> None:
        """Propose or approve, and say what comes next."""
        user, operator = (User.objects.filter(email=one.lower()).first() for one in (email, by))
        if user is None or operator is None:
            raise CommandError("There is no account with that address.")
        code = getpass.getpass("Code: ") if sys.stdin.isatty() else sys.stdin.readline()
        act = restoring.approve if approve else restoring.propose
        try:
            act(user=user, operator=operator, code=code)
        except restoring.RestorationRefused as refused:
            raise CommandError(str(refused)) from None
        if not approve:
            self.stdout.write("Proposed: now another operator approves it with --approve.")
            return
        self.stdout.write("Approved: done in 24 hours, unless the account's person stops it.")
        if second_factor.is_demanded(user):
            self.stdout.write(enrolment.told(user, enrolment.issue(user)))
