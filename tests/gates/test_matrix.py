"""Every cell of the matrix over HTTP: role by action, state and conflict. What has none is refused.

accounts/matrix.csv says what is expected; nothing here repeats it.
"""

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.template.backends.django import Template
from django.test import Client
from django.utils import timezone

from accounts import permissions
from accounts.permissions import Matrix
from config.addresses import DOORS
from petitions import councils
from tests import factories
from tests.gates.matrix_acts import MATTERS, OTHER_DOORS, Matter, is_done
from tests.gates.matrix_world import OFFICES, PEOPLE, SUSPENDED, World, build, held
from tests.just_signed_in import sign_in
from tests.petitions import making

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[World]:
    """Made once for all cells, of which each is taken back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build()
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _with_second_factors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "STAFF_SECOND_FACTOR", True)


@pytest.fixture(autouse=True)
def _without_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    """What counts here is who may, not how it looks, which takes most of the time of a page."""
    monkeypatch.setattr(Template, "render", lambda *_arguments, **_more: "")


def expected(matrix: Matrix, action: str, state: str, conflict: str, who: str) -> bool:
    """What the table says; who wrote a petition may there what others may, and more."""
    if who == SUSPENDED and action in {"vote.cast", "statement.submit"}:
        # Whoever votes or writes is asked whose session it is, and one of theirs is nobody's.
        return False
    near = {conflict, ""} if action.startswith("petition.") else {conflict}
    rules = [matrix.rules.get((action, state, one)) for one in near]
    return any(rule is not None and not rule.roles.isdisjoint(held(who)) for rule in rules)


def disagreements(
    world: World, matrix: Matrix, action: str, matter: Matter | None = None
) -> list[str]:
    """The cells of one action in which the site does not do what the table says."""
    matter = matter or MATTERS[action]
    found = []
    for state in matter.states:
        for conflict in matter.conflicts:
            for who in PEOPLE:
                done = is_done(attempt(world, matter, state, conflict, who))
                if done != expected(matrix, action, state, conflict, who):
                    found.append(f"{action} {state} {conflict} {who}: done={done}")
    return found


def attempt(
    world: World, matter: Matter, state: str, conflict: str, who: str, client: Client | None = None
) -> HttpResponse:
    """What the site answers; nothing of it stays."""
    # A stranger has nothing to do with any matter.
    person = world.people[who]
    with world.undone():
        asked = matter.ask(world, person, state, conflict if person else "")
        return asked.by(client or world.clients[who])


def test_every_action_is_walked():
    assert set(MATTERS) == permissions.THE.actions


def test_every_row_is_walked():
    cells = {
        (action, state, conflict)
        for action, matter in MATTERS.items()
        for state in matter.states
        for conflict in matter.conflicts
    }

    assert set(permissions.THE.rules) <= cells


@pytest.mark.parametrize("action", sorted(MATTERS))
def test_every_cell_is_as_the_table_says(world: World, action: str):
    assert disagreements(world, permissions.THE, action) == []


@pytest.mark.parametrize(
    ("action", "row", "other"),
    [
        (
            "statement.keep",
            "statement.keep,accepted,,,,,,,,yes,yes",
            "statement.keep,accepted,,,,,,,,,yes",
        ),
        (
            "review.read",
            "review.read,,,overseer,overseer,,",
            "review.read,,,overseer,overseer,,yes",
        ),
        ("petition.write", "petition.write,,,,,,yes", "petition.write,,,,,yes,yes"),
    ],
)
def test_walk_notices_a_table_that_says_something_else(
    world: World, action: str, row: str, other: str
):
    text = permissions.MATRIX.read_text(encoding="utf-8")
    assert text.count(row) == 1
    changed = permissions.read(text.replace(row, other).splitlines())

    assert disagreements(world, changed, action) != []


@pytest.mark.parametrize("name", sorted(OTHER_DOORS))
def test_every_cell_is_the_same_at_the_other_doors(world: World, name: str):
    action, matter = OTHER_DOORS[name]
    methods = {door.method for door in DOORS if (door.name, door.action) == (name, action)}

    assert methods
    assert disagreements(world, permissions.THE, action, matter) == []


@pytest.mark.parametrize("office", sorted(councils.OFFICE.values()))
def test_office_in_another_council_is_none_here(world: World, office: str):
    role_there = {name: role for role, name in councils.OFFICE.items()}[office]
    acts = [name for name in MATTERS if name.startswith("review.")]
    with world.undone():
        person = factories.user()
        councils.appoint(council=making.council(), user=person, role=role_there)
        client = sign_in(Client(), person, factor=True)
        done = []
        for act in acts:
            for state in MATTERS[act].states:
                with world.undone():
                    answer = MATTERS[act].ask(world, person, state, "").by(client)
                done += [f"{act} {state}"] if is_done(answer) else []

    assert len(acts) == 6
    assert done == []


BEHIND_OFFICES = sorted(
    action
    for action in permissions.THE.actions
    if not permissions.granting(action, permissions.CITIZENS)
)


def one_allowed_cell(action: str, who: str) -> tuple[str, str]:
    """A state and conflict in which they may."""
    return next(
        (state, conflict)
        for (name, state, conflict), rule in permissions.THE.rules.items()
        if name == action and who in rule.roles
    )


@pytest.fixture
def as_they_were(world: World) -> Iterator[Callable[..., Client]]:
    """Signs people in otherwise than with a fresh second factor."""
    with world.undone():
        yield lambda who, **how: sign_in(Client(), world.people[who], **how)


@pytest.mark.parametrize("action", BEHIND_OFFICES)
def test_office_without_a_second_factor_is_closed(world: World, action: str):
    for who in permissions.granting(action, OFFICES):
        state, conflict = one_allowed_cell(action, who)
        with world.undone():
            world.people[who].authenticator_set.all().delete()
            answer = attempt(world, MATTERS[action], state, conflict, who)

        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/second-factor/")


@pytest.mark.parametrize("action", BEHIND_OFFICES)
def test_old_proof_is_asked_for_again_where_the_table_says_so(
    world: World, action: str, as_they_were: Callable[..., Client]
):
    for who in permissions.granting(action, OFFICES):
        state, conflict = one_allowed_cell(action, who)
        fresh = as_they_were(who, factor=True, ago=9 * 60)
        old = as_they_were(who, factor=True, ago=11 * 60)
        by_password = as_they_were(who)

        answers = [
            is_done(attempt(world, MATTERS[action], state, conflict, who, client))
            for client in (fresh, old, by_password)
        ]

        may_be_old = not permissions.needs_step_up(action, held(who))
        assert answers == [True, may_be_old, may_be_old], who


@pytest.mark.parametrize("action", BEHIND_OFFICES)
def test_role_taken_away_between_page_and_form_is_gone(world: World, action: str):
    for who in permissions.granting(action, OFFICES):
        state, conflict = one_allowed_cell(action, who)
        with world.undone():
            world.people[who].role_grants.all().delete()
            world.people[who].council_seats.all().update(ended_at=timezone.now())

            answer = attempt(world, MATTERS[action], state, conflict, who)

        assert answer.status_code in {403, 404}, who


def test_suspended_account_is_a_stranger(world: World):
    answer = attempt(world, MATTERS["moderation.read"], "", "", SUSPENDED)

    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")
