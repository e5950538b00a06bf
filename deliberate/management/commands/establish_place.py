"""`manage.py establish_place SLUG NAME …`: a district or a town, with its names."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from deliberate import places
from deliberate.models import Place


class Command(BaseCommand):
    help = "Make a place, or change its names. Conversations and councils can be at home in it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What a place is told by."""
        parser.add_argument("slug")
        parser.add_argument("name")
        parser.add_argument("--kind", choices=Place.Kind.values, default=Place.Kind.DISTRICT)
        parser.add_argument("--within", default="", help="the slug of the place that it lies in")
        parser.add_argument("--language", default="en", help="of the name")
        parser.add_argument(
            "--also", nargs="*", default=[], metavar="LANGUAGE=NAME", help="in other languages"
        )

    def handle(self, *_args: Any, slug: str, name: str, **options: Any) -> None:
        """Make it and say where it is."""
        names = dict(pair.partition("=")[::2] for pair in options["also"])
        if not all(names.values()):
            raise CommandError("Other names are written LANGUAGE=NAME.")
        within = Place.objects.filter(slug=options["within"]).first()
        if options["within"] and within is None:
            raise CommandError(f"There is no place {options['within']}.")
        place = places.establish(
            slug=slug,
            name=name,
            kind=options["kind"],
            language=options["language"],
            names=names,
            within=within,
        )
        self.stdout.write(f"Its page is {place.get_absolute_url()}")
