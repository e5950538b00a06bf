"""What an account has on the site beside the pages of everybody: its roles, a council's seat, news.

Asked for the frame of every page of whoever is signed in, so it is asked in one query.
"""

from dataclasses import dataclass

from django.db.models import Count, Exists, Subquery
from django.db.models.functions import Coalesce

from accounts import notices
from accounts.models import Follow, Role, User
from petitions import councils


@dataclass(frozen=True)
class Desks:
    """The desks of one account at this moment."""

    roles: frozenset[Role] = frozenset()
    has_seat: bool = False
    unread: int = 0
    # Whether they asked to be told what becomes of the page that they look at.
    follows: bool = False


def of(user: object, *, path: str) -> Desks:
    """The account's desks; none for strangers and for accounts that are switched off."""
    if not isinstance(user, User) or not user.is_active:
        return Desks()
    unseen = notices.of(user).filter(read_at__isnull=True).order_by().values("user")
    row = (
        User.objects.filter(pk=user.pk)
        .annotate(
            has_seat=Exists(councils.seats_of(user)),
            is_followed=Exists(Follow.objects.filter(user=user, path=path)),
            unseen=Coalesce(Subquery(unseen.annotate(number=Count("pk")).values("number")), 0),
            **{f"is_{role}": Exists(user.role_grants.filter(role=role)) for role in Role},
        )
        .values("has_seat", "is_followed", "unseen", *(f"is_{role}" for role in Role))
        .first()
    )
    if row is None:
        return Desks()
    return Desks(
        roles=frozenset(role for role in Role if row[f"is_{role}"]),
        has_seat=row["has_seat"],
        unread=row["unseen"],
        follows=row["is_followed"],
    )
