"""What a person has to do with a petition, and what that opens or closes to them."""

from typing import Final

from accounts import permissions, roles
from accounts.models import User
from petitions import signers
from petitions.models import Petition
from petitions.transitions import State

CREATOR: Final = "creator"
SIGNATORY: Final = "signatory"
# The state of a draft that was withdrawn before it ever opened.
DISCARDED: Final = "discarded"


def of(*, petition: Petition, user: User) -> str:
    """Whether they wrote it, or their signature counts under it; empty: neither.

    In their office they decide about no such petition.
    """
    if petition.creator_id == user.pk:
        return CREATOR
    return SIGNATORY if signers.has_signed(petition=petition, user=user) else ""


def may(act: str, *, petition: Petition, user: object) -> bool:
    """Whether a citizen may do that to the petition in its state: as anybody, or as its creator."""
    is_own = isinstance(user, User) and petition.creator_id == user.pk
    was_open = petition.opened_at is not None or petition.state == State.DRAFT
    state = petition.state if was_open else DISCARDED
    return any(
        permissions.allows(
            f"petition.{act}", roles=roles.citizen(user), state=state, conflict=conflict
        )
        for conflict in (["", CREATOR] if is_own else [""])
    )
