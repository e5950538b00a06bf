"""The council's side: the queue, checking a review out, and the outcome.

This module alone writes CouncilReview and Outcome.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from petitions import clocks, councils, errors, lifecycle, notices, wording
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
    """The reviews of the councils where this person is a clerk, the most urgent first."""
    return CouncilReview.objects.with_petitions().filter(
        petition__council__in=councils.seats_of(user).values("council")
    )


def seat_for(*, user: User, review: CouncilReview) -> CouncilMember:
    """The seat in which this person may work on the review.

    Raises:
        NotClerk: none.
    """
    seat = councils.seats_of(user).filter(council_id=review.petition.council_id).first()
    if seat is None:
        raise errors.NotClerk
    return seat


def check_out(*, review_id: int, user: User) -> CouncilReview:
    """Have the review to oneself for a while; again, to have it longer.

    Raises:
        NotFound, NotClerk, ReviewAnswered
        CheckedOut: another clerk has it, and their time has not run out.
    """
    with transaction.atomic():
        review, seat = _locked(review_id, user)
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
        NotFound, NotClerk, ReviewAnswered
        NotCheckedOut: one has not, or the time has run out.
    """
    with transaction.atomic():
        review, seat = _locked(review_id, user)
        _require_lease(review, seat)
        return _extend(review)


def release(*, review_id: int, user: User) -> CouncilReview:
    """Give a checked-out review back to the queue.

    Raises:
        NotFound, NotClerk, ReviewAnswered
        NotCheckedOut: one has not checked it out.
    """
    with transaction.atomic():
        review, seat = _locked(review_id, user)
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
        NotFound, NotClerk, ReviewAnswered
        OutcomeRefused: no known kind, or no reasons, or too long ones.
        StaleVersion: the review has changed hands since the clerk saw it.
        NotCheckedOut: the clerk has not checked it out, or the time has run out.
    """
    reasons = wording.tidy_lines(reasons)
    if kind not in Outcome.Kind.values or not 0 < len(reasons) <= wording.LONGEST_REASONS:
        raise errors.OutcomeRefused
    with transaction.atomic():
        review, seat = _locked(review_id, user)
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


def _locked(review_id: int, user: User) -> tuple[CouncilReview, CouncilMember]:
    review = (
        CouncilReview.objects.select_for_update(of=("self",), no_key=True)
        .select_related("petition__council")
        .order_by()
        .filter(pk=review_id)
        .first()
    )
    if review is None:
        raise errors.NotFound
    seat = seat_for(user=user, review=review)
    if review.state == CouncilReview.State.ANSWERED:
        raise errors.ReviewAnswered
    return review, seat


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
