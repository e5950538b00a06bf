"""Races, on PostgreSQL with threads: a lock that SQLite never takes is tested where it is real."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable

import pytest
from django.db import connection

from accounts.models import Notice
from petitions import creators, errors, lifecycle, reviews, signatures
from petitions.models import CouncilReview, Outcome, Petition, PetitionTransition, Signature
from record.models import RecordLine
from tests import factories
from tests.petitions import making

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def at_once(acts: Iterable[Callable[[], object]]) -> Counter[str]:
    """Do all of it at the same moment, each in a thread; how often each thing came of it."""
    acts = list(acts)
    start, results = threading.Barrier(len(acts)), Counter[str]()

    def run(act: Callable[[], object]) -> None:
        try:
            start.wait(timeout=30)
            act()
            results["done"] += 1
        except errors.PetitionError as error:
            results[error.code] += 1
        except BaseException as error:
            results[repr(error)] += 1
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def signing(petition: Petition, person: object) -> Callable[[], object]:
    return lambda: signatures.sign(petition_id=petition.pk, user=person)


def valid_rows(petition: Petition) -> int:
    return petition.signatures.filter(state=Signature.State.VALID).count()


def test_threshold_is_crossed_once_by_forty_people_at_once() -> None:
    council = making.council(threshold=20)
    making.clerk(council)
    petition = making.collecting(of=council)
    people = [factories.user() for _ in range(40)]

    results = at_once(signing(petition, person) for person in people)

    assert results == {"done": 40}
    petition.refresh_from_db()
    assert petition.signature_count == valid_rows(petition) == 41
    review = CouncilReview.objects.get()
    assert (review.count_at_crossing, review.crossed_at) == (20, petition.threshold_reached_at)
    assert PetitionTransition.objects.filter(action="reach").count() == 1
    assert RecordLine.objects.filter(kind="petition.threshold_reached").count() == 1
    assert Notice.objects.count() == 2


def test_threshold_is_crossed_once_while_others_take_theirs_back() -> None:
    petition = making.collecting(threshold=15)
    signed = making.sign(petition, people=10)
    people = [factories.user() for _ in range(20)]

    results = at_once(
        [
            *(signing(petition, person) for person in people),
            *(
                lambda person=person: signatures.withdraw(petition_id=petition.pk, user=person)
                for person in signed
            ),
        ]
    )

    assert results == {"done": 30}
    petition.refresh_from_db()
    assert petition.signature_count == valid_rows(petition) == 21
    assert CouncilReview.objects.count() == 1


def test_double_click_counts_once() -> None:
    petition, person = making.collecting(threshold=2), factories.user()

    results = at_once([signing(petition, person)] * 20)

    assert results == {"done": 20}
    petition.refresh_from_db()
    assert petition.signature_count == valid_rows(petition) == 2
    assert CouncilReview.objects.count() == 1


def test_signing_again_after_withdrawal_counts_once() -> None:
    petition = making.collecting()
    (person,) = making.sign(petition)
    signatures.withdraw(petition_id=petition.pk, user=person)

    results = at_once([signing(petition, person)] * 10)

    assert results == {"done": 10}
    petition.refresh_from_db()
    assert petition.signature_count == valid_rows(petition) == 2


def test_withdrawing_at_once_counts_once() -> None:
    petition = making.collecting()
    (person,) = making.sign(petition)

    at_once([lambda: signatures.withdraw(petition_id=petition.pk, user=person)] * 10)

    petition.refresh_from_db()
    assert petition.signature_count == valid_rows(petition) == 1


def test_signatures_and_withdrawal_of_the_petition_leave_no_row_uncounted() -> None:
    creator = factories.user()
    petition = making.collecting(threshold=100, creator=creator)
    people = [factories.user() for _ in range(20)]

    results = at_once(
        [
            *(signing(petition, person) for person in people),
            lambda: creators.withdraw(petition_id=petition.pk, user=creator),
        ]
    )

    assert set(results) <= {"done", "closed"}
    petition.refresh_from_db()
    assert petition.state == "withdrawn"
    assert petition.signature_count == valid_rows(petition) == results["done"]


def test_crossing_and_withdrawal_of_the_petition_do_not_both_happen() -> None:
    for _ in range(5):
        creator = factories.user()
        petition = making.collecting(threshold=2, creator=creator)
        acts = [
            signing(petition, factories.user()),
            lambda creator=creator, petition=petition: creators.withdraw(
                petition_id=petition.pk, user=creator
            ),
        ]

        results = at_once(acts)

        petition.refresh_from_db()
        assert results["done"] == 1
        assert petition.reviews.count() == int(petition.state == "collecting")


def test_deadline_is_closed_once_by_many_workers() -> None:
    petitions = [making.collecting() for _ in range(5)]
    for petition in petitions:
        making.let_deadline_pass(petition)

    results = at_once([lifecycle.step] * 8)

    assert results == {"done": 8}
    assert Petition.objects.filter(state="closed").count() == 5
    assert PetitionTransition.objects.filter(action="close").count() == 5
    assert Notice.objects.count() == 5


def test_review_is_checked_out_by_one_of_many_clerks() -> None:
    council = making.council()
    review = making.review(of=council)
    clerks = [making.clerk(council) for _ in range(10)]

    results = at_once(
        lambda clerk=clerk: reviews.check_out(review_id=review.pk, user=clerk) for clerk in clerks
    )

    assert results == {"done": 1, "checked_out": 9}


def test_outcome_sent_twice_at_once_is_recorded_once() -> None:
    council = making.council()
    clerk = making.clerk(council)
    held = reviews.check_out(review_id=making.review(of=council).pk, user=clerk)

    def answer() -> object:
        return reviews.record_outcome(
            review_id=held.pk,
            user=clerk,
            version=held.version,
            kind="accepted",
            reasons="Yes.",
            language="en",
        )

    results = at_once([answer] * 6)

    assert results == {"done": 1, "review_answered": 5}
    assert Outcome.objects.count() == 1


def test_draft_sent_twice_at_once_is_one_draft() -> None:
    from uuid import uuid4

    person, council, key = factories.user(), making.council(), uuid4()
    words = {"title": "Mend it", "text": "Now.", "language": "en"}

    at_once([lambda: creators.write(user=person, council=council, draft_key=key, **words)] * 8)

    assert Petition.objects.count() == 1
