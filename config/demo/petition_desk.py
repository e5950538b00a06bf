"""The demo's councils and their petitions, brought to where they stand through the real doors."""

from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from config.demo import content, past
from deliberate.models import Place
from petitions import councils, creators, reviews, signatures
from petitions.models import Council, CouncilReview, Petition
from petitions.transitions import State


def fill(people: Mapping[str, User], places: Mapping[str, Place]) -> list[Petition]:
    """The councils, a clerk for the first, petitions at each stage; again, nothing is doubled."""
    words = content.load("petitions")
    found = {
        row["slug"]: councils.establish(**{**row, "place": places[row["place"]], "is_demo": True})
        for row in words["councils"]
    }
    own = next(iter(found.values()))
    if not councils.seats_of(people["clerk"]).filter(council=own).exists():
        councils.appoint(council=own, user=people["clerk"])
    return [_petition(row, found[row["council"]], people) for row in words["petitions"]]


def _petition(row: dict[str, Any], council: Council, people: Mapping[str, User]) -> Petition:
    creator = people[row["creator"]]
    with transaction.atomic(), past.days_ago(row.get("opened_days_ago", 0)):
        petition = creators.write(
            user=creator,
            council=council,
            title=row["title"],
            text=row["text"],
            language=row["language"],
            draft_key=uuid5(NAMESPACE_URL, f"demo petition {row['key']}"),
            is_demo=True,
        )
        # What somebody has done with the demo since stands.
        if petition.state != State.DRAFT or row.get("draft"):
            return petition
        petition = creators.open_for_signatures(
            petition_id=petition.pk, user=creator, version=petition.version
        )
        _collect(petition, row)
    if "outcome" in row:
        with transaction.atomic(), past.days_ago(row["answered_days_ago"]):
            _answer(petition, row["outcome"], clerk=people["clerk"])
    petition.refresh_from_db()
    return petition


def _collect(petition: Petition, row: dict[str, Any]) -> None:
    """Invented signatures, from so many short of the threshold to so many beyond it."""
    wanted = (petition.threshold or 0) - row.get("missing", 0) + row.get("extra", 0)
    now = timezone.now()
    signatures.load(
        petition_id=petition.pk,
        people=[
            (b"demo signer %d" % number, now) for number in range(wanted - petition.signature_count)
        ],
    )


def _answer(petition: Petition, outcome: dict[str, str], *, clerk: User) -> None:
    review = CouncilReview.objects.get(petition=petition)
    review = reviews.check_out(review_id=review.pk, user=clerk)
    reviews.record_outcome(review_id=review.pk, user=clerk, version=review.version, **outcome)
