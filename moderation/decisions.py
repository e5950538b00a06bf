"""Decisions: a moderator accepts, rejects, keeps or restores a statement, once and in the open.

This module alone makes Decision rows and resolves reports.
"""

from collections.abc import Collection
from typing import Final

from django.db import transaction

from accounts import offices, permissions
from accounts.models import User
from deliberate import statements
from deliberate.errors import StaleVersion
from deliberate.models import Statement
from moderation import conflicts, errors
from moderation.models import Decision, Report
from moderation.reasons import CODES, Restoration
from petitions.wording import tidy_lines
from record import lines
from record.models import RecordLine

State, Action = Statement.State, Decision.Action
# What may be decided in which state, and the kind of line it adds to the record.
TRANSITIONS: Final[dict[tuple[str, str], str]] = {
    (State.PENDING, Action.ACCEPT): "statement.accepted",
    (State.PENDING, Action.REJECT): "statement.rejected",
    (State.ACCEPTED, Action.KEEP): "statement.kept",
    (State.ACCEPTED, Action.REJECT): "statement.rejected",
    (State.REJECTED, Action.RESTORE): "statement.restored",
}
KINDS: Final = frozenset(TRANSITIONS.values())
REASONS: Final[dict[str, list[str]]] = {
    Action.REJECT: CODES,
    Action.RESTORE: list(Restoration.values),
}
# Enough that one word or a full stop will not do, in any script.
SHORTEST_EXPLANATION: Final = 10


def decide(
    *,
    statement_id: int,
    action: str,
    version: int,
    moderator: User,
    reason: str = "",
    explanation: str = "",
) -> Decision:
    """Decide about a statement as the moderator saw it; its open reports are answered by that.

    Raises:
        ReasonMissing, ExplanationTooShort: rejecting and restoring need both.
        StaleVersion: somebody else has decided since.
        ConflictOfInterest: the moderator wrote or reported it.
        DecidedBefore: they hear no appeal against what they decided themselves.
        IllegalDecision: its state does not allow that action.
        NotModerator: they have no role that may, or not any more.
        NothingReported: it is to be kept, but nobody reported it.
    """
    explanation = tidy_lines(explanation)
    _require_grounds(action=action, reason=reason, explanation=explanation)
    with transaction.atomic():
        statement = statements.hold([statement_id]).select_related("conversation", "author").get()
        if version_of(statement) != version:
            raise StaleVersion
        _require_permission(statement, action=action, moderator=moderator)
        kind = TRANSITIONS[statement.state, action]
        reports = Report.objects.open().filter(statement=statement)
        reported = reports.count()
        if action == Action.KEEP and not reported:
            raise errors.NothingReported
        _change_state(statement, action=action, reason=reason, explanation=explanation)
        decision = Decision.objects.create(
            statement=statement,
            action=action,
            reason=reason,
            explanation=explanation,
            version=version,
            moderator=moderator,
            line=_record(statement, action, kind=kind, reason=reason, reported=reported),
        )
        reports.update(resolved_by=decision)
    return decision


def possible(statement: Statement) -> list[Decision.Action]:
    """What can be decided about it in its state, first what needs no reason."""
    actions = [action for action in Action if (statement.state, action) in TRANSITIONS]
    return sorted(actions, key=REASONS.__contains__)


def allowed(statement: Statement, *, held: Collection[str], conflict: str) -> list[Decision.Action]:
    """What somebody with those roles and that conflict may decide about it now."""
    return [
        action
        for action in possible(statement)
        if permissions.allows(
            f"statement.{action}", roles=held, state=statement.state, conflict=conflict
        )
    ]


def version_of(statement: Statement) -> int:
    """A number that every decision about the statement raises.

    The statement's own version moves with its state; a decision to keep it leaves the state
    alone, so those are counted in.
    """
    kept = Decision.objects.filter(statement=statement, action=Action.KEEP).count()
    return statement.version + kept


def _require_permission(statement: Statement, *, action: str, moderator: User) -> None:
    """Asked on the locked row: a role may be gone, and a conflict new, since the page was."""
    conflict = conflicts.of(statement=statement, moderator=moderator)
    held = offices.of(moderator)
    if action in allowed(statement, held=held, conflict=conflict):
        return
    if conflict in {conflicts.AUTHOR, conflicts.REPORTER}:
        raise errors.ConflictOfInterest
    if action not in possible(statement):
        raise errors.IllegalDecision
    if action in allowed(statement, held=held, conflict=""):
        raise errors.DecidedBefore
    raise errors.NotModerator


def _require_grounds(*, action: str, reason: str, explanation: str) -> None:
    """Rejecting and restoring need one of their reasons, and an explanation to the author."""
    if action not in REASONS:
        return
    if reason not in REASONS[action]:
        raise errors.ReasonMissing
    if len(explanation) < SHORTEST_EXPLANATION:
        raise errors.ExplanationTooShort


def _change_state(statement: Statement, *, action: str, reason: str, explanation: str) -> None:
    if action == Action.REJECT:
        statements.reject(
            statement_id=statement.pk,
            version=statement.version,
            reason=reason,
            explanation=explanation,
        )
    elif action in {Action.ACCEPT, Action.RESTORE}:
        statements.accept(statement_id=statement.pk, version=statement.version)


def _record(
    statement: Statement, action: str, *, kind: str, reason: str, reported: int
) -> RecordLine:
    facts = {
        "conversation": statement.conversation.slug,
        "statement": statement.number,
        "by": "senior_moderator" if action == Action.RESTORE else "moderator",
        "reports": reported,
    }
    return lines.append(
        kind=kind,
        subject=statement.conversation.get_absolute_url(),
        facts=facts | {"reason": reason} if reason else facts,
        personal=statement.text,
    )
