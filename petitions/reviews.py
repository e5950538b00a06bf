"""The council's side: the queue, checking a review out, and the outcome.

This module alone writes CouncilReview and Outcome.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from accounts import offices, permissions
from accounts.models import User
from petitions import clocks, conflicts, councils, errors, lifecycle, notices, wording
from petitions.models import (
    CouncilMember,
    CouncilReview,
    CouncilReviewQuerySet,
    Outcome,
    Petition,
)
from petitions.transitions import Action, Actor
from record import lines

# How long a clerk has a review to themselves before another may take it.
LEASE: Final = timedelta(minutes=30)
ACTS: Final = ("check_out", "renew", "release", "answer")


def receive(petition: Petition, *, at: datetime) -> None:
    """Put a petition into its council's queue, in the transaction that crossed the threshold."""
    if petition.threshold is None or petition.answer_days is None:
        raise errors.PetitionClosed
    CouncilReview.objects.bulk_create(
        [
            CouncilReview(
                petition=petition,
                threshold=petition.threshold,
                count_at_crossing=petition.signature_count,
                crossed_at=at,
                answer_due_at=clocks.end_of_day(
                    start=at, days=petition.answer_days, zone=petition.council.time_zone
                ),
            )
        ],
        ignore_conflicts=True,
    )
    notices.threshold_reached(petition, CouncilReview.objects.get(petition=petition))


def queue_of(user: User) -> CouncilReviewQuerySet:
    """The reviews that this person may read, the most urgent first."""
    rows = CouncilReview.objects.with_petitions()
    if permissions.allows("review.read", roles=offices.of(user) - councils.OFFICES):
        return rows
    return rows.filter(petition__council__in=councils.seats_of(user).values("council"))


def offices_in(*, user: User, review: CouncilReview) -> frozenset[str]:
    """What the person is to this review: a seat in another council's office counts for nothing.

    Raises:
        NotClerk: nothing that may even read it.
    """
    here = councils.offices_of(user, council_id=review.petition.council_id)
    held = (offices.of(user) - councils.OFFICES) | here
    if not permissions.allows("review.read", roles=held):
        raise errors.NotClerk
    return held


def permitted(*, user: User, review: CouncilReview) -> frozenset[str]:
    """The acts that the person may do to the review in its state.

    Raises:
        NotClerk: they may not even read it.
    """
    held = offices_in(user=user, review=review)
    conflict = conflicts.of(petition=review.petition, user=user)
    return frozenset(
        act
        for act in ACTS
        if permissions.allows(f"review.{act}", roles=held, state=review.state, conflict=conflict)
    )


def check_out(*, review_id: int, user: User) -> CouncilReview:
    """Have the review to oneself for a while; again, to have it longer.

    Raises:
        NotFound, NotClerk, OwnPetition, ReviewAnswered
        CheckedOut: another clerk has it, and their time has not run out.
    """
    with transaction.atomic():
        review, seat = _locked(review_id, user, act="check_out")
        holder = review.checked_out_by_id
        if review.is_held and holder == seat.pk:
            return _extend(review)
        if review.is_held:
            raise errors.CheckedOut
        review.state = CouncilReview.State.IN_REVIEW
        review.checked_out_by = seat
        review.checked_out_until = timezone.now() + LEASE
        _save(review)
        taken_over = holder is not None and holder != seat.pk
        _tell_record(review, "review.taken_over" if taken_over else "review.checked_out")
    return review


def renew(*, review_id: int, user: User) -> CouncilReview:
    """Have more time for a review that one has checked out.

    Raises:
        NotFound, NotClerk, OwnPetition, ReviewAnswered
        NotCheckedOut: one has not, or the time has run out.
    """
    with transaction.atomic():
        review, seat = _locked(review_id, user, act="renew")
        _require_lease(review, seat)
        return _extend(review)


def release(*, review_id: int, user: User) -> CouncilReview:
    """Give a checked-out review back to the queue.

    Raises:
        NotFound, NotClerk, OwnPetition, ReviewAnswered
        NotCheckedOut: one has not checked it out.
    """
    with transaction.atomic():
        review, seat = _locked(review_id, user, act="release")
        if review.checked_out_by_id != seat.pk:
            raise errors.NotCheckedOut
        review.state = CouncilReview.State.WAITING
        review.checked_out_by = review.checked_out_until = None
        _save(review)
        _tell_record(review, "review.released")
    return review


def record_outcome(
    *, review_id: int, user: User, version: int, kind: str, reasons: str, language: str
) -> Outcome:
    """Answer the petition in the council's name, for good.

    Raises:
        NotFound, NotClerk, OwnPetition, ReviewAnswered
        OutcomeRefused: no known kind, or no reasons, or too long ones.
        StaleVersion: the review has changed hands since the clerk saw it.
        NotCheckedOut: the clerk has not checked it out, or the time has run out.
    """
    reasons = wording.tidy_lines(reasons)
    if kind not in Outcome.Kind.values or not 0 < len(reasons) <= wording.LONGEST_REASONS:
        raise errors.OutcomeRefused
    with transaction.atomic():
        review, seat = _locked(review_id, user, act="answer")
        if review.version != version:
            raise errors.StaleVersion
        _require_lease(review, seat)
        now = timezone.now()
        outcome = Outcome.objects.create(
            review=review,
            kind=kind,
            reasons=reasons,
            language=language,
            decided_by=seat,
            decided_at=now,
        )
        review.state = CouncilReview.State.ANSWERED
        review.answered_at = now
        review.checked_out_by = review.checked_out_until = None
        _save(review)
        lifecycle.move(petition_id=review.petition_id, action=Action.ANSWER, actor=Actor.COUNCIL)
        _tell_record(review, "review.answered", personal=reasons, outcome=kind)
        notices.answered(review.petition)
    return outcome


def _locked(review_id: int, user: User, *, act: str) -> tuple[CouncilReview, CouncilMember]:
    review = (
        CouncilReview.objects.select_for_update(of=("self",), no_key=True)
        .select_related("petition__council")
        .order_by()
        .filter(pk=review_id)
        .first()
    )
    if review is None:
        raise errors.NotFound
    held = offices_in(user=user, review=review)
    if review.state == CouncilReview.State.ANSWERED:
        raise errors.ReviewAnswered
    conflict = conflicts.of(petition=review.petition, user=user)
    _require_permission(act, held=held, state=review.state, conflict=conflict)
    return review, councils.seats_of(user).get(council_id=review.petition.council_id)


def _require_permission(act: str, *, held: frozenset[str], state: str, conflict: str) -> None:
    if permissions.allows(f"review.{act}", roles=held, state=state, conflict=conflict):
        return
    if not permissions.granting(f"review.{act}", held):
        raise errors.NotClerk
    if conflict and permissions.allows(f"review.{act}", roles=held, state=state):
        raise errors.OwnPetition
    raise errors.NotCheckedOut


def _require_lease(review: CouncilReview, seat: CouncilMember) -> None:
    if review.checked_out_by_id != seat.pk or not review.is_held:
        raise errors.NotCheckedOut


def _extend(review: CouncilReview) -> CouncilReview:
    review.checked_out_until = timezone.now() + LEASE
    review.save(update_fields=["checked_out_until"])
    _tell_record(review, "review.renewed")
    return review


def _save(review: CouncilReview) -> None:
    review.version += 1
    review.save(
        update_fields=["state", "checked_out_by", "checked_out_until", "answered_at", "version"]
    )


def _tell_record(review: CouncilReview, kind: str, *, personal: str = "", **facts: Any) -> None:
    lines.append(
        kind=kind,
        subject=review.petition.get_absolute_url(),
        facts={
            "council": review.petition.council.slug,
            "role": "clerk",
            "answer_due_at": review.answer_due_at.isoformat(),
            **facts,
        },
        personal=personal,
    )
