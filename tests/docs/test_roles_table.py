"""docs/roles.md says what the matrix says."""

import re

from accounts import permissions
from accounts.permissions import THE
from tests.journeys.server import ROOT

PAGE = (ROOT / "docs" / "roles.md").read_text(encoding="utf-8")
WORDS = re.compile(r"^\| `([a-z_]+\.[a-z_]+)` \| .+ \|$", re.MULTILINE)
ROLE = re.compile(r"^\| `([a-z_]+)` \| [^|]+ \| (.*) \|$", re.MULTILINE)


def told(role: str) -> str:
    """What a role may beyond what everybody with an account may, as the page writes it."""
    return " ".join(
        f"`{action}`"
        + ("*" if permissions.needs_step_up(action, {role}) else "")
        + ("†" if permissions.is_recorded(action, {role}) else "")
        for action in sorted(THE.actions)
        if permissions.granting(action, {role})
    )


def test_page_says_of_every_role_what_it_may():
    assert dict(ROLE.findall(PAGE)) == {role: told(role) for role in THE.roles}


def test_page_has_words_for_every_action_and_for_no_other():
    assert sorted(WORDS.findall(PAGE)) == sorted(THE.actions)
