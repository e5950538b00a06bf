"""`manage.py fill_demo`: fills the site with the demo and says how to look at it."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from accounts import enrolment
from accounts.models import User
from config.demo import accounts, map_of_places, petition_desk, topics, vtaiwan
from deliberate import tallies
from deliberate.management.commands.import_polis import progress_bar
from deliberate.models import Conversation
from deliberate.polis_files import PolisFileError
from opinion_map import worker
from petitions.models import Petition
from petitions.transitions import State
from record import sealing

CONVERSATIONS = ["development-fund", "school-hours", "bazaar-lanes", "winter-smog"]
SMALL = 0.1


class Command(BaseCommand):
    """Reads the options, fills one room after the other, prints where to go."""

    help = "Fill the demo. Run again it adds nothing and prints the accounts again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--small", action="store_true", help="a tenth of the participants")
        parser.add_argument("--no-vtaiwan", action="store_true", help="leave the import out")
        parser.add_argument(
            "--data",
            type=Path,
            default=os.environ.get("DELIBERATE_DATA", settings.BASE_DIR.parent / "shared" / "data"),
            help="the folder of Polis exports (default: $DELIBERATE_DATA, else ../shared/data)",
        )
        parser.add_argument("--password", default="", help="of the accounts that sign in")

    def handle(self, *args: Any, **options: Any) -> None:
        password = options["password"] or self._published_password()
        people = accounts.fill(password=password)
        places = map_of_places.fill()
        try:
            rooms = [
                topics.fill(
                    name,
                    share=SMALL if options["small"] else 1.0,
                    moderator=people["moderator"],
                    places=places,
                )
                for name in CONVERSATIONS
            ]
            if not options["no_vtaiwan"]:
                rooms += self._real_conversation(options["data"])
        except topics.NotTheDemo as error:
            raise CommandError(f"There is a conversation {error} that is not the demo.") from error
        except PolisFileError as error:
            raise CommandError(str(error)) from error
        petitions = petition_desk.fill(people, places)
        tallies.step()
        worker.draw_stale()
        sealing.step()
        self._say(rooms, petitions, password, people)

    def _published_password(self) -> str:
        if not settings.LOCAL_ONLY:
            raise CommandError(
                "Others can reach this site (ALLOWED_HOSTS), and the demo's password is public:"
                " choose one with --password."
            )
        return accounts.PASSWORD

    def _real_conversation(self, data: Path) -> list[Conversation]:
        found = vtaiwan.fill(data, progress=progress_bar)
        if found is None:
            self.stdout.write(f"vTaiwan's conversation is left out: it is not in {data}.")
            return []
        return [found]

    def _say(
        self,
        rooms: list[Conversation],
        petitions: list[Petition],
        password: str,
        people: dict[str, User],
    ) -> None:
        pages = [(reverse("home"), "what is going on")]
        for room in rooms:
            pages.append((room.get_absolute_url(), room.title))
            pages.append((reverse("opinion_map:map", args=[room.slug]), "its opinion map"))
        pages += [
            (petition.get_absolute_url(), petition.title)
            for petition in petitions
            if petition.state != State.DRAFT
        ]
        pages += [
            (reverse("council:queue"), "the clerk's queue"),
            (reverse("moderation:queue"), "the moderator's queue"),
        ]
        lines = ["", "The demo is ready.", ""]
        lines += [f"  {settings.SITE_URL}{path:<42} {what}" for path, what in pages]
        lines += ["", f"Accounts, all with the password {password}", ""]
        lines += [f"  {row['email']:<24} {row['can']}" for row in accounts.to_sign_in()]
        lines += filter(None, (enrolment.for_console(user) for user in people.values()))
        self.stdout.write("\n".join([*lines, ""]))
