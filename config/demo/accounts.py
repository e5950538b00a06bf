"""The demo's accounts: roles with an address, never people with a name."""

from typing import Any

from allauth.account.models import EmailAddress

from accounts import roles
from accounts.models import Role, User
from config.demo import content

# Published in the documentation: the command refuses it on a site that others can reach.
PASSWORD = "deliberate-demo"  # noqa: S105


def fill(*, password: str) -> dict[str, User]:
    """The accounts by their keys, made where missing; those that sign in get this password."""
    return {row["key"]: _account(row, password) for row in content.load("accounts")}


def to_sign_in() -> list[dict[str, str]]:
    """The accounts that somebody who looks at the demo signs in with."""
    return [row for row in content.load("accounts") if row.get("signs_in")]


def _account(row: dict[str, Any], password: str) -> User:
    user = User.objects.filter(email=row["email"]).first()
    if user is None:
        user = User.objects.create_user(row["email"], display_name=row["display_name"])
    if row.get("signs_in") and not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"primary": True, "verified": True}
    )
    if row.get("role"):
        roles.grant(user=user, role=Role(row["role"]))
    return user
