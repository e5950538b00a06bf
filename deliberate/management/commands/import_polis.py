"""`manage.py import_polis DIR --slug SLUG`: a Polis export becomes a conversation."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_slug
from tqdm import tqdm

from deliberate import polis_import
from deliberate.polis_files import PolisFileError

T = TypeVar("T")


class Command(BaseCommand):
    """Reads the options, shows progress, says what came in."""

    help = "Bring a Polis export into a conversation. A second run adds only what is new."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", metavar="DIR", type=Path, help="the export's folder")
        parser.add_argument("--slug", required=True, help="the conversation's address")
        parser.add_argument("--title", default="", help="instead of the export's own topic")
        parser.add_argument("--language", default="", help="a code such as en; else by the letters")
        parser.add_argument("--source", default="", help="where it comes from and its licence")

    def handle(self, *args: Any, **options: Any) -> None:
        directory: Path = options["directory"]
        if not directory.is_dir():
            raise CommandError(f"There is no folder {directory}.")
        try:
            validate_slug(options["slug"])
            export = polis_import.read(directory, progress=progress_bar)
            imported = polis_import.bring_in(
                export,
                slug=options["slug"],
                title=options["title"],
                language=options["language"],
                source=options["source"],
            )
        except PolisFileError as error:
            raise CommandError(f"{error}. Nothing was imported.") from error
        except ValidationError as error:
            raise CommandError(f"--slug: {' '.join(error.messages)}") from error
        self.stdout.write(
            f"{imported.conversation.get_absolute_url()} has {imported.statements} statements and"
            f" {imported.participants} participants from {directory}:"
            f" {imported.new_statements} statements and {imported.new_votes} votes were new."
        )


def progress_bar(rows: Iterable[T], *, what: str) -> Iterable[T]:
    """A bar on standard error where that is a terminal."""
    bar: Iterable[T] = tqdm(
        rows, desc=what, unit=" votes", unit_scale=True, disable=not sys.stderr.isatty()
    )
    return bar
