"""Roles: given, asked, taken away."""

import pytest
from django.core.management import call_command

from accounts import roles
from accounts.models import Role, RoleGrant
from record.models import RecordLine
from tests import factories

pytestmark = pytest.mark.django_db


def test_role_is_given_once_and_recorded_without_a_name() -> None:
    user = factories.user()

    for _ in range(2):
        roles.grant(user=user, role=Role.MODERATOR)

    assert RoleGrant.objects.count() == 1
    line = RecordLine.objects.get()
    assert (line.kind, line.facts) == ("role.granted", {"role": "moderator"})


def test_role_taken_away_is_gone_at_once() -> None:
    user = factories.moderator()

    call_command("grant_role", user.email, "moderator", "--revoke")

    assert not roles.has_role(user, Role.MODERATOR)


def test_role_of_an_inactive_account_counts_for_nothing() -> None:
    user = factories.moderator(is_active=False)

    assert not roles.has_role(user, Role.MODERATOR)
