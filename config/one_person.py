"""One person, one voice: what was entered for somebody joins their account when they prove it."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from accounts import identity
from accounts.models import IdentityProof, User
from deliberate import participants
from petitions import signatures, signers


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


def forget_helped() -> int:
    """Delete the proofs of people without an account once they lead to nothing; how many.

    While one leads to votes or a signature it must stay: it keeps its person from being helped
    twice with the same.
    """
    keys = {identity.person_key(proof): proof.pk for proof in identity.without_account()}
    used = _used(list(keys))
    return sum(_forget(pk) for key, pk in keys.items() if key not in used)


def _used(person_keys: Sequence[bytes]) -> set[bytes]:
    """Those that lead to votes or a signature which a field worker entered."""
    return participants.helped(person_keys) | signers.helped(person_keys)


def _forget(proof_id: int) -> bool:
    with transaction.atomic():
        # A field worker who helps the same person now waits here, or was first and is seen below.
        proof = identity.without_account().select_for_update().filter(pk=proof_id).first()
        if proof is None or _used([identity.person_key(proof)]):
            return False
        identity.forget(proof)
    return True
