"""An account's pages that allauth has not: its sessions, a second factor for offices, a code."""

import secrets
import time
from typing import Any, Final
from urllib.parse import urlencode

from allauth.account import views as library
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import download_recovery_codes, view_recovery_codes
from allauth.mfa.totp.views import activate_totp
from allauth.mfa.webauthn.views import add_webauthn
from csp.decorators import csp_update
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import enrolment, factor_seals, joining, limits, sign_ins, step_up
from accounts import second_factor as factors
from accounts.models import User
from config.joining import CodeForm

AFTER: Final = "after_second_factor"
AGAIN: Final = "code_again"


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def sessions(request: HttpRequest) -> HttpResponse:
    """Where one is signed in; POST ends one of those, or all others."""
    user = _user(request)
    here = request.session.session_key or ""
    if request.method == "POST":
        return _end(request, user, here)
    rows = sign_ins.of(user)
    context = {"rows": rows, "here": here, "others": [r for r in rows if r.session_key != here]}
    return render(request, "account/sessions.html", context)


def _end(request: HttpRequest, user: User, here: str) -> HttpResponse:
    wanted = request.POST.get("session", "")
    if wanted == "others":
        ended = sign_ins.end_all(user, but=here)
    elif wanted.isascii() and wanted.isdigit() and len(wanted) < 19:
        ended = int(sign_ins.end(user, pk=int(wanted)))
    else:
        raise Http404
    sentence = ngettext(
        "%(count)d device is signed out.", "%(count)d devices are signed out.", ended
    )
    messages.success(request, sentence % {"count": ended})
    return redirect("sessions")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """Why an office needs a second step, its code, the ways to one, and back to where one stood."""
    user, back = _user(request), joining.next_of(request)
    if back:
        request.session[AFTER] = back
    if factors.has(user):
        return redirect(request.session.pop(AFTER, None) or "mfa_index")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        if enrolment.is_right(request, user, form.cleaned_data["code"]):
            return redirect("second-factor")
        form.add_error("code", _("That is not the code, or it is no longer valid."))
    context = {"form": form, "asks_for_code": enrolment.is_needed(request, user)}
    status = 422 if request.method == "POST" else 200
    return render(request, "mfa/needed.html", context, status=status)


@login_required
def add_passkey(request: HttpRequest) -> HttpResponse:
    """A passkey; the first one of an office needs the office's code."""
    return _asked_for_code(request) or add_webauthn(request)


# The library draws the secret into the page, so that it lies at no address.
@csp_update({"img-src": ["data:"]})
@login_required
def add_app(request: HttpRequest) -> HttpResponse:
    """An app that makes codes, under the same condition."""
    return _asked_for_code(request) or activate_totp(request)


def _asked_for_code(request: HttpRequest) -> HttpResponse | None:
    return redirect("second-factor") if enrolment.is_needed(request, _user(request)) else None


@login_required
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """The list of codes; one that does not open any more is to be made anew."""
    return _lost_list(request) or view_recovery_codes(request)


@login_required
def recovery_codes_file(request: HttpRequest) -> HttpResponse:
    """The same list as a file."""
    return _lost_list(request) or download_recovery_codes(request)


def _lost_list(request: HttpRequest) -> HttpResponse | None:
    kept = Authenticator.objects.filter(
        user=_user(request), type=Authenticator.Type.RECOVERY_CODES
    ).first()
    if kept is None or factor_seals.is_readable(kept):
        return None
    messages.warning(request, _("Your list of codes no longer works. Make a new one."))
    return redirect("mfa_generate_recovery_codes")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def again_by_code(request: HttpRequest) -> HttpResponse:
    """Prove oneself again by a code to one's address; not for accounts with a second factor."""
    user, back = _user(request), joining.next_of(request)
    if factors.has(user):
        return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': back})}")
    waiting = _waiting(request)
    form = CodeForm()
    if request.method == "POST":
        if "code" not in request.POST:
            return _send(request, user, back)
        form = CodeForm(request.POST)
        if form.is_valid() and _is_right(request, waiting, form.cleaned_data["code"]):
            record_authentication(request, user, method="code", reauthenticated=True)
            return redirect(back or "account_email")
        form.add_error("code", _("That is not the code. Look at the newest mail."))
    context: dict[str, Any] = {"form": form, "is_sent": bool(waiting), "back": back}
    context["reauthentication_alternatives"] = [
        method | {"url": f"{method['url']}?{urlencode({'next': back})}"}
        for method in get_adapter().get_reauthentication_methods(user)
        if method["url"] != request.path
    ]
    status = 422 if request.method == "POST" else 200
    return render(request, "account/reauthenticate_by_code.html", context, status=status)


def _send(request: HttpRequest, user: User, back: str) -> HttpResponse:
    # By account, not by browser and not by code: neither a new one nor five wrong ones start anew.
    mails = f"code again:{user.pk}"
    if not limits.one_more(mails, most=joining.MOST_MAILS, seconds=joining.SECONDS):
        messages.warning(request, _("No more codes for now: try again in a quarter of an hour."))
    else:
        code = get_adapter().generate_login_code()
        row = {"code": code, "at": time.time(), "id": secrets.token_urlsafe(16)}
        request.session[AGAIN] = row
        told = {"request": request, "code": code}
        get_adapter().send_mail("account/email/login_code", user.email, told)
    return redirect(f"{request.path}?{urlencode({'next': back})}")


def _waiting(request: HttpRequest) -> dict[str, Any]:
    row: dict[str, Any] = request.session.get(AGAIN) or {}
    is_young = bool(row) and time.time() - float(row["at"]) < joining.SECONDS
    return row if is_young and limits.so_far(_tries(row)) < joining.MOST_TRIES else {}


def _is_right(request: HttpRequest, waiting: dict[str, Any], typed: str) -> bool:
    if not waiting:
        return False
    allowed = limits.one_more(_tries(waiting), most=joining.MOST_TRIES, seconds=2 * joining.SECONDS)
    if not allowed or not constant_time_compare(
        joining.plain(typed), joining.plain(waiting["code"])
    ):
        return False
    del request.session[AGAIN]
    return True


def _tries(waiting: dict[str, Any]) -> str:
    return f"code again tries:{waiting['id']}"


@login_required
def email(request: HttpRequest) -> HttpResponse:
    """The account's addresses. Whoever changes them can get in with them, so it is asked again."""
    return _asked_again(request) or library.email(request)


@login_required
def set_password(request: HttpRequest) -> HttpResponse:
    """A first password: no old one is asked for, so it is asked again."""
    return _asked_again(request) or library.password_set(request)


def _asked_again(request: HttpRequest) -> HttpResponse | None:
    if request.method != "POST" or step_up.is_recent(request):
        return None
    return redirect_to_login(request.path, reverse("account_reauthenticate"))


def _user(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise Http404
    return request.user
