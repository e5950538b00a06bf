"""`manage.py establish_council SLUG NAME …`: a council with the rule for its new petitions."""

from argparse import ArgumentParser
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import enrolment
from accounts.models import User
from deliberate.models import Place
from petitions import councils
from petitions.models import CouncilMember


class Command(BaseCommand):
    help = "Establish a council, or change the rule for its new petitions, and appoint clerks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The rule is a number of signatures or a share of the people, exactly one of them."""
        parser.add_argument("slug")
        parser.add_argument("name")
        parser.add_argument("--population", type=int, required=True)
        rule = parser.add_mutually_exclusive_group(required=True)
        rule.add_argument("--signatures", type=int, help="threshold as a number")
        rule.add_argument("--share", type=Decimal, help="threshold as a share, such as 0.01")
        parser.add_argument("--collecting-days", type=int, default=180)
        parser.add_argument("--answer-days", type=int, default=60)
        parser.add_argument("--place", default="", help="the slug of its place")
        parser.add_argument("--clerk", action="append", default=[], metavar="EMAIL")
        parser.add_argument(
            "--reader",
            action="append",
            default=[],
            metavar="EMAIL",
            help="may see the council's queue and do nothing in it",
        )

    def handle(self, *_args: Any, slug: str, name: str, **options: Any) -> None:
        """Establish it and say the rule."""
        seats = {
            role: [_account(email) for email in options[role]] for role in CouncilMember.Role.values
        }
        place = Place.objects.filter(slug=options["place"]).first()
        if options["place"] and place is None:
            raise CommandError(f"There is no place {options['place']}.")
        rule: dict[str, Any] = {"place": place} if place else {}
        council = councils.establish(
            slug=slug,
            name=name,
            population=options["population"],
            threshold_number=options["signatures"],
            threshold_share=options["share"],
            collecting_days=options["collecting_days"],
            answer_days=options["answer_days"],
            # Without a word about it, a place that it has stays.
            **rule,
        )
        for role, users in seats.items():
            for user in users:
                councils.appoint(council=council, user=user, role=CouncilMember.Role(role))
        self.stdout.write(
            f"{council.name}: {councils.threshold_of(council)} signatures, "
            f"{council.answer_days} days to answer, {len(seats['clerk'])} clerks appointed."
            + "".join(enrolment.for_console(user) for users in seats.values() for user in users)
        )


def _account(email: str) -> User:
    user = User.objects.filter(email=email.lower()).first()
    if user is None:
        raise CommandError(f"There is no account {email}.")
    return user
