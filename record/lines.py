"""Appends lines to the public record, inside the transaction of the act they tell of."""

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from record.models import PersonalSalt, RecordLine


def append(
    *,
    kind: str,
    subject: str,
    facts: dict[str, Any] | None = None,
    personal: str = "",
    at: datetime | None = None,
) -> RecordLine:
    """Add one line, which is public at once and sealed by the background step within a minute.

    `subject` is the page's path of what it is about; `facts` hold no personal content, and what
    is personal (a statement's text, a petition's words) goes into `personal`: only its salted
    hash is kept. `at` is where the moment itself is not to be told.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("A record line belongs to the transaction of its act.")
    salt = secrets.token_bytes(32) if personal else b""
    line = RecordLine.objects.create(
        kind=kind,
        subject=subject,
        facts=facts or {},
        personal_hash=_personal_hash(salt, personal) if personal else "",
        appended_at=at or timezone.now(),
    )
    if personal:
        PersonalSalt.objects.create(line=line, salt=salt)
    return line


def proves(*, line: RecordLine, personal: str) -> bool:
    """Whether the line was written about exactly these words; false for ever once forgotten."""
    salt = PersonalSalt.objects.filter(line=line).values_list("salt", flat=True).first()
    return salt is not None and hmac.compare_digest(
        _personal_hash(bytes(salt), personal), line.personal_hash
    )


def forget(line: RecordLine) -> None:
    """Erase what ties the line to personal words; the line and its seal stay as they are."""
    PersonalSalt.objects.filter(line=line).delete()


def _personal_hash(salt: bytes, personal: str) -> str:
    return hashlib.sha256(salt + personal.encode()).hexdigest()
