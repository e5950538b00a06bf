"""What a conversation asks of verified people beside a proof of identity: see Conversation."""

from collections.abc import Collection, Iterable

from accounts import identity
from accounts.models import IdentityProof
from deliberate import errors, places
from deliberate.models import Conversation


def lacking(
    *, conversation: Conversation, proofs: Iterable[IdentityProof]
) -> dict[int, errors.IdentityNeeded | None]:
    """What each proof does not say that the conversation asks for, None if nothing: {its id: …}."""
    homes: Collection[str] = ()
    if conversation.residents_only and conversation.place_id is not None:
        homes = places.slugs_inside(conversation.place_id)
    return {proof.pk: _lack(conversation, proof, homes) for proof in proofs}


def _lack(
    conversation: Conversation, proof: IdentityProof, homes: Collection[str]
) -> errors.IdentityNeeded | None:
    if not identity.is_at_least(proof.assurance, conversation.least_assurance):
        return errors.AssuranceNeeded()
    if conversation.residents_only and proof.area not in homes:
        return errors.ResidenceNeeded()
    if conversation.over_16_only and not proof.over_16:
        return errors.AgeNeeded()
    return None
