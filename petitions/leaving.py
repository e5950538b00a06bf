"""What becomes of a person's petitions and signatures when they go: see config/erasure.py.

A petition that was opened is a public record: it stays, without its creator. Signatures are
withdrawn while it takes any, also from a petition that the council has: a new account could give
one again. Where that is over they stay as a number, and what led from them to the person is
destroyed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.db import transaction

from accounts.models import User
from petitions import creators, errors, signatures
from petitions.models import Petition, Signature
from petitions.signers import person_key

AT_ONCE: Final = 500


@dataclass(frozen=True)
class Left:
    """What was done, in numbers."""

    withdrawn: int = 0
    kept_as_number: int = 0
    petitions: int = 0
    drafts: int = 0


def signatures_of(user: User) -> Iterator[Signature]:
    """The person's signatures, each with its petition."""
    petitions: list[Petition] = []
    linked = Petition.objects.filter(opened_at__isnull=False).exclude(secret=b"")
    linked = linked.select_related("council")
    for petition in linked.order_by("pk").iterator():
        petitions.append(petition)
        if len(petitions) == AT_ONCE:
            yield from _signatures(user, petitions)
            petitions = []
    yield from _signatures(user, petitions)


def leave(user: User) -> Left:
    """Take the person out of all petitions; in the transaction of the whole erasure."""
    withdrawn = kept = drafts = 0
    with transaction.atomic():
        for signature in signatures_of(user):
            petition = signature.petition
            if petition.takes_signatures:
                try:
                    with transaction.atomic():
                        receipt = signatures.withdraw(petition_id=petition.pk, user=user)
                    withdrawn += receipt.changed
                except errors.PetitionError:
                    kept += signature.state == Signature.State.VALID
            else:
                kept += signature.state == Signature.State.VALID
            signatures.unlink(signature)
        unopened = Petition.objects.filter(creator=user, opened_at=None).order_by("pk")
        for pk in unopened.values_list("pk", flat=True):
            drafts += creators.forget_draft(petition_id=pk)
        opened = Petition.objects.filter(creator=user).exclude(opened_at=None)
        petitions = opened.count()
        creators.disown(user)
    return Left(withdrawn, kept, petitions, drafts)


def _signatures(user: User, petitions: list[Petition]) -> list[Signature]:
    key = bytes(user.participation_key)
    by_id = {petition.pk: petition for petition in petitions}
    names = {person_key(petition=one, participation_key=key) for one in petitions}
    found = list(Signature.objects.filter(person_key__in=names).order_by("petition_id"))
    for signature in found:
        signature.petition = by_id[signature.petition_id]
    return found
