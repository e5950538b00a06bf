"""The matrix as a pure table: what it refuses, and what it cannot say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import permissions
from accounts.models import Role
from accounts.permissions import CITIZENS, THE, BadMatrix

ROLES = st.frozensets(st.sampled_from(THE.roles))
KNOWN = st.sampled_from(sorted(THE.rules))
ANYTHING = st.text(max_size=20)
HEADER = "action,state,conflict,step_up,recorded,anyone,clerk"


@given(key=KNOWN | st.tuples(ANYTHING, ANYTHING, ANYTHING), roles=ROLES)
def test_only_what_has_a_yes_is_allowed(key, roles):
    action, state, conflict = key

    allowed = permissions.allows(action, roles=roles, state=state, conflict=conflict)

    rule = THE.rules.get(key)
    assert allowed == bool(rule and rule.roles & roles)


@given(key=KNOWN, roles=ROLES, more=ROLES)
def test_another_role_takes_nothing_away(key, roles, more):
    action, state, conflict = key

    before = permissions.allows(action, roles=roles, state=state, conflict=conflict)

    after = permissions.allows(action, roles=roles | more, state=state, conflict=conflict)
    assert after or not before
    assert permissions.granting(action, roles) <= permissions.granting(action, roles | more)


@given(key=KNOWN)
def test_nobody_may_do_anything(key):
    assert not permissions.allows(key[0], roles=(), state=key[1], conflict=key[2])


@given(action=ANYTHING.filter(lambda text: text not in THE.actions), roles=ROLES)
def test_unknown_action_is_nobodys(action, roles):
    assert not permissions.allows(action, roles=roles)
    assert not permissions.is_open(action)
    assert not permissions.granting(action, roles)
    assert not permissions.needs_step_up(action, roles)


@given(roles=ROLES)
def test_whoever_may_without_a_new_proof_is_not_asked_for_one(roles):
    asked = permissions.needs_step_up("moderation.read", roles)

    assert asked == ("overseer" in roles and not roles & {"moderator", "senior_moderator"})


def test_overseer_acts_on_nothing_and_operator_reads_nothing():
    acts = {"read", "open", "recompute", "develop"}
    allowed = {
        role: {action for action in THE.actions if permissions.granting(action, {role})}
        for role in THE.roles
    }

    assert {action.split(".")[1] for action in allowed["overseer"]} == acts
    assert allowed["operator"] == {"site.develop"}
    assert allowed["council_reader"] == {"site.develop", "review.read"}


def test_what_an_overseer_alone_may_read_is_recorded_and_asked_a_new_proof_for():
    for action in THE.actions - {"oversight.open", "site.develop"}:
        if permissions.granting(action, {"overseer"}):
            assert permissions.is_recorded(action, {"overseer"}), action
            assert permissions.needs_step_up(action, {"overseer"}), action


def test_every_given_role_is_a_column():
    assert set(Role.values) | {"clerk", "council_reader"} | CITIZENS == set(THE.roles)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "action,state\n",
        f"{HEADER},clerk\n",
        f"{HEADER}\nx,,,,,yes\n",
        f"{HEADER}\nx,,,,,yes,maybe\n",
        f"{HEADER}\n,,,,,yes,\n",
        f"{HEADER}\nx,,,clerk,,yes,\n",
        f"{HEADER}\nx,,,,clerk,yes,\n",
        f"{HEADER}\nx,,,,,yes,\nx,,,,,,yes\n",
    ],
)
def test_broken_table_is_refused(text):
    with pytest.raises(BadMatrix):
        permissions.read(text.splitlines())
