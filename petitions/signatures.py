"""The one door for signatures: the row, the count, and the crossing of the threshold.

This module alone writes Signature and Petition.signature_count.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import TruncDate
from django.utils import timezone

from accounts.models import User
from petitions import errors, lifecycle, reviews
from petitions.models import CouncilReview, Petition, Signature
from petitions.signers import person_key
from petitions.transitions import Action, Actor, State

# The database's clock decides whether a signature came in time: web processes have many clocks.
DATABASE_TIME: Final = {
    "postgresql": "STATEMENT_TIMESTAMP()",
    "sqlite": "STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'NOW')",
}
ROWS_AT_ONCE: Final = 1000


@dataclass(frozen=True)
class Receipt:
    """What is on disk once the transaction has committed."""

    changed: bool
    count: int


def sign(*, petition_id: int, user: User) -> Receipt:
    """Count this person's signature once, however often it is sent.

    Raises:
        NotFound: there is no such petition.
        EmailNotVerified: the account has no confirmed address.
        PetitionClosed: it takes no signatures now.
        WordingChanged: the stored text is not the one that it opened with.
    """
    if not may_sign(user):
        raise errors.EmailNotVerified
    petition = _find(petition_id)
    if not petition.is_intact:
        raise errors.WordingChanged
    key = person_key(petition=petition, participation_key=bytes(user.participation_key))
    with transaction.atomic():
        if not _store(petition, [(key, timezone.now())]):
            return Receipt(changed=False, count=_find(petition_id).signature_count)
        count = _count(petition_id, step=1)
    return Receipt(changed=True, count=count)


def sign_assisted(*, petition_id: int, participation_key: bytes) -> Receipt:
    """Count the signature of somebody whom a field worker helps, once, however it came before.

    Raises:
        NotFound: there is no such petition.
        PetitionClosed: it takes no signatures now.
        WordingChanged: the stored text is not the one that it opened with.
    """
    petition = _find(petition_id)
    if not petition.is_intact:
        raise errors.WordingChanged
    if not petition.takes_signatures:
        raise errors.PetitionClosed
    key = person_key(petition=petition, participation_key=participation_key)
    with transaction.atomic():
        helped = Signature.Channel.ASSISTED
        if not _store(petition, [(key, timezone.now())], channel=helped):
            return Receipt(changed=False, count=_find(petition_id).signature_count)
        count = _count(petition_id, step=1)
    return Receipt(changed=True, count=count)


def join(*, from_key: bytes, into_key: bytes) -> None:
    """Let what one key signed with a field worker's help be another key's: one person, once.

    Where both have signed, the second's own word stands.
    """
    helped = Signature.objects.filter(channel=Signature.Channel.ASSISTED).order_by()
    ids = helped.values_list("petition_id", flat=True).distinct()
    petitions = Petition.objects.filter(pk__in=ids).exclude(secret=b"").order_by("pk")
    for petition in petitions.select_related("council"):
        old = person_key(petition=petition, participation_key=from_key)
        new = person_key(petition=petition, participation_key=into_key)
        rows = Signature.objects.filter(petition=petition)
        if not rows.filter(person_key=new).exists():
            rows.filter(person_key=old).update(person_key=new)
            continue
        try:
            with transaction.atomic():
                withdrawn = rows.filter(person_key=old, state=Signature.State.VALID).update(
                    state=Signature.State.WITHDRAWN, withdrawn_at=_day(petition, timezone.now())
                )
                if withdrawn:
                    _count(petition.pk, step=-1)
        except errors.PetitionClosed:
            # What is over stays as it was counted.
            continue


def withdraw(*, petition_id: int, user: User) -> Receipt:
    """Take one's signature back while others can still be given; once, however often it is sent.

    Raises:
        NotFound: there is no such petition.
        PetitionClosed: it takes no signatures now, nor gives them back.
    """
    petition = _find(petition_id)
    key = person_key(petition=petition, participation_key=bytes(user.participation_key))
    with transaction.atomic():
        withdrawn = Signature.objects.filter(
            petition_id=petition_id, person_key=key, state=Signature.State.VALID
        ).update(state=Signature.State.WITHDRAWN, withdrawn_at=_day(petition, timezone.now()))
        if not withdrawn:
            return Receipt(changed=False, count=_find(petition_id).signature_count)
        count = _count(petition_id, step=-1)
    return Receipt(changed=True, count=count)


def destroy_keys(*, before: datetime) -> int:
    """Empty the secrets of petitions that ended before that moment and wait for no answer.

    A council that has let the time for its answer pass as long ago is waited for no more. Their
    signatures stay as a number: nobody's can be found again.
    """
    reviews = CouncilReview.objects.filter(petition=OuterRef("pk"), answer_due_at__gte=before)
    ended = Petition.objects.filter(closed_at__lt=before).exclude(secret=b"")
    due = ended.exclude(Exists(reviews.unanswered())).select_related("council")
    return sum(_destroy_key(petition) for petition in list(due))


def unlink(signature: Signature) -> None:
    """Let the signature be nobody's: its key is drawn anew and led to by nothing."""
    Signature.objects.filter(pk=signature.pk).update(person_key=secrets.token_bytes(32))


def may_sign(user: User) -> bool:
    """Whether the account is active and has a confirmed address."""
    return user.is_active and EmailAddress.objects.filter(user_id=user.pk, verified=True).exists()


def load(*, petition_id: int, people: Sequence[tuple[bytes, datetime]]) -> Receipt:
    """Add generated people's signatures to a demo petition: (participation key, time) each.

    Raises:
        NotFound: there is no such petition.
        NotEntitled: it is a real one, which real people sign.
        PetitionClosed: it takes no signatures now.
    """
    petition = _find(petition_id)
    if not petition.is_demo:
        raise errors.NotEntitled
    rows = [
        (person_key(petition=petition, participation_key=key), signed_at)
        for key, signed_at in dict(people).items()
    ]
    with transaction.atomic():
        added = sum(
            _store(petition, rows[start : start + ROWS_AT_ONCE])
            for start in range(0, len(rows), ROWS_AT_ONCE)
        )
        if not added:
            return Receipt(changed=False, count=petition.signature_count)
        count = _count(petition_id, step=added)
    return Receipt(changed=True, count=count)


def _destroy_key(petition: Petition) -> int:
    with transaction.atomic():
        emptied = Petition.objects.filter(pk=petition.pk).exclude(secret=b"").update(secret=b"")
        for column in ("signed_at", "withdrawn_at"):
            _forget_times(petition, column)
    return emptied


def _forget_times(petition: Petition, column: str) -> None:
    """Keep the day of what was stored to the second."""
    rows = Signature.objects.filter(petition=petition, **{f"{column}__isnull": False}).order_by()
    zone = ZoneInfo(petition.council.time_zone)
    days = rows.annotate(day=TruncDate(column, tzinfo=zone)).values_list("day", flat=True)
    for day in list(days.distinct()):
        first, end = (
            datetime.combine(day + timedelta(days=step), time.min, tzinfo=zone) for step in (0, 1)
        )
        rows.filter(**{f"{column}__gt": first, f"{column}__lt": end}).update(**{column: first})


def _day(petition: Petition, moment: datetime) -> datetime:
    """The beginning of the council's day: to the second it would lead from a follower to a row."""
    local = timezone.localtime(moment, ZoneInfo(petition.council.time_zone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def _find(petition_id: int) -> Petition:
    petition = Petition.objects.select_related("council").filter(pk=petition_id).first()
    if petition is None:
        raise errors.NotFound
    return petition


def _store(
    petition: Petition,
    people: Sequence[tuple[bytes, datetime]],
    *,
    channel: Signature.Channel = Signature.Channel.OWN,
) -> int:
    """Insert or revive the signatures, by the day; how many did not count before."""
    values = ", ".join(["(%s, %s, 'valid', %s, %s)"] * len(people))
    adapt = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        # One statement, so that two clicks at once cannot both find nothing there; RETURNING
        # gives only the rows that are new or were withdrawn.
        cursor.execute(
            "INSERT INTO petitions_signature (petition_id, person_key, state, signed_at, channel)"  # noqa: S608
            f" VALUES {values}"
            " ON CONFLICT (petition_id, person_key)"
            " DO UPDATE SET state = 'valid', signed_at = excluded.signed_at, withdrawn_at = NULL,"
            " channel = excluded.channel"
            " WHERE petitions_signature.state = 'withdrawn'"
            " RETURNING id",
            [
                value
                for key, at in people
                for value in (petition.pk, key, adapt(_day(petition, at)), channel.value)
            ],
        )
        return len(cursor.fetchall())


def _count(petition_id: int, *, step: int) -> int:
    """Change the count if the petition is open, and hand it to the council at its threshold.

    Last in the transaction: from here to the commit everybody else who signs waits for this row.
    """
    now = DATABASE_TIME[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE petitions_petition SET signature_count = signature_count + %s"  # noqa: S608
            f" WHERE id = %s AND state = %s AND collecting_until > {now}"
            # Not `… IS NULL`: SQLite 3.40 gets that wrong in RETURNING.
            " RETURNING signature_count, threshold, threshold_reached_at",
            [step, petition_id, State.COLLECTING.value],
        )
        row = cursor.fetchone()
    if row is None:
        raise errors.PetitionClosed
    count, threshold, reached_at = row
    # The row is locked by the UPDATE above, so only one transaction can find this true.
    if reached_at is None and count >= threshold:
        _cross(petition_id)
    return int(count)


def _cross(petition_id: int) -> None:
    now = timezone.now()
    petition = lifecycle.move(
        petition_id=petition_id,
        action=Action.REACH,
        actor=Actor.SYSTEM,
        prepare=lambda _petition: {"threshold_reached_at": now},
    )
    reviews.receive(petition, at=now)
