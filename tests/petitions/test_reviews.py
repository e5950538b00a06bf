"""The council's side: who has a review, for how long, and what they decide."""

import pytest
from django.utils import timezone

from petitions import councils, errors, reviews
from petitions.models import CouncilReview, Outcome, Petition
from record.models import RecordLine
from tests import factories
from tests.petitions import making

pytestmark = pytest.mark.django_db

ANSWER = {"kind": "accepted", "reasons": "Budgeted for this year.", "language": "en"}


def record_of_reviews() -> list[str]:
    return list(
        RecordLine.objects.filter(kind__startswith="review.").values_list("kind", flat=True)
    )


def test_check_out_gives_the_review_to_one_clerk() -> None:
    council = making.council()
    review, clerk = making.review(of=council), making.clerk(council)

    held = reviews.check_out(review_id=review.pk, user=clerk)

    assert held.state == CouncilReview.State.IN_REVIEW
    assert held.checked_out_by is not None
    assert held.checked_out_by.user == clerk
    assert held.is_held
    assert held.version == review.version + 1
    assert record_of_reviews() == ["review.checked_out"]


def test_check_out_is_refused_while_another_has_it() -> None:
    council = making.council()
    review = making.review(of=council)
    reviews.check_out(review_id=review.pk, user=making.clerk(council))
    before = CouncilReview.objects.values().get()

    with pytest.raises(errors.CheckedOut):
        reviews.check_out(review_id=review.pk, user=making.clerk(council))

    assert CouncilReview.objects.values().get() == before


def test_check_out_again_gives_more_time_and_keeps_the_version() -> None:
    council = making.council()
    review, clerk = making.review(of=council), making.clerk(council)
    first = reviews.check_out(review_id=review.pk, user=clerk)

    again = reviews.check_out(review_id=review.pk, user=clerk)

    assert again.checked_out_until > first.checked_out_until
    assert again.version == first.version


def test_check_out_takes_over_when_the_time_has_run_out() -> None:
    council = making.council()
    review = making.review(of=council)
    first, second = making.clerk(council), making.clerk(council)
    making.let_lease_expire(reviews.check_out(review_id=review.pk, user=first))

    held = reviews.check_out(review_id=review.pk, user=second)

    assert held.checked_out_by.user == second
    assert record_of_reviews() == ["review.checked_out", "review.taken_over"]
    with pytest.raises(errors.NotCheckedOut):
        reviews.renew(review_id=review.pk, user=first)
    with pytest.raises(errors.NotCheckedOut):
        reviews.release(review_id=review.pk, user=first)


def test_check_out_of_ones_own_expired_review_is_no_take_over() -> None:
    council = making.council()
    review, clerk = making.review(of=council), making.clerk(council)
    making.let_lease_expire(reviews.check_out(review_id=review.pk, user=clerk))

    held = reviews.check_out(review_id=review.pk, user=clerk)

    assert held.is_held
    assert record_of_reviews() == ["review.checked_out", "review.checked_out"]


def test_renew_gives_half_an_hour_from_now() -> None:
    council = making.council()
    review, clerk = making.review(of=council), making.clerk(council)
    reviews.check_out(review_id=review.pk, user=clerk)

    held = reviews.renew(review_id=review.pk, user=clerk)

    left = held.checked_out_until - timezone.now()
    assert reviews.LEASE * 0.9 < left <= reviews.LEASE
    assert record_of_reviews() == ["review.checked_out", "review.renewed"]


def test_renew_after_the_time_has_run_out_is_refused() -> None:
    council = making.council()
    review, clerk = making.review(of=council), making.clerk(council)
    making.let_lease_expire(reviews.check_out(review_id=review.pk, user=clerk))

    with pytest.raises(errors.NotCheckedOut):
        reviews.renew(review_id=review.pk, user=clerk)


def test_release_puts_the_review_back() -> None:
    council = making.council()
    review, clerk = making.review(of=council), making.clerk(council)
    reviews.check_out(review_id=review.pk, user=clerk)

    reviews.release(review_id=review.pk, user=clerk)

    stored = CouncilReview.objects.get()
    assert stored.state == CouncilReview.State.WAITING
    assert stored.checked_out_by is None
    assert record_of_reviews() == ["review.checked_out", "review.released"]


def test_outcome_answers_the_petition_for_everyone() -> None:
    outcome = making.answered()

    review, petition = CouncilReview.objects.get(), Petition.objects.get()
    assert review.state == CouncilReview.State.ANSWERED
    assert review.answered_at == outcome.decided_at
    assert petition.state == "closed"
    assert list(Petition.objects.answered()) == [petition]
    assert list(Petition.objects.with_council()) == []
    assert list(Outcome.objects.recent()) == [outcome]


def test_outcome_tells_the_record_the_office_and_not_the_clerk() -> None:
    council = making.council()
    clerk = making.clerk(council, display_name="Zubaida Clerkly")

    outcome = making.answered(by=clerk, of=council)

    line = RecordLine.objects.get(kind="review.answered")
    assert line.subject == f"/petitions/{outcome.review.petition_id}/"
    assert line.facts["outcome"] == "accepted"
    assert line.facts["council"] == council.slug
    assert line.facts["role"] == "clerk"
    assert line.personal_hash
    every_line = str(list(RecordLine.objects.values_list("facts", flat=True)))
    assert "Zubaida" not in every_line
    assert "budget" not in every_line


def test_outcome_without_checking_out_is_refused() -> None:
    council = making.council()
    review = making.review(of=council)

    with pytest.raises(errors.NotCheckedOut):
        reviews.record_outcome(
            review_id=review.pk, user=making.clerk(council), version=review.version, **ANSWER
        )

    assert Outcome.objects.count() == 0


def test_outcome_while_another_has_it_is_refused() -> None:
    council = making.council()
    review = making.review(of=council)
    held = reviews.check_out(review_id=review.pk, user=making.clerk(council))

    with pytest.raises(errors.NotCheckedOut):
        reviews.record_outcome(
            review_id=review.pk, user=making.clerk(council), version=held.version, **ANSWER
        )

    assert Outcome.objects.count() == 0


def test_outcome_after_the_time_has_run_out_is_refused() -> None:
    council = making.council()
    review, clerk = making.review(of=council), making.clerk(council)
    held = reviews.check_out(review_id=review.pk, user=clerk)
    making.let_lease_expire(held)

    with pytest.raises(errors.NotCheckedOut):
        reviews.record_outcome(review_id=review.pk, user=clerk, version=held.version, **ANSWER)

    assert Outcome.objects.count() == 0


def test_outcome_on_a_version_from_before_is_refused() -> None:
    council = making.council()
    review, clerk = making.review(of=council), making.clerk(council)
    seen = reviews.check_out(review_id=review.pk, user=clerk).version
    reviews.release(review_id=review.pk, user=clerk)
    reviews.check_out(review_id=review.pk, user=clerk)

    with pytest.raises(errors.StaleVersion):
        reviews.record_outcome(review_id=review.pk, user=clerk, version=seen, **ANSWER)

    assert Outcome.objects.count() == 0


def test_outcome_is_recorded_once() -> None:
    council = making.council()
    clerk = making.clerk(council)
    outcome = making.answered(by=clerk, of=council)
    review = CouncilReview.objects.get()

    with pytest.raises(errors.ReviewAnswered):
        reviews.record_outcome(review_id=review.pk, user=clerk, version=review.version, **ANSWER)

    assert Outcome.objects.get() == outcome


@pytest.mark.parametrize(
    ("kind", "reasons"), [("maybe", "Because."), ("accepted", " \n "), ("accepted", "x" * 6001)]
)
def test_outcome_needs_a_known_kind_and_reasons(kind: str, reasons: str) -> None:
    council = making.council()
    review, clerk = making.review(of=council), making.clerk(council)
    held = reviews.check_out(review_id=review.pk, user=clerk)

    with pytest.raises(errors.OutcomeRefused):
        reviews.record_outcome(
            review_id=review.pk,
            user=clerk,
            version=held.version,
            kind=kind,
            reasons=reasons,
            language="en",
        )

    assert CouncilReview.objects.get().state == CouncilReview.State.IN_REVIEW


def citizen(_review: CouncilReview) -> object:
    return factories.user()


def moderator(_review: CouncilReview) -> object:
    return factories.moderator()


def clerk_elsewhere(_review: CouncilReview) -> object:
    return making.clerk(making.council())


def dismissed_clerk(review: CouncilReview) -> object:
    council = review.petition.council
    person = making.clerk(council)
    councils.dismiss(council=council, user=person)
    return person


ACTS = {
    "check_out": lambda review, user: reviews.check_out(review_id=review.pk, user=user),
    "renew": lambda review, user: reviews.renew(review_id=review.pk, user=user),
    "release": lambda review, user: reviews.release(review_id=review.pk, user=user),
    "record_outcome": lambda review, user: reviews.record_outcome(
        review_id=review.pk, user=user, version=review.version, **ANSWER
    ),
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(
    "make", [citizen, moderator, clerk_elsewhere, dismissed_clerk], ids=lambda make: make.__name__
)
def test_acts_are_refused_to_everyone_but_the_councils_clerks(make, act: str) -> None:
    review = making.review()
    before = CouncilReview.objects.values().get()

    with pytest.raises(errors.NotClerk):
        ACTS[act](review, make(review))

    assert CouncilReview.objects.values().get() == before


@pytest.mark.parametrize("act", ACTS)
def test_acts_on_an_answered_review_are_refused(act: str) -> None:
    council = making.council()
    clerk = making.clerk(council)
    review = making.answered(by=clerk, of=council).review

    with pytest.raises(errors.ReviewAnswered):
        ACTS[act](review, clerk)


@pytest.mark.parametrize("act", ACTS)
def test_acts_on_an_unknown_review_are_refused(act: str) -> None:
    with pytest.raises(errors.NotFound):
        ACTS[act](CouncilReview(pk=4711), factories.user())


def test_queue_holds_the_clerks_councils_by_urgency() -> None:
    slow, fast = making.council(answer_days=60), making.council(answer_days=5)
    later, sooner = making.review(of=slow), making.review(of=fast)
    making.review()
    person = making.clerk(slow)
    councils.appoint(council=fast, user=person)

    assert list(reviews.queue_of(person)) == [sooner, later]


def test_clock_is_overdue_after_the_day_and_stays_so_when_answered_late() -> None:
    review = making.review()
    assert not review.is_overdue
    past = timezone.now() - timezone.timedelta(days=3)
    CouncilReview.objects.update(crossed_at=past - timezone.timedelta(days=60), answer_due_at=past)

    late = CouncilReview.objects.get()

    assert late.is_overdue
    assert late.days_left == -3
    late.answered_at = timezone.now()
    assert late.is_overdue
    late.answered_at = past - timezone.timedelta(days=1)
    assert not late.is_overdue
