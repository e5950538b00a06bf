"""What is stored about me: see it, take it along, erase it."""

from collections.abc import Sequence
from typing import Final

from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.serializers.json import DjangoJSONEncoder
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import step_up
from accounts.models import User
from config import erasure, own_data
from deliberate import participants

FILES: Final = {"json", "csv"}
# Rows of one kind that the page shows; the download has all.
SHOWN: Final = 20


class EraseForm(forms.Form):
    """The last question before the account is gone."""

    remove_words = forms.BooleanField(
        required=False,
        label=gettext_lazy("Remove the words of my statements too"),
        help_text=gettext_lazy("Else they stay, and nobody can tell whose they were."),
    )
    sure = forms.BooleanField(
        label=gettext_lazy("Erase my account for good"),
        error_messages={"required": gettext_lazy("Tick this box: nobody can bring it back.")},
    )


@login_required
@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Everything that is stored about the reader, in words."""
    found = _sections(request)
    return render(request, "my_data.html", {"sections": found, "most": SHOWN})


@login_required
@never_cache
@require_safe
def file(request: HttpRequest, form: str) -> HttpResponse:
    """The same to take along; asked for by somebody who has just proved who they are."""
    if form not in FILES:
        raise Http404
    if not step_up.is_recent(request):
        return step_up.ask(request)
    found = _sections(request)
    response: HttpResponse
    if form == "csv":
        response = HttpResponse(own_data.as_csv(found), content_type="text/csv; charset=utf-8")
    else:
        response = JsonResponse(
            own_data.as_document(found),
            encoder=DjangoJSONEncoder,
            json_dumps_params={"ensure_ascii": False, "indent": 1},
        )
    response["Content-Disposition"] = f'attachment; filename="my-data.{form}"'
    return response


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest) -> HttpResponse:
    """Erase the account: first what stays and why, then the deed."""
    user = _user(request)
    if not step_up.is_recent(request):
        return step_up.ask(request)
    form = EraseForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "erase.html", {"form": form}, status=status)
    erasure.erase(
        user,
        browser_keys=_browser_keys(request),
        remove_words=form.cleaned_data["remove_words"],
    )
    logout(request)
    messages.success(request, _("Your account is erased. A last mail says so."))
    return redirect("home")


def _sections(request: HttpRequest) -> list[own_data.Section]:
    return own_data.sections(
        _user(request), browser_keys=_browser_keys(request), session=request.session
    )


def _user(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def _browser_keys(request: HttpRequest) -> Sequence[bytes]:
    """What was done on this device before signing in is the reader's too."""
    key = participants.person_key(user=None, session=request.session)
    return [key] if key else []
