"""Help by a field worker: whose consent, how much a day, and the person's key for the rooms.

This module alone writes Assistance. Of the person who is helped it keeps nothing but what any
proof of identity keeps.
"""

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import identity
from accounts.models import Assistance, IdentityProof, User
from record import lines


class CapReached(Exception):
    """The worker has helped as many people today as one may help in a day."""

    sentence: Promise = _("You have helped as many people today as one person may help in a day.")


def begin(
    *, worker: User, number: identity.Name, path: str, consent: str, language: str
) -> IdentityProof:
    """Note that somebody consented to be helped, and find or make their proof.

    Raises:
        CapReached: not today any more.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("Help is counted in the transaction of what it helps with.")
    # The row of the account is the lock: two phones of one worker wait here for each other.
    User.objects.select_for_update().get(pk=worker.pk)
    if left_today(worker) < 1:
        raise CapReached
    Assistance.objects.create(
        worker=worker, path=path, consent=consent, language=language, day=timezone.localdate()
    )
    return identity.remember(number)


def consented(*, path: str, consent: str, language: str) -> None:
    """The line of the public record; in the transaction of what the person consented to."""
    lines.append(
        kind="assistance.consented",
        subject=path,
        facts={"by": "field_worker", "consent": consent, "language": language},
    )


def left_today(worker: User) -> int:
    """How many more people the worker may help today."""
    helped = Assistance.objects.filter(worker=worker, day=timezone.localdate()).count()
    return max(0, int(settings.ASSISTED_A_DAY) - helped)
