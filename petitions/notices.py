"""News about petitions: who is told what; accounts/notices.py tells them.

Called in the transaction of what it tells of, so that the news is there if and only if that
happened.
"""

from typing import Any

from django.urls import reverse

from accounts import notices
from petitions import councils
from petitions.models import CouncilReview, Petition


def threshold_reached(petition: Petition, review: CouncilReview) -> None:
    """Tell the council's clerks that a petition waits for them, and others that it does."""
    due = {
        "due": review.answer_due_at.isoformat(),
        "zone": petition.council.time_zone,
    }
    for seat in councils.clerks_of(petition.council_id).select_related("user"):
        if seat.user is not None:
            notices.tell(
                seat.user,
                kind="review.waiting",
                path=reverse("council:review", args=[review.pk]),
                facts={**due, "needed": review.threshold, "language": petition.council.language},
            )
    _tell(petition, kind="petition.reached", facts=due)


def answered(petition: Petition) -> None:
    """Tell that the council has answered."""
    _tell(petition, kind="petition.answered")


def closed_below_threshold(petition: Petition) -> None:
    """Tell that the time ran out before enough people had signed."""
    _tell(petition, kind="petition.closed")


def withdrawn(petition: Petition) -> None:
    """Tell its followers that the creator withdrew it."""
    notices.tell_followers(petition.get_absolute_url(), kind="petition.withdrawn")


def _tell(petition: Petition, *, kind: str, facts: dict[str, Any] | None = None) -> None:
    """The creator, and whoever asked to be told."""
    path = petition.get_absolute_url()
    if petition.creator is not None:
        notices.tell(
            petition.creator,
            kind=kind,
            path=path,
            facts={**(facts or {}), "language": petition.language},
        )
    notices.tell_followers(path, kind=kind, facts=facts)
