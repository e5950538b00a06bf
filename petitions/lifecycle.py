"""A petition's state: the one door through which it changes, and the deadline that closes it.

This module alone writes Petition.state and PetitionTransition.
"""

from collections.abc import Callable, Mapping
from typing import Final

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from petitions import errors, notices
from petitions.models import Petition, PetitionTransition
from petitions.transitions import TRANSITIONS, Action, Actor, State
from record import lines

# What is told to the public record; an answer has its own line there (reviews.py).
RECORD_KINDS: Final[Mapping[Action, str]] = {
    Action.OPEN: "petition.opened",
    Action.REACH: "petition.threshold_reached",
    Action.WITHDRAW: "petition.withdrawn",
    Action.CLOSE: "petition.closed",
}

Changes = Mapping[str, object]


def next_state(state: str, action: Action) -> State:
    """Where the action leads from that state.

    Raises:
        IllegalTransition: nowhere.
    """
    try:
        return TRANSITIONS[State(state), action]
    except KeyError:
        raise errors.IllegalTransition(State(state), action) from None


def move(
    *,
    petition_id: int,
    action: Action,
    actor: Actor,
    prepare: Callable[[Petition], Changes] | None = None,
) -> Petition:
    """Lock the petition, do the action, log it, and tell the public record.

    `prepare` sees the locked row before it changes: it may refuse by raising, and returns what
    changes beside the state.

    Raises:
        NotFound: there is no such petition.
        IllegalTransition: its state does not allow the action.
    """
    with transaction.atomic():
        petition = _locked(petition_id)
        before, after = State(petition.state), next_state(petition.state, action)
        now = timezone.now()
        changes = {"state": after.value, **(prepare(petition) if prepare else {})}
        if after in {State.CLOSED, State.WITHDRAWN} and petition.closed_at is None:
            changes["closed_at"] = now
        for field, value in changes.items():
            setattr(petition, field, value)
        # What is searched is made of the words, which a saved draft may have changed.
        petition.save(update_fields=[*changes, "search_words"])
        log(petition, before=before.value, action=action, actor=actor)
        if action in RECORD_KINDS and petition.opened_at is not None:
            _tell_record(petition, action, actor)
    return petition


def log(petition: Petition, *, before: str, action: Action, actor: Actor) -> None:
    """Append an act to the petition's history; `before` is empty for its first draft."""
    PetitionTransition.objects.create(
        petition=petition,
        from_state=before,
        to_state=petition.state,
        action=action.value,
        actor=actor.value,
        signature_count=petition.signature_count,
        at=timezone.now(),
    )


def close_due() -> int:
    """Close every petition whose time for signatures has run out; how many were closed.

    Those that reached their threshold close too: their review is another matter and goes on.
    """
    due = Petition.objects.filter(state=State.COLLECTING, collecting_until__lte=Now())
    return sum(_close(pk) for pk in due.order_by("collecting_until").values_list("pk", flat=True))


def step() -> None:
    """The background's turn at the deadlines; any number of processes may take it at once."""
    close_due()


def _close(petition_id: int) -> bool:
    try:
        with transaction.atomic():
            petition = move(petition_id=petition_id, action=Action.CLOSE, actor=Actor.SYSTEM)
            if petition.threshold_reached_at is None:
                notices.closed_below_threshold(petition)
    except errors.IllegalTransition:
        # Another process closed it, or its creator withdrew it, since the list was read.
        return False
    return True


def _locked(petition_id: int) -> Petition:
    # Not FOR UPDATE: its lock would stop people's signatures, which point at this row.
    petition = (
        Petition.objects.select_for_update(of=("self",), no_key=True)
        .select_related("council")
        .order_by()
        .filter(pk=petition_id)
        .first()
    )
    if petition is None:
        raise errors.NotFound
    return petition


def _tell_record(petition: Petition, action: Action, actor: Actor) -> None:
    facts: dict[str, object] = {
        "role": actor.value,
        "council": petition.council.slug,
        "threshold": petition.threshold,
        "signatures": petition.signature_count,
    }
    personal = ""
    if action == Action.OPEN and petition.collecting_until is not None:
        facts["collecting_until"] = petition.collecting_until.isoformat()
        facts["answer_days"] = petition.answer_days
        personal = f"{petition.language}\n{petition.title}\n{petition.text}"
    lines.append(
        kind=RECORD_KINDS[action],
        subject=petition.get_absolute_url(),
        facts=facts,
        personal=personal,
    )
