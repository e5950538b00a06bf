"""Who holds which role: what permissions.py is asked with, and how roles are given and taken."""

from django.db import transaction

from accounts import offices
from accounts.models import IdentityProof, Role, RoleGrant, User
from accounts.permissions import ACCOUNT, ANYONE, RESIDENT
from record import lines


def citizen(user: object) -> frozenset[str]:
    """What the person is without asking the database: anyone, or anyone with an account."""
    has_account = isinstance(user, User) and user.is_active
    return frozenset({ANYONE, ACCOUNT} if has_account else {ANYONE})


def of(user: object) -> frozenset[str]:
    """Everything that the person is: anyone, an account, a resident, and their offices."""
    held = citizen(user)
    if ACCOUNT not in held or not isinstance(user, User):
        return held
    proved = {RESIDENT} if IdentityProof.objects.filter(user=user).exists() else set()
    return held | proved | offices.of(user)


def grant(*, user: User, role: Role) -> None:
    """Give an account a role; giving it twice changes nothing."""
    with transaction.atomic():
        _row, made = RoleGrant.objects.get_or_create(user=user, role=role)
        if made:
            lines.append(kind="role.granted", subject="/", facts={"role": role.value})


def revoke(*, user: User, role: Role) -> None:
    """Take a role away; from this moment its pages are closed to the account."""
    with transaction.atomic():
        removed, _rows = RoleGrant.objects.filter(user=user, role=role).delete()
        if removed:
            lines.append(kind="role.revoked", subject="/", facts={"role": role.value})
