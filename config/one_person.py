"""One person, one voice: what was entered for somebody joins their account when they prove it."""

from typing import Any

from django.db import transaction

from accounts import identity
from accounts.models import IdentityProof, User
from deliberate import participants
from petitions import signatures


def prove(*, user: User, provider: str, number: str | identity.Name, **kept: Any) -> IdentityProof:
    """Keep a proof, and make what a field worker entered for that person the account's own.

    Raises:
        AlreadyProved, AnotherPerson, NotANumber: as accounts.identity.prove.
    """
    with transaction.atomic():
        proof = identity.prove(user=user, provider=provider, number=number, **kept)
        if proof.person_key is not None:
            keys = {
                "from_key": bytes(proof.person_key),
                "into_key": bytes(user.participation_key),
            }
            participants.join(**keys)
            signatures.join(**keys)
            identity.joined(proof)
    return proof
