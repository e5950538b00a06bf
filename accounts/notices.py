"""News for people: a row for each person and piece of news, and one mail for each row.

A row is written in the transaction of what it tells of, so that it exists if and only if that
happened. This module alone writes Notice.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django_tasks import task

from accounts import notice_mail
from accounts.models import Follow, Notice, User
from accounts.notice_words import KINDS

logger = logging.getLogger(__name__)

FOLLOWERS_AT_ONCE: Final = 500
# A mail that could not be sent is tried again from the first to the second of these.
RETRY_AFTER: Final = timedelta(minutes=10)
RETRY_UNTIL: Final = timedelta(days=3)


def tell(user: User, *, kind: str, path: str, facts: Mapping[str, Any] | None = None) -> None:
    """Give one person a piece of news; the same news again changes nothing."""
    _write([user.pk], kind=kind, path=path, facts=dict(facts or {}))


def tell_followers(
    about: str, *, kind: str, path: str = "", facts: Mapping[str, Any] | None = None
) -> None:
    """Give the news to everybody who follows the page `about`, from the background.

    `path` is where the news leads, where that is another page.
    """
    fan_out.enqueue(about, kind, path or about, dict(facts or {}))


@task()
def fan_out(about: str, kind: str, path: str, facts: dict[str, Any]) -> None:
    """Write the rows of a page's followers; a second run finds them written."""
    last = 0
    while True:
        rows = Follow.objects.filter(path=about, pk__gt=last).order_by("pk")
        some = list(rows.values_list("pk", "user_id")[:FOLLOWERS_AT_ONCE])
        if not some:
            return
        _write([user_id for _pk, user_id in some], kind=kind, path=path, facts=facts)
        last = some[-1][0]


@task()
def mail(notice_id: int) -> None:
    """Send one notice's mail, unless it is sent or no longer wanted."""
    with transaction.atomic():
        notice = (
            Notice.objects.select_for_update(of=("self",), skip_locked=True)
            .select_related("user")
            .filter(pk=notice_id, mailed_at__isnull=True)
            .first()
        )
        if notice is None:
            return
        if notice.user.is_active and notice.user.wants_mail:
            notice_mail.send(notice)
        # After sending: a crash between the two sends a second mail rather than none.
        notice.mailed_at = timezone.now()
        notice.save(update_fields=["mailed_at"])


def retry() -> None:
    """Enqueue again the mails that could not be sent (a mail server that was away)."""
    now = timezone.now()
    stuck = Notice.objects.filter(
        mailed_at__isnull=True,
        created_at__lt=now - RETRY_AFTER,
        created_at__gt=now - RETRY_UNTIL,
    )
    for pk in stuck.values_list("pk", flat=True):
        mail.enqueue(pk)


def forget(*, before: datetime) -> int:
    """Delete the news from before that moment; how many there were."""
    return Notice.objects.filter(created_at__lt=before).delete()[0]


def of(user: User) -> QuerySet[Notice]:
    """A person's notices of the kinds that have words, the newest first."""
    return Notice.objects.filter(user=user, kind__in=KINDS)


def unread_count(user: User) -> int:
    """How many of them they have not seen."""
    return of(user).filter(read_at__isnull=True).count()


def mark_read(user: User, *, up_to: int) -> None:
    """Mark as seen what was on the page, and nothing that came after it."""
    of(user).filter(read_at__isnull=True, pk__lte=up_to).update(read_at=timezone.now())


def _write(user_ids: list[int], *, kind: str, path: str, facts: dict[str, Any]) -> None:
    with transaction.atomic():
        Notice.objects.bulk_create(
            [Notice(user_id=pk, kind=kind, path=path, facts=facts) for pk in user_ids],
            ignore_conflicts=True,
        )
        fresh = Notice.objects.filter(
            user__in=user_ids, kind=kind, path=path, mailed_at__isnull=True
        )
        for pk in fresh.order_by("pk").values_list("pk", flat=True):
            mail.enqueue(pk)
