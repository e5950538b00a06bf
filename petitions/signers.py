"""Under which key a person signs a petition, and whether they have."""

import hashlib
import hmac
from collections.abc import Sequence

from accounts import identity_keys
from accounts.models import User
from petitions import errors
from petitions.models import Petition, Signature


def person_key(*, petition: Petition, participation_key: bytes) -> bytes:
    """The key under which that person is known under this petition and nowhere else.

    Whoever holds the database but not the site's IDENTITY_KEY cannot make it, and whoever
    destroys the petition's secret cuts the link for ever.

    Raises:
        PetitionClosed: that has been done.
    """
    if not petition.secret:
        raise errors.PetitionClosed
    site_key = identity_keys.secret(petition.key_id)
    secret = hmac.digest(site_key, bytes(petition.secret), hashlib.sha256)
    return hmac.digest(secret, participation_key, hashlib.sha256)


def has_signed(*, petition: Petition, user: User) -> bool:
    """Whether this person's signature is found and counts; none is once the secret is destroyed."""
    if not petition.secret:
        return False
    key = person_key(petition=petition, participation_key=bytes(user.participation_key))
    return Signature.objects.filter(
        petition=petition, person_key=key, state=Signature.State.VALID
    ).exists()


def helped(participation_keys: Sequence[bytes]) -> set[bytes]:
    """Those of the keys for which a field worker signed, where it can be found."""
    rows = Signature.objects.filter(channel=Signature.Channel.ASSISTED).order_by()
    found: set[bytes] = set()
    for petition in Petition.objects.filter(pk__in=rows.values("petition_id")).exclude(secret=b""):
        keys = rows.filter(petition=petition).values_list("person_key", flat=True)
        names = {bytes(key) for key in keys}
        found |= {
            key
            for key in participation_keys
            if person_key(petition=petition, participation_key=key) in names
        }
    return found
