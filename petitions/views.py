"""The public's pages: the list of petitions, and one petition with what can be done to it."""

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import follows
from accounts.models import User
from petitions import by_day, conflicts, councils, creators, errors, listing, signatures, signers
from petitions.models import Petition
from petitions.transitions import Action

# What of a petition's history everybody sees; the saving of drafts is its creator's affair.
PUBLIC_ACTIONS: Final = [action.value for action in Action if action != Action.SAVE]


@never_cache
@require_safe
def petition_list(request: HttpRequest) -> HttpResponse:
    """Petitions by where they stand, twenty a page, with a plain search."""
    asked = listing.asked_for(request.GET, user=request.user)
    return render(request, "petitions/list.html", {"listing": asked, "petitions": asked.page})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def petition(request: HttpRequest, petition_id: int) -> HttpResponse:
    """A petition's page; POST signs it, takes a signature back, opens it or withdraws it."""
    found = visible(request.user, petition_id)
    if request.method != "POST":
        return page(request, found)
    act = ACTS.get(request.POST.get("action", ""))
    if act is None:
        return page(request, found, refusal=_("Choose what you want to do."), status=422)
    try:
        sentence = act(request, found, cast(User, request.user))
    except errors.PetitionError as error:
        # The row as it is now: what was refused may be because it has changed.
        found = visible(request.user, petition_id)
        return page(request, found, refusal=str(error.sentence), status=error.status)
    if act is _open:
        # It has a page of its own, which says what happens next.
        return redirect("petitions:opened", found.pk)
    messages.success(request, sentence)
    return redirect(found)


def visible(user: object, petition_id: int) -> Petition:
    """The petition, if that person may read it.

    Raises:
        Http404: there is none, or it was never opened and is somebody else's.
    """
    found = (
        Petition.objects.filter(pk=petition_id)
        .select_related("creator")
        .with_cards()
        .with_assisted()
        .first()
    )
    if found is None or not conflicts.may("read", petition=found, user=user):
        raise Http404
    return found


def is_creator(user: object, found: Petition) -> bool:
    """Whether that person wrote it."""
    return isinstance(user, User) and found.creator_id == user.pk


def page(
    request: HttpRequest, found: Petition, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    """The petition's page, with the sentence of a refusal if there was one."""
    user = request.user
    is_own = is_creator(user, found)
    context: dict[str, Any] = {
        "petition": found,
        "review": found.review,
        "history": found.transitions.filter(action__in=PUBLIC_ACTIONS),
        "has_signed": isinstance(user, User) and signers.has_signed(petition=found, user=user),
        "is_creator": is_own,
        "may_withdraw": conflicts.may("withdraw", petition=found, user=user)
        and found.threshold_reached_at is None,
        "rule_threshold": councils.threshold_of(found.council),
        "refusal": refusal,
        "days": by_day.signatures(found),
        "assisted": getattr(found, "assisted", 0),
    }
    template = "petitions/draft.html" if found.opened_at is None else "petitions/petition.html"
    return render(request, template, context, status=status)


def _sign(request: HttpRequest, found: Petition, user: User) -> str:
    receipt = signatures.sign(petition_id=found.pk, user=user)
    if request.POST.get("follow") == "yes":
        follows.follow(user, found.get_absolute_url())
    if not receipt.changed:
        return _("You have signed already; your signature counts once.")
    return ngettext(
        "Your signature is counted. %(count)d person has signed.",
        "Your signature is counted. %(count)d people have signed.",
        receipt.count,
    ) % {"count": receipt.count}


def _withdraw_signature(_request: HttpRequest, found: Petition, user: User) -> str:
    signatures.withdraw(petition_id=found.pk, user=user)
    return _("Your signature no longer counts.")


def _open(request: HttpRequest, found: Petition, user: User) -> str:
    version = request.POST.get("version", "")
    if version != str(found.version):
        raise errors.StaleVersion
    creators.open_for_signatures(petition_id=found.pk, user=user, version=found.version)
    return _("Your petition is open. You are the first who signed it.")


def _withdraw(_request: HttpRequest, found: Petition, user: User) -> str:
    creators.withdraw(petition_id=found.pk, user=user)
    return _("Your petition is withdrawn.")


ACTS: Final[Mapping[str, Callable[[HttpRequest, Petition, User], str]]] = {
    "sign": _sign,
    "withdraw-signature": _withdraw_signature,
    "open": _open,
    "withdraw": _withdraw,
}
