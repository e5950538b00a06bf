"""`manage.py rotate_identity_key`: moves to the key in use what can be moved, and says the rest."""

import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count

from accounts import factor_seals, identity, identity_keys
from deliberate.models import Conversation
from petitions.models import Petition


class Command(BaseCommand):
    """Secrets of second factors move at once; a hash when its person proves again who they are."""

    help = (
        "Seal the secrets of second factors under the identity key in use, and say how many "
        "proofs, conversations, petitions and such secrets are under each."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """A new key is printed, and put in use by whoever sets the variable."""
        parser.add_argument("--new", metavar="ID", help="print a new key to put before the others")

    def handle(self, *_args: Any, new: str | None, **_options: Any) -> None:
        """Move, and print the report; fail if something is under a key that is not there."""
        if new is not None:
            self._print_new(new)
            return
        factor_seals.renew()
        known = identity_keys.ids()
        counts = _counts()
        for key_id in [*known, *sorted(set(counts) - set(known))]:
            proofs, conversations, petitions, factors = counts.get(key_id, (0, 0, 0, 0))
            self.stdout.write(
                f"{key_id} ({_standing(key_id, known)}): proofs {proofs}, "
                f"conversations {conversations}, petitions {petitions}, "
                f"secrets of second factors {factors}"
            )
        unreadable = factor_seals.by_key()[factor_seals.UNREADABLE]
        if unreadable:
            self.stdout.write(f"Secrets of second factors that do not open: {unreadable}.")
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


def _counts() -> dict[str, tuple[int, int, int, int]]:
    """For each key that something is under: proofs, conversations, petitions, factors' secrets."""
    proofs = identity.by_key()
    # Where the own half of a key is destroyed, the site's is needed no more.
    living = Conversation.objects.filter(key_destroyed_at__isnull=True).order_by()
    conversations = dict(living.values_list("key_id").annotate(number=Count("pk")))
    linked = Petition.objects.exclude(secret=b"").order_by()
    petitions = dict(linked.values_list("key_id").annotate(number=Count("pk")))
    factors = factor_seals.by_key()
    return {
        key_id: (
            proofs.get(key_id, 0),
            conversations.get(key_id, 0),
            petitions.get(key_id, 0),
            factors[key_id],
        )
        for key_id in {*proofs, *conversations, *petitions, *factors} - {factor_seals.UNREADABLE}
    }
