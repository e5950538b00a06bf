"""`manage.py open_conversation SLUG TITLE …`: opens a conversation under declared rules."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts.models import IdentityProof
from deliberate import conversations
from deliberate.models import Conversation, Place


class Command(BaseCommand):
    help = "Open a conversation. Its rules are shown to everyone before their first vote."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The rules are fixed once it is open."""
        parser.add_argument("slug")
        parser.add_argument("title")
        parser.add_argument("--introduction", default="")
        parser.add_argument("--promise", default="", help="who decides, and what comes of it")
        parser.add_argument("--language", default="en")
        parser.add_argument("--place", default="", help="the slug of the place it is about")
        for name, choices in (
            ("participation", Conversation.Participation),
            ("moderation", Conversation.Moderation),
            ("data-policy", Conversation.DataPolicy),
        ):
            parser.add_argument(f"--{name}", choices=choices.values, default=choices.values[0])
        parser.add_argument(
            "--least-assurance",
            choices=IdentityProof.Assurance.values,
            default="low",
            help="how sure a proof of identity must be (default: any)",
        )
        parser.add_argument(
            "--residents-only",
            action="store_true",
            help="for verified people who live in the place or in what lies in it",
        )
        parser.add_argument(
            "--over-16-only", action="store_true", help="for verified people of 16 and older"
        )
        parser.add_argument(
            "--seeds-first",
            action="store_true",
            help="everyone first votes on the statements that are there from the start",
        )

    def handle(self, *_args: Any, slug: str, title: str, **options: Any) -> None:
        """Open it and say where it is."""
        rules = (
            "introduction", "promise", "language", "participation", "moderation",
            "least_assurance", "residents_only", "over_16_only", "data_policy", "seeds_first",
        )  # fmt: skip
        place = Place.objects.filter(slug=options["place"]).first()
        if options["place"] and place is None:
            raise CommandError(f"There is no place {options['place']}.")
        try:
            conversation = conversations.open_new(
                slug=slug,
                title=title,
                place=place,
                **{name: options[name] for name in rules},
            )
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from None
        self.stdout.write(f"Open at {conversation.get_absolute_url()}")
