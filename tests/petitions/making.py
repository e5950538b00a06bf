"""Makes petitions and councils for tests, through the same doors as everybody."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from petitions import councils, creators, reviews, signatures
from petitions.models import Council, CouncilReview, Outcome, Petition
from tests import factories

TITLE = "Repair the water pumps in every village"
TEXT = "Eleven of the fourteen pumps are broken.\n\nMend them before the summer."


def council(*, threshold: int = 3, **fields: Any) -> Council:
    """A council that answers when `threshold` people have signed."""
    number = Council.objects.count() + 1
    rule = {"threshold_number": threshold, "population": 1000, **fields}
    return councils.establish(slug=f"council-{number}", name=f"Council {number}", **rule)


def clerk(of: Council, **fields: Any) -> User:
    """An account that is a clerk of the council."""
    person = factories.user(**fields)
    councils.appoint(council=of, user=person)
    return person


def draft(*, creator: User | None = None, of: Council | None = None, **fields: Any) -> Petition:
    """A draft by a new person, unless one is given."""
    words = {"title": TITLE, "text": TEXT, "language": "en", **fields}
    return creators.write(user=creator or factories.user(), council=of or council(), **words)


def collecting(
    *, threshold: int = 3, creator: User | None = None, of: Council | None = None, **fields: Any
) -> Petition:
    """A petition that its creator has just opened, with their signature as the first."""
    person = creator or factories.user()
    petition = draft(creator=person, of=of or council(threshold=threshold), **fields)
    return creators.open_for_signatures(
        petition_id=petition.pk, user=person, version=petition.version
    )


def sign(petition: Petition, *, people: int = 1) -> list[User]:
    """New people's signatures."""
    signers = [factories.user() for _ in range(people)]
    for person in signers:
        signatures.sign(petition_id=petition.pk, user=person)
    return signers


def review(*, of: Council | None = None, **fields: Any) -> CouncilReview:
    """A review that waits in a council's queue: its petition has just crossed at three."""
    petition = collecting(of=of, **fields)
    sign(petition, people=petition.missing)
    return CouncilReview.objects.get(petition=petition)


def answer(waiting: CouncilReview, *, by: User | None = None) -> Outcome:
    """The council's answer to a review in its queue."""
    person = by or clerk(waiting.petition.council)
    held = reviews.check_out(review_id=waiting.pk, user=person)
    return reviews.record_outcome(
        review_id=held.pk,
        user=person,
        version=held.version,
        kind=Outcome.Kind.ACCEPTED,
        reasons="The pumps are in this year's budget.",
        language="en",
    )


def answered(*, by: User | None = None, of: Council | None = None, **fields: Any) -> Outcome:
    """A council's answer."""
    return answer(review(of=of or council(), **fields), by=by)


def let_deadline_pass(petition: Petition) -> None:
    """Move a petition into the past, so that its time for signatures is over."""
    now = timezone.now()
    Petition.objects.filter(pk=petition.pk).update(
        opened_at=now - timedelta(days=9), collecting_until=now - timedelta(seconds=1)
    )


def let_lease_expire(held: CouncilReview) -> None:
    """Move a checked-out review's lease into the past."""
    CouncilReview.objects.filter(pk=held.pk).update(
        checked_out_until=timezone.now() - timedelta(seconds=1)
    )
