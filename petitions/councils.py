"""Councils, their rules and their clerks.

This module alone writes Council, CouncilText and CouncilMember.
"""

from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import permissions
from accounts.models import User
from petitions.models import Council, CouncilMember, CouncilText

OFFICE: Final[Mapping[CouncilMember.Role, str]] = {
    CouncilMember.Role.CLERK: permissions.CLERK,
    CouncilMember.Role.READER: permissions.COUNCIL_READER,
}
OFFICES: Final = frozenset(OFFICE.values())


def establish(
    *, slug: str, name: str, names: Mapping[str, str] | None = None, **rule: Any
) -> Council:
    """The council of that slug with this name and rule, made where it is missing.

    `names` holds the name in other languages. A new rule is for petitions that open from now
    on; those that are open keep the one they opened under.
    """
    with transaction.atomic():
        council, _made = Council.objects.update_or_create(
            slug=slug, defaults={"name": name, **rule}
        )
        for language, text in (names or {}).items():
            CouncilText.objects.update_or_create(
                council=council, language=language, defaults={"name": text}
            )
    return council


def appoint(
    *, council: Council, user: User, role: CouncilMember.Role = CouncilMember.Role.CLERK
) -> CouncilMember:
    """Make somebody a clerk or a reader of the council, or one again."""
    seat, _made = CouncilMember.objects.update_or_create(
        council=council, user=user, defaults={"ended_at": None, "role": role}
    )
    return seat


def dismiss(*, council: Council, user: User) -> None:
    """End somebody's seat at once; what they decided stays the council's."""
    seats_of(user).filter(council=council).update(ended_at=timezone.now())


def seats_of(user: object) -> QuerySet[CouncilMember]:
    """The seats that an active, signed-in account holds now."""
    if not isinstance(user, User) or not user.is_active:
        return CouncilMember.objects.none()
    return CouncilMember.objects.filter(user=user, ended_at__isnull=True)


def offices_of(user: User, *, council_id: int | None = None) -> frozenset[str]:
    """What they are in any council, or in one of them, by the names of the matrix's columns."""
    seats = seats_of(user)
    if council_id is not None:
        seats = seats.filter(council_id=council_id)
    return frozenset(
        OFFICE[CouncilMember.Role(role)] for role in seats.values_list("role", flat=True)
    )


def clerks_of(council_id: int) -> QuerySet[CouncilMember]:
    """The seats of a council's clerks who can act now."""
    return CouncilMember.objects.filter(
        council_id=council_id,
        role=CouncilMember.Role.CLERK,
        ended_at__isnull=True,
        user__is_active=True,
    )


def threshold_of(council: Council) -> int:
    """How many signatures the council's rule asks for today.

    A share of the people is rounded up: at 1 % of 150 people two must sign.
    """
    if council.threshold_number is not None:
        return council.threshold_number
    share = Decimal(str(council.threshold_share)) * council.population
    return int(share.to_integral_value(rounding=ROUND_CEILING))
