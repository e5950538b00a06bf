"""Help by a field worker: whose consent, how much a day, and the person's key for the rooms.

This module alone writes Assistance. Of the person who is helped it keeps nothing but what any
proof of identity keeps. The public record is told of help in tens and days later, so that nobody
who saw a field worker at somebody's door finds that person in it.
"""

from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import identity
from accounts.models import Assistance, IdentityProof, User
from record import lines

STEP_OF_RECORD: Final = 10


class CapReached(Exception):
    """The worker has helped as many people today as one may help in a day."""

    sentence: Promise = _("You have helped as many people today as one person may help in a day.")


def begin(
    *, worker: User, number: identity.Name, path: str, consent: str, language: str
) -> tuple[Assistance, IdentityProof]:
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
    help_ = Assistance.objects.create(
        worker=worker, path=path, consent=consent, language=language, day=timezone.localdate()
    )
    return help_, identity.remember(number)


def given(help_: Assistance) -> None:
    """It came to something: the record is to tell; in the transaction of what was consented to."""
    Assistance.objects.filter(pk=help_.pk).update(awaits_record=True)


def tell_record() -> None:
    """One line a page for the help of the days before today, in tens; what is over waits on.

    However often and in however many processes it runs, each help is told of once.
    """
    with transaction.atomic():
        rows = Assistance.objects.filter(awaits_record=True, day__lt=timezone.localdate())
        by_page: dict[str, list[int]] = {}
        for path, pk in rows.select_for_update().order_by("pk").values_list("path", "pk"):
            by_page.setdefault(path, []).append(pk)
        for path, waiting in by_page.items():
            told = waiting[: len(waiting) // STEP_OF_RECORD * STEP_OF_RECORD]
            if told:
                facts = {"by": "field_worker", "times": len(told)}
                lines.append(kind="assistance.given", subject=path, facts=facts)
                Assistance.objects.filter(pk__in=told).update(awaits_record=False)


def left_today(worker: User) -> int:
    """How many more people the worker may help today."""
    helped = Assistance.objects.filter(worker=worker, day=timezone.localdate()).count()
    return max(0, int(settings.ASSISTED_A_DAY) - helped)
