"""`manage.py grant_role EMAIL ROLE`: gives an account a role, or takes it away."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import enrolment, roles
from accounts.models import Role, User


class Command(BaseCommand):
    help = "Give an account a role, or take it away with --revoke."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose, and which."""
        parser.add_argument("email")
        parser.add_argument("role", choices=Role.values)
        parser.add_argument("--revoke", action="store_true")

    def handle(self, *_args: Any, email: str, role: str, revoke: bool, **_options: Any) -> None:
        """Change the role and say what it is now."""
        user = User.objects.filter(email=email.lower()).first()
        if user is None:
            raise CommandError("There is no account with that address.")
        if revoke:
            roles.revoke(user=user, role=Role(role))
        else:
            roles.grant(user=user, role=Role(role))
        code = "" if revoke else enrolment.for_console(user)
        self.stdout.write(f"{role}: {'taken away' if revoke else 'given'}.{code}")
