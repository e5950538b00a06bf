"""A creator's pages: write a petition, check it, keep it as a draft, change the draft."""

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from petitions import councils, creators, errors
from petitions.forms import PetitionForm
from petitions.models import Petition
from petitions.transitions import State
from petitions.views import is_creator, page, visible


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Write a petition: the form, then a page to check it, then the draft."""
    if request.method != "POST":
        return _form(request, PetitionForm())
    return _step(request, None)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, petition_id: int) -> HttpResponse:
    """Change a draft, by the same steps."""
    found = visible(request.user, petition_id)
    if not is_creator(request.user, found):
        raise PermissionDenied(str(errors.NotCreator.default))
    if request.method == "POST":
        return _step(request, found)
    if found.state != State.DRAFT:
        refusal = errors.IllegalTransition.because[State(found.state)]
        return page(request, found, refusal=str(refusal), status=409)
    return _form(request, PetitionForm(initial=PetitionForm.values_of(found)), found)


@never_cache
@require_safe
def opened(request: HttpRequest, petition_id: int) -> HttpResponse:
    """What its creator sees once it is open: its number, and what happens next."""
    found = visible(request.user, petition_id)
    if not is_creator(request.user, found) or found.opened_at is None:
        return redirect(found)
    context = {
        "petition": found,
        "address": settings.SITE_URL + found.get_absolute_url(),
    }
    return render(request, "petitions/opened.html", context)


def _step(request: HttpRequest, draft: Petition | None) -> HttpResponse:
    """What the pressed button asks for: check, change again, or save."""
    form = PetitionForm(request.POST)
    if not form.is_valid():
        return _form(request, form, draft, status=422)
    step = request.POST.get("step")
    if step == "save":
        return _save(request, form, draft)
    if step == "change":
        return _form(request, form, draft)
    council = form.cleaned_data["council"]
    context = {
        "form": form,
        "wording": form.wording(),
        "petition": draft,
        "language_name": dict(form.fields["language"].choices)[form.cleaned_data["language"]],  # type: ignore[attr-defined]
        "rule_threshold": councils.threshold_of(council),
    }
    return render(request, "petitions/check.html", context)


def _save(request: HttpRequest, form: PetitionForm, draft: Petition | None) -> HttpResponse:
    user = cast(User, request.user)
    try:
        if draft is None:
            saved = creators.write(
                user=user, draft_key=form.cleaned_data["draft_key"], **form.wording()
            )
        else:
            saved = creators.save(
                petition_id=draft.pk,
                user=user,
                version=form.cleaned_data["version"],
                **form.wording(),
            )
    except errors.PetitionError as error:
        form.add_error(None, str(error.sentence))
        return _form(request, form, draft, status=error.status)
    messages.success(request, _("Your draft is saved. Only you see it until you open it."))
    return redirect(saved)


def _form(
    request: HttpRequest, form: PetitionForm, draft: Petition | None = None, *, status: int = 200
) -> HttpResponse:
    context = {"form": form, "petition": draft}
    return render(request, "petitions/form.html", context, status=status)
