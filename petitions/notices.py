"""Mail about petitions: who is told what, in plain text, with nothing to read over a shoulder.

A notice is enqueued in the transaction of what it tells of, one task for each person, so that
it is sent if and only if that happened. Subjects and texts hold no word of the petition.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django_tasks import task

from accounts.models import User
from petitions import councils
from petitions.models import CouncilMember, Petition


def threshold_reached(petition: Petition) -> None:
    """Tell the council's clerks that a petition waits for them, and its creator that it does."""
    for seat_id in councils.clerks_of(petition.council_id).values_list("pk", flat=True):
        tell_clerk.enqueue(petition.pk, seat_id)
    tell_creator.enqueue(petition.pk, "reached")


def answered(petition: Petition) -> None:
    """Tell the creator that the council has answered."""
    tell_creator.enqueue(petition.pk, "answered")


def closed_below_threshold(petition: Petition) -> None:
    """Tell the creator that the time ran out before enough people had signed."""
    tell_creator.enqueue(petition.pk, "closed")


@task()
def tell_clerk(petition_id: int, seat_id: int) -> None:
    """Mail one clerk that a petition waits for the council's review."""
    petition = Petition.objects.select_related("council").get(pk=petition_id)
    seat = CouncilMember.objects.select_related("user").get(pk=seat_id)
    review = petition.review
    if seat.ended_at is not None or review is None:
        return
    with translation.override(petition.council.language):
        _send(
            to=seat.user,
            subject=_("A petition waits for your council's review"),
            template="petitions/mail/review_waiting.txt",
            petition=petition,
            due=review.answer_due_at,
            url=settings.SITE_URL + reverse("council:review", args=[review.pk]),
        )


@task()
def tell_creator(petition_id: int, news: str) -> None:
    """Mail a petition's creator what has become of it."""
    petition = Petition.objects.select_related("council", "creator").filter(pk=petition_id).get()
    review = petition.review
    with translation.override(petition.language):
        _send(
            to=petition.creator,
            subject={
                "reached": _("News from the council about your petition"),
                "answered": _("The council has answered your petition"),
                "closed": _("The time for signatures has ended"),
            }[news],
            template=f"petitions/mail/{news}.txt",
            petition=petition,
            due=review.answer_due_at if review else None,
            url=settings.SITE_URL + petition.get_absolute_url(),
        )


def _send(
    *,
    to: User | None,
    subject: str,
    template: str,
    petition: Petition,
    due: datetime | None,
    url: str,
) -> None:
    if to is None or not to.is_active:
        return
    context: dict[str, Any] = {
        "petition": petition,
        "council": petition.council,
        "due": due,
        "url": url,
    }
    EmailMessage(
        subject=subject,
        body=render_to_string(template, context),
        to=[to.email],
        headers={"Auto-Submitted": "auto-generated"},
    ).send()
