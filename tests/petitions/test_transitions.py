"""Every (state, action) pair."""

import pytest

from petitions import errors, lifecycle
from petitions.models import Petition, PetitionTransition
from petitions.transitions import Action, Actor, State
from tests.petitions import making

LEADS_TO = {
    "draft": {"save": "draft", "open": "collecting", "withdraw": "withdrawn"},
    "collecting": {
        "withdraw": "withdrawn",
        "reach": "collecting",
        "close": "closed",
        "answer": "closed",
    },
    "closed": {"answer": "closed"},
    "withdrawn": {},
}
PAIRS = [(state, action) for state in State for action in Action]
LEGAL = [(state, action) for state, action in PAIRS if action in LEADS_TO[state]]
ILLEGAL = [pair for pair in PAIRS if pair not in LEGAL]


def test_transitions_cover_every_pair() -> None:
    assert len(PAIRS) == 24
    assert len(LEGAL) == 8


@pytest.mark.parametrize(("state", "action"), LEGAL)
def test_next_state_of_legal_pair(state: State, action: Action) -> None:
    assert lifecycle.next_state(state.value, action) == LEADS_TO[state][action]


@pytest.mark.parametrize(("state", "action"), ILLEGAL)
def test_next_state_of_illegal_pair_is_refused(state: State, action: Action) -> None:
    with pytest.raises(errors.IllegalTransition) as refused:
        lifecycle.next_state(state.value, action)

    assert (refused.value.state, refused.value.action) == (state, action)
    assert str(refused.value)


def in_state(state: State) -> Petition:
    if state == State.DRAFT:
        return making.draft()
    petition = making.collecting()
    action = {State.CLOSED: Action.CLOSE, State.WITHDRAWN: Action.WITHDRAW}.get(state)
    if action:
        lifecycle.move(petition_id=petition.pk, action=action, actor=Actor.SYSTEM)
    return petition


@pytest.mark.django_db
@pytest.mark.parametrize(("state", "action"), ILLEGAL)
def test_door_refuses_illegal_pair_and_writes_nothing(state: State, action: Action) -> None:
    petition = in_state(state)
    before = Petition.objects.values().get(pk=petition.pk)
    history = PetitionTransition.objects.count()

    with pytest.raises(errors.IllegalTransition):
        lifecycle.move(petition_id=petition.pk, action=action, actor=Actor.SYSTEM)

    assert Petition.objects.values().get(pk=petition.pk) == before
    assert PetitionTransition.objects.count() == history


@pytest.mark.django_db
def test_door_refuses_unknown_petition() -> None:
    with pytest.raises(errors.NotFound):
        lifecycle.move(petition_id=999, action=Action.CLOSE, actor=Actor.SYSTEM)
