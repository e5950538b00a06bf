"""Roles: given, asked, taken away."""

import pytest
from django.core.management import call_command

from accounts import permissions, roles
from accounts.models import IdentityProof, Role, RoleGrant
from petitions import councils
from petitions.models import CouncilMember
from record.models import RecordLine
from tests import factories
from tests.petitions import making

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

    assert roles.of(user) == {"anyone", "account"}


def test_role_of_an_inactive_account_counts_for_nothing() -> None:
    user = factories.moderator(is_active=False)

    assert roles.of(user) == {"anyone"}


def test_roles_are_those_of_the_matrix_and_a_seat_in_a_council_is_one() -> None:
    person, other = factories.user(), factories.user()
    council = making.council()
    roles.grant(user=person, role=Role.OVERSEER)
    councils.appoint(council=council, user=person, role=CouncilMember.Role.READER)
    IdentityProof.objects.create(user=person, provider="test", number_hash="0", key_id="1")
    councils.appoint(council=council, user=other)

    assert roles.of(person) == {"anyone", "account", "resident", "overseer", "council_reader"}
    assert roles.of(other) == {"anyone", "account", "clerk"}
    councils.dismiss(council=council, user=other)
    assert roles.of(other) == {"anyone", "account"}
    assert roles.of(None) == {"anyone"}
    assert {role.value for role in Role} < set(permissions.THE.roles)
