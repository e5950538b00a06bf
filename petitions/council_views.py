"""The clerks' pages: the council's queue, and one review with what can be done to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import permissions
from accounts.models import User
from petitions import councils, errors, reviews
from petitions.forms import OutcomeForm
from petitions.models import CouncilMember, CouncilReview

ANSWERED_SHOWN: Final = 20


@never_cache
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """What the clerk's councils have to answer, the most urgent first, and what they answered."""
    user = cast(User, request.user)
    seats = list(
        councils.seats_of(user).select_related("council").prefetch_related("council__texts")
    )
    rows = reviews.queue_of(user)
    context = {
        "councils": [seat.council for seat in seats],
        "seat_ids": [seat.pk for seat in seats],
        "reviews": rows.unanswered(),
        "answered": rows.filter(state=CouncilReview.State.ANSWERED).order_by("-answered_at")[
            :ANSWERED_SHOWN
        ],
    }
    return render(request, "council/queue.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, review_id: int) -> HttpResponse:
    """A review's page; POST checks it out, renews, releases, or records the outcome."""
    found, desk = _found(request, review_id)
    if request.method != "POST":
        return _page(request, found, desk)
    act = ACTS.get(request.POST.get("action", ""))
    if act is None:
        refusal = _("Choose what you want to do.")
        return _page(request, found, desk, form=_typed(request, found), refusal=refusal, status=422)
    try:
        return act(request, found, desk)
    except errors.PetitionError as error:
        # The row as it is now, under the version that the clerk sees with this page.
        found, desk = _found(request, review_id)
        form = _typed(request, found)
        return _page(
            request, found, desk, form=form, refusal=str(error.sentence), status=error.status
        )


@dataclass(frozen=True)
class Desk:
    """What somebody is to a review, and may do to it now."""

    seat: CouncilMember | None
    offices: frozenset[str]
    permitted: frozenset[str]

    def holds(self, found: CouncilReview) -> bool:
        """Whether they have it checked out."""
        return self.seat is not None and found.is_held and found.checked_out_by_id == self.seat.pk


def _found(request: HttpRequest, review_id: int) -> tuple[CouncilReview, Desk]:
    found = CouncilReview.objects.with_petitions().filter(pk=review_id).first()
    if found is None:
        raise Http404
    user = cast(User, request.user)
    try:
        offices = reviews.offices_in(user=user, review=found)
    except errors.NotClerk as error:
        raise PermissionDenied(str(error.sentence)) from None
    if request.method == "POST" and not permissions.allows("review.prepare", roles=offices):
        raise PermissionDenied(str(errors.NotClerk.default))
    seat = councils.seats_of(user).filter(council_id=found.petition.council_id).first()
    return found, Desk(seat, offices, reviews.permitted(user=user, review=found))


def _page(
    request: HttpRequest,
    found: CouncilReview,
    desk: Desk,
    *,
    form: OutcomeForm | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    is_mine = desk.holds(found)
    context: dict[str, Any] = {
        "review": found,
        "petition": found.petition,
        "is_mine": is_mine,
        "may_answer": is_mine and "answer" in desk.permitted,
        "may_check_out": "check_out" in desk.permitted and not found.is_held,
        "is_own": "check_out" not in desk.permitted,
        "is_reader": not permissions.allows("review.prepare", roles=desk.offices),
        "is_answered": found.state == CouncilReview.State.ANSWERED,
        "form": form or OutcomeForm(initial={"version": found.version}),
        # What a clerk has typed is shown again even when it cannot be published now.
        "form_shown": (is_mine and "answer" in desk.permitted) or form is not None,
        "refusal": refusal,
    }
    return render(request, "council/review.html", context, status=status)


def _typed(request: HttpRequest, found: CouncilReview) -> OutcomeForm | None:
    """The form with what was typed, if anything was, for the review as it is now."""
    names = ("kind", "reasons", "language")
    typed = {name: request.POST[name] for name in names if request.POST.get(name)}
    return OutcomeForm(initial=typed | {"version": found.version}) if typed else None


def _check_out(request: HttpRequest, found: CouncilReview, desk: Desk) -> HttpResponse:
    reviews.check_out(review_id=found.pk, user=cast(User, request.user))
    return _go_on(request, found, _("The review is yours for the next 30 minutes."))


def _renew(request: HttpRequest, found: CouncilReview, desk: Desk) -> HttpResponse:
    reviews.renew(review_id=found.pk, user=cast(User, request.user))
    return _go_on(request, found, _("The review is yours for another 30 minutes."))


def _release(request: HttpRequest, found: CouncilReview, desk: Desk) -> HttpResponse:
    reviews.release(review_id=found.pk, user=cast(User, request.user))
    messages.success(request, _("The review is back in the queue."))
    return redirect("council:queue")


def _check(request: HttpRequest, found: CouncilReview, desk: Desk) -> HttpResponse:
    """The answer as everybody will read it, before it is published for good."""
    form = OutcomeForm(request.POST)
    if not form.is_valid():
        return _page(request, found, desk, form=form, status=422)
    context = {
        "review": found,
        "petition": found.petition,
        "form": form,
        "kind_name": dict(form.fields["kind"].choices)[form.cleaned_data["kind"]],  # type: ignore[attr-defined]
    }
    return render(request, "council/check.html", context)


def _change(request: HttpRequest, found: CouncilReview, desk: Desk) -> HttpResponse:
    return _page(request, found, desk, form=_typed(request, found))


def _answer(request: HttpRequest, found: CouncilReview, desk: Desk) -> HttpResponse:
    form = OutcomeForm(request.POST)
    if not form.is_valid():
        return _page(request, found, desk, form=form, status=422)
    reviews.record_outcome(review_id=found.pk, user=cast(User, request.user), **form.cleaned_data)
    messages.success(request, _("The answer is published on the petition's page."))
    return redirect(found.petition)


def _go_on(request: HttpRequest, found: CouncilReview, sentence: str) -> HttpResponse:
    """Back to the page, or the page itself where an answer was begun, so that it is kept."""
    messages.success(request, sentence)
    if not request.POST.get("reasons") and not request.POST.get("kind"):
        return redirect(found)
    found, desk = _found(request, found.pk)
    return _page(request, found, desk, form=_typed(request, found))


ACTS: Final[Mapping[str, Callable[[HttpRequest, CouncilReview, Desk], HttpResponse]]] = {
    "check-out": _check_out,
    "renew": _renew,
    "release": _release,
    "check": _check,
    "change": _change,
    "answer": _answer,
}
