"""The pages of one step: an e-mail address, the code that comes to it, and on one goes.

Also the way from a page without cookies, such as a petition's, into its act: `?act=sign`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from django import forms
from django.contrib import messages
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import resolve, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import joining, kept_acts
from config import kept_acts as kinds
from config import notices
from config.kept_acts import Kind


class AddressForm(forms.Form):
    """Where the code goes."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "dir": "ltr"}),
    )


class PasswordForm(forms.Form):
    """For who wants to sign in without a code next time."""

    password1 = forms.CharField(
        label=gettext_lazy("Password"),
        required=False,
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "dir": "ltr"}),
        help_text=gettext_lazy("At least 12 characters. Without one, a code comes each time."),
    )

    def clean_password1(self) -> str:
        """No weaker than any other password here."""
        password: str = self.cleaned_data["password1"]
        if password:
            validate_password(password)
        return password


class CodeForm(forms.Form):
    """What came by mail."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters", "dir": "ltr"}
        ),
    )


@dataclass(frozen=True)
class Asked:
    """An act that the page or its link names, on the page of its matter."""

    name: str
    path: str

    @property
    def kind(self) -> Kind:
        """What is said of it."""
        return ACTS[self.name][0]

    def keep(self, request: HttpRequest) -> str:
        """Keep it until somebody is in; the address that goes on with it."""
        return ACTS[self.name][1](request, self.path)


def _sign(request: HttpRequest, path: str) -> str:
    form = {"action": "sign"} | _follow(request)
    return kept_acts.keep_form(request, path=path, form=urlencode(form))


def _be_told(request: HttpRequest, path: str) -> str:
    form = urlencode({"path": path, "follow": "yes"})
    return kept_acts.keep_form(request, path=reverse("follow"), form=form)


def _follow(request: HttpRequest) -> dict[str, str]:
    return {"follow": "yes"} if request.POST.get("follow") == "yes" else {}


# What a link may begin: nothing that anyone else could be harmed by, and only on its own pages.
ACTS: Final[Mapping[str, tuple[Kind, Callable[[HttpRequest, str], str]]]] = {
    "sign": (kinds.SIGNATURE, _sign),
    "follow": (kinds.FOLLOW, _be_told),
}


@sensitive_post_parameters("password1")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Ask for the address and send it a code, whether an account has it or not."""
    back = joining.next_of(request)
    if request.user.is_authenticated:
        return redirect(back or "home")
    asked = _asked(request, back)
    if request.POST.get("way") == "password":
        query = urlencode({"next": _kept(request, asked, back)})
        return redirect(f"{reverse('account_login')}?{query}")
    waiting = joining.find(request)
    form = AddressForm(request.POST or None, initial={"email": waiting.email if waiting else ""})
    secret = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and secret.is_valid():
        joining.begin(
            request,
            email=form.cleaned_data["email"],
            password=secret.cleaned_data["password1"],
            next_url=_kept(request, asked, back),
        )
        return redirect("account_confirm_login_code")
    context = _context(request, back, asked) | {"form": form, "secret": secret}
    status = 422 if request.method == "POST" else 200
    return render(request, "account/signup.html", context, status=status)


def _asked(request: HttpRequest, back: str) -> Asked | None:
    """The act that is named, if it is one that can be done on the page that is named with it."""
    name = (request.POST if request.method == "POST" else request.GET).get("act", "")
    path = urlsplit(back).path
    if name not in ACTS or not notices.may_be_followed(path):
        return None
    if name == "sign" and resolve(path).view_name != "petitions:petition":
        return None
    return Asked(name, path)


def _kept(request: HttpRequest, asked: Asked | None, back: str) -> str:
    """Where to go on: with the act that the form names, if it names one."""
    return (asked.keep(request) or back) if asked else back


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """Take the code, and on one goes."""
    waiting = joining.find(request)
    if request.user.is_authenticated:
        return redirect((waiting and waiting.next) or "home")
    if waiting is None:
        if request.method == "POST":
            messages.error(request, _("That code is no longer valid. Ask for a new one."))
        return redirect("account_signup")
    if request.POST.get("action") == "resend":
        if joining.send_again(request, waiting):
            messages.success(request, _("A new code is on its way. The old one no longer works."))
        return redirect("account_confirm_login_code")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        if joining.is_right(request, waiting, form.cleaned_data["code"]):
            return joining.finish(request, waiting)
        if joining.find(request) is None:
            messages.error(request, _("That code is no longer valid. Ask for a new one."))
            return redirect(f"{reverse('account_signup')}?{urlencode({'next': waiting.next})}")
        form.add_error("code", _("That is not the code. Look at the newest mail."))
    context = _context(request, waiting.next, None) | {
        "form": form,
        "email": waiting.email,
        "may_send_again": joining.may_send_again(waiting),
        "another": f"{reverse('account_signup')}?{urlencode({'next': waiting.next})}",
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "account/confirm_login_code.html", context, status=status)


def _context(request: HttpRequest, back: str, asked: Asked | None) -> dict[str, Any]:
    """What waits to be done, and the other ways in."""
    query = QueryDict(mutable=True)
    if back:
        query["next"] = back
    tail = f"?{query.urlencode(safe='/')}" if query else ""
    return {
        "back": back,
        "act": asked.name if asked else "",
        "waiting": kinds.waiting(asked.kind, asked.path) if asked else kinds.behind(request, back),
        "may_be_told": asked is not None and asked.name == "sign",
        "login_url": reverse("account_login") + tail,
    }
