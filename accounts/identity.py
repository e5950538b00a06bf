"""Proofs of identity: one keyed hash a person, never the number itself.

This module alone writes IdentityProof.
"""

import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from accounts import identity_keys
from accounts.models import IdentityProof, User

Assurance = IdentityProof.Assurance
# From the least sure to the surest.
LEVELS: Final = [Assurance.LOW, Assurance.SUBSTANTIAL, Assurance.HIGH]
# By whom somebody without an account was identified.
FIELD_WORKER: Final = "assisted"
LONGEST: Final = 300
T = TypeVar("T")


class AlreadyProved(Exception):
    """The person has another account with their proof: one person, one account."""


class AnotherPerson(AlreadyProved):
    """The account was verified before, as somebody with another number."""


class NotANumber(ValueError):
    """What was given holds no identity number."""


@dataclass(frozen=True)
class Name:
    """A number's keyed hashes, by the id of each key; the first is the key in use."""

    hashes: tuple[tuple[str, str], ...] = field(repr=False)

    @property
    def current(self) -> tuple[str, str]:
        """The id of the key in use, and the hash under it."""
        return self.hashes[0]


def canonical(number: str) -> str:
    """One spelling of a number of this country: capitals, Western digits, nothing between them.

    The country's own prefix goes, where a provider of this site writes one: at a counter people
    show the number with or without it.

    Raises:
        NotANumber: it is none of IDENTITY_NUMBERS.
    """
    folded = _folded(number)
    bare = [folded.removeprefix(prefix) for prefix in _prefixes() if folded.startswith(prefix)]
    for text in [*bare, folded]:
        if re.fullmatch(settings.IDENTITY_NUMBERS, text):
            return text
    raise NotANumber


def name(number: str) -> Name:
    """The keyed hashes under which a number is known; without the site's keys they say nothing.

    Raises:
        NotANumber: it is no number of this country.
    """
    return _name(canonical(number))


def foreign(number: str, *, provider: str) -> Name:
    """The same for somebody of another country: exactly what that provider calls them.

    Other countries' numbers may hold anything, and small letters may mean another person.

    Raises:
        NotANumber: there is nothing, or something that no provider writes.
    """
    if not 0 < len(number) <= LONGEST or not number.isprintable():
        raise NotANumber
    # No spelling of a number of this country has a colon: the two can never be the same.
    return _name(f"{provider}:{number}")


def fingerprint(number: str) -> str:
    """The keyed hash of a number under the key in use."""
    return name(number).current[1]


def find(known: Name) -> IdentityProof | None:
    """The proof of the person of that number, under whichever key it was hashed."""
    return _rows(known).first()


def by_id(proof_id: int) -> IdentityProof | None:
    """The proof of that row, if it is still there."""
    return IdentityProof.objects.filter(pk=proof_id).first()


def hold(proof_id: int) -> IdentityProof | None:
    """The proof of that row, whose owner and key stay the same until the transaction ends."""
    # The account first, as everybody else who takes both locks.
    User.objects.select_for_update(of=("self",)).filter(identity_proof=proof_id).first()
    return IdentityProof.objects.select_for_update().filter(pk=proof_id).first()


def prove(
    *,
    user: User,
    provider: str,
    number: str | Name,
    assurance: str = Assurance.SUBSTANTIAL,
    area: str = "",
    over_16: bool | None = None,
) -> IdentityProof:
    """Keep that this account's person was identified by the provider.

    Proving again is no error: the hash moves to the key in use, and what a surer or an equally
    sure provider says takes the place of what was known. A person whom a field worker helped
    before has a `person_key` in the answer: what they did then is to be joined to the account.

    Raises:
        AlreadyProved: the person has another account.
        AnotherPerson: the account was proved to be another person's.
        NotANumber: there is no number.
    """
    known = number if isinstance(number, Name) else name(number)
    said = {"provider": provider, "assurance": assurance, "area": area, "over_16": over_16}

    def store() -> IdentityProof:
        # The account is the lock: two requests of one person wait here for each other.
        User.objects.select_for_update().get(pk=user.pk)
        row = _rows(known).select_for_update().first()
        own = IdentityProof.objects.select_for_update().filter(user=user).first()
        if row is not None and row.user_id not in {None, user.pk}:
            raise AlreadyProved
        if own is not None and own != row:
            raise AnotherPerson
        if row is None:
            key_id, number_hash = known.current
            return IdentityProof.objects.create(
                user=user, key_id=key_id, number_hash=number_hash, **said
            )
        if row.user_id is None or is_at_least(assurance, row.assurance):
            for column, value in said.items():
                if value not in {"", None}:
                    setattr(row, column, value)
        row.user, row.proved_at = user, timezone.now()
        return _kept(row, known)

    return _once_more(store)


def remember(known: Name) -> IdentityProof:
    """The proof of the person of that number, made without an account if there is none yet."""

    def store() -> IdentityProof:
        row = _rows(known).select_for_update().first()
        if row is not None:
            return _kept(row, known)
        key_id, number_hash = known.current
        return IdentityProof.objects.create(
            provider=FIELD_WORKER,
            assurance=Assurance.LOW,
            key_id=key_id,
            number_hash=number_hash,
            person_key=secrets.token_bytes(32),
        )

    return _once_more(store)


def joined(proof: IdentityProof) -> None:
    """What the person did without an account is the account's now; its key is forgotten."""
    proof.person_key = None
    proof.save(update_fields=["person_key"])


def person_key(proof: IdentityProof) -> bytes:
    """The key by which the rooms know the person of that proof."""
    key = proof.user.participation_key if proof.user else proof.person_key
    if key is None:
        raise ValueError("The proof is nobody's.")
    return bytes(key)


def without_account() -> models.QuerySet[IdentityProof]:
    """The proofs of people whom a field worker helped, and who have no account."""
    return IdentityProof.objects.filter(user=None).order_by("pk")


def forget(proof: IdentityProof) -> None:
    """Delete it: its person is unknown here again."""
    proof.delete()


def is_at_least(level: str, wanted: str) -> bool:
    """Whether a level of assurance is the wanted one or a surer one."""
    return LEVELS.index(Assurance(level)) >= LEVELS.index(Assurance(wanted))


def by_key() -> dict[str, int]:
    """How many proofs there are under each key, also under those that nobody has any more."""
    rows = IdentityProof.objects.order_by().values_list("key_id")
    return dict(rows.annotate(number=models.Count("pk")))


def _rows(known: Name) -> models.QuerySet[IdentityProof]:
    wanted = models.Q()
    for key_id, number_hash in known.hashes:
        wanted |= models.Q(key_id=key_id, number_hash=number_hash)
    return IdentityProof.objects.filter(wanted)


def _kept(row: IdentityProof, known: Name) -> IdentityProof:
    row.key_id, row.number_hash = known.current
    row.save()
    return row


def _once_more(store: Callable[[], T]) -> T:
    """Run it in a transaction, and again if somebody else made the same person's row meanwhile."""
    try:
        with transaction.atomic():
            return store()
    except IntegrityError:
        with transaction.atomic():
            return store()


def _folded(number: str) -> str:
    if len(number) > LONGEST:
        raise NotANumber
    letters = []
    for letter in unicodedata.normalize("NFKC", number):
        if unicodedata.category(letter) in {"Zs", "Pd", "Cf"}:
            continue
        value = unicodedata.digit(letter, None)
        if value is None and not (letter.isascii() and letter.isalpha()):
            raise NotANumber
        letters.append(letter.upper() if value is None else str(value))
    return "".join(letters)


def _prefixes() -> set[str]:
    """What the site's providers write before the numbers of this country."""
    apps: Any = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
    return {app["settings"]["national_prefix"] for app in apps} - {""}


def _name(text: str) -> Name:
    return Name(tuple((key_id, _hash(key_id, text.encode())) for key_id in identity_keys.ids()))


def _hash(key_id: str, text: bytes) -> str:
    key = hashlib.sha256(b"identity-number:" + identity_keys.secret(key_id)).digest()
    return hmac.new(key, text, hashlib.sha256).hexdigest()
