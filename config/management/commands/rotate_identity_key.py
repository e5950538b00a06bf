"""`manage.py rotate_identity_key`: what is under which of the site's identity keys."""

import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count

from accounts import identity, identity_keys
from deliberate.models import Conversation
from petitions.models import Petition


class Command(BaseCommand):
    """Reports only: a hash moves to the key in use when its person proves who they are again."""

    help = "Say how many proofs, conversations and petitions are under each identity key."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """A new key is printed, and put in use by whoever sets the variable."""
        parser.add_argument("--new", metavar="ID", help="print a new key to put before the others")

    def handle(self, *_args: Any, new: str | None, **_options: Any) -> None:
        """Print the report; fail if something is under a key that is not there."""
        if new is not None:
            self._print_new(new)
            return
        known = identity_keys.ids()
        counts = _counts()
        for key_id in [*known, *sorted(set(counts) - set(known))]:
            proofs, conversations, petitions = counts.get(key_id, (0, 0, 0))
            self.stdout.write(
                f"{key_id} ({_standing(key_id, known)}): proofs {proofs}, "
                f"conversations {conversations}, petitions {petitions}"
            )
        missing = sorted(set(counts) - set(known))
        if missing:
            raise CommandError(f"IDENTITY_KEY does not name {', '.join(missing)}: put it back.")
        done = [key_id for key_id in known[1:] if key_id not in counts]
        if done:
            self.stdout.write(f"Nothing is under {', '.join(done)} any more: it can be left out.")

    def _print_new(self, key_id: str) -> None:
        pair = f"{key_id}:{secrets.token_urlsafe(48)}"
        if identity_keys.PAIR.fullmatch(pair) is None or key_id in identity_keys.ids():
            raise CommandError("An id is new, of small letters, digits and dashes, 16 at most.")
        self.stdout.write(pair)


def _standing(key_id: str, known: list[str]) -> str:
    if key_id not in known:
        return "MISSING"
    return "in use" if key_id == known[0] else "earlier"


def _counts() -> dict[str, tuple[int, int, int]]:
    """For each key that something is under: proofs, conversations, petitions."""
    proofs = identity.by_key()
    # Where the own half of a key is destroyed, the site's is needed no more.
    living = Conversation.objects.filter(key_destroyed_at__isnull=True).order_by()
    conversations = dict(living.values_list("key_id").annotate(number=Count("pk")))
    linked = Petition.objects.exclude(secret=b"").order_by()
    petitions = dict(linked.values_list("key_id").annotate(number=Count("pk")))
    return {
        key_id: (
            proofs.get(key_id, 0),
            conversations.get(key_id, 0),
            petitions.get(key_id, 0),
        )
        for key_id in {*proofs, *conversations, *petitions}
    }
