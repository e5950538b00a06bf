"""Who holds which role, and the door that asks."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from accounts.models import Role, RoleGrant, User
from record import lines

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def has_role(user: object, *roles: Role) -> bool:
    """Whether an active, signed-in account holds one of the roles now."""
    return (
        isinstance(user, User)
        and user.is_active
        and user.role_grants.filter(role__in=roles).exists()
    )


def role_required(*roles: Role) -> Callable[[View[P]], View[P]]:
    """Let only holders of one of the roles in: others sign in, or are told why not (403)."""

    def decorate(view: View[P]) -> View[P]:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not has_role(request.user, *roles):
                raise PermissionDenied(_("This page is for people with another role."))
            return view(request, *args, **kwargs)

        return guarded

    return decorate


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
