"""Deadlines, and the history that every act leaves."""

import pytest

from petitions import lifecycle
from petitions.models import CouncilReview, Petition, PetitionTransition
from petitions.transitions import State
from record.append_only import AppendOnlyViolation
from record.models import RecordLine
from tests.petitions import making

pytestmark = pytest.mark.django_db


def test_close_due_closes_what_ran_out_and_nothing_else() -> None:
    due, open_still = making.collecting(), making.collecting()
    making.draft()
    making.let_deadline_pass(due)

    closed = lifecycle.close_due()
    again = lifecycle.close_due()

    assert (closed, again) == (1, 0)
    due.refresh_from_db()
    open_still.refresh_from_db()
    assert (due.state, open_still.state) == (State.CLOSED, State.COLLECTING)
    assert due.closed_at is not None
    assert RecordLine.objects.filter(kind="petition.closed").count() == 1


def test_close_due_leaves_a_crossed_petitions_review_alone() -> None:
    review = making.review()
    making.let_deadline_pass(review.petition)

    lifecycle.step()

    assert Petition.objects.get().state == State.CLOSED
    assert CouncilReview.objects.get().state == CouncilReview.State.WAITING
    assert list(Petition.objects.with_council()) == [review.petition]


def test_answer_closes_a_closed_petition_without_changing_when() -> None:
    council = making.council()
    review = making.review(of=council)
    making.let_deadline_pass(review.petition)
    lifecycle.close_due()
    closed_at = Petition.objects.get().closed_at
    clerk = making.clerk(council)

    from petitions import reviews

    held = reviews.check_out(review_id=review.pk, user=clerk)
    reviews.record_outcome(
        review_id=review.pk,
        user=clerk,
        version=held.version,
        kind="rejected",
        reasons="No money.",
        language="en",
    )

    assert Petition.objects.get().closed_at == closed_at
    assert Petition.objects.get().state == State.CLOSED


def test_history_holds_every_act_in_order() -> None:
    outcome = making.answered()

    acts = PetitionTransition.objects.filter(petition=outcome.review.petition).values_list(
        "from_state", "action", "to_state", "actor", "signature_count"
    )

    assert list(acts) == [
        ("", "save", "draft", "creator", 0),
        ("draft", "open", "collecting", "creator", 0),
        ("collecting", "reach", "collecting", "system", 3),
        ("collecting", "answer", "closed", "council", 3),
    ]


def test_history_is_never_changed() -> None:
    making.draft()
    act = PetitionTransition.objects.get()

    with pytest.raises(AppendOnlyViolation):
        act.delete()
    with pytest.raises(AppendOnlyViolation):
        PetitionTransition.objects.update(actor="council")
