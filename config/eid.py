"""Verifying who one is, and signing in, with a state's own sign-in; the pages around it.

The provider's answer is read in accounts/eid. Here it becomes a proof of identity, joined with
what a field worker entered for the same person before.
"""

from typing import Any, Final
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter as account_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base import ProviderException
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from requests import RequestException

from accounts import identity, joining
from accounts.eid import claims
from accounts.eid.provider import Callback, EidConnection, EidLogin, EidProvider, Refused
from accounts.models import IdentityProof, User
from config import one_person
from deliberate.models import Place

VERIFY: Final = "verify"
SIGN_IN: Final = "sign-in"
# What providers say of a person who said no (the second is TARA's).
CANCELLED: Final = {"access_denied", "user_cancel"}


class EidAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """What allauth asks us while somebody comes back from a provider."""

    def list_apps(
        self, _request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """The providers of OIDC_PROVIDERS only: no secret of theirs is ever in the database."""
        apps: Any = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
        return [
            SocialApp(provider="openid_connect", **app)
            for app in apps
            if provider in {None, "openid_connect", app["provider_id"]}
            and client_id in {None, app["client_id"]}
        ]

    def pre_social_login(self, request: HttpRequest, sociallogin: EidLogin) -> None:
        """Everything that follows is ours: allauth saves no account, no address, no token."""
        if sociallogin.state.get("process") == SIGN_IN:
            raise ImmediateHttpResponse(_signed_in(request, sociallogin))
        raise ImmediateHttpResponse(_verified(request, sociallogin))

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """Say what went wrong in a sentence, and the way back; nothing of it is logged."""
        state = (extra_context or {}).get("state") or {}
        raise ImmediateHttpResponse(
            _refusal(request, provider, state, _sentence(request, exception), status=403)
        )


def is_offered() -> bool:
    """Whether the site has a provider."""
    return bool(settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"])


@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Verify who you are: what is asked, what is kept and what is not."""
    user = request.user
    proof = IdentityProof.objects.filter(user=user).first() if user.is_authenticated else None
    context = {"proof": proof, "area": _area(proof), "verified_by": _who_verified(request, proof)}
    return _page(request, "eid/identity.html", context)


@never_cache
@require_POST
def start(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Send the person to the provider: to verify the account they are signed in with, or into
    the one that they verified before.
    """
    if not _exists(request, provider_id):
        raise Http404
    provider: EidProvider = get_adapter().get_provider(request, provider=provider_id)
    wants_other = request.POST.get("act") == SIGN_IN
    verifies = request.user.is_authenticated and not wants_other
    process = VERIFY if verifies else SIGN_IN
    state = {"next": joining.next_of(request), "process": process}
    try:
        response = provider.begin(
            request,
            process=process,
            next_url=state["next"],
            account_id=request.user.pk if verifies else None,
        )
    except (RequestException, OAuth2Error, ProviderException):
        return _refusal(request, provider, state, _sentence(request), status=503)
    return response


@never_cache
@require_http_methods(["GET", "HEAD"])
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Where the provider sends the person back to."""
    if not _exists(request, provider_id):
        return redirect("identity")
    view = Callback.adapter_view(EidConnection(request, provider_id))
    response: HttpResponse = view(request)
    return response


def _verified(request: HttpRequest, login: EidLogin) -> HttpResponse:
    """Keep the proof, if the one who began is the one who came back."""
    user, state = request.user, login.state
    if not isinstance(user, User) or user.pk != state.get("account_id"):
        return _refusal(request, login.provider, state, _sentence(request), status=403)
    found = login.identified
    try:
        one_person.prove(
            user=user,
            provider=login.provider.sub_id,
            number=found.name,
            assurance=found.assurance,
            area=found.area if Place.objects.filter(slug=found.area).exists() else "",
            over_16=found.over_16,
        )
    except identity.AnotherPerson:
        sentence = _(
            "This account was verified as another person before. An account stays with the "
            "person whose it is. Nothing was changed."
        )
        return _refusal(request, login.provider, state, sentence, status=409)
    except identity.AlreadyProved:
        sentence = _(
            "You have verified another account of yours here. One person has one voice, so this "
            "account stays as it is: go on with the other one."
        )
        return _refusal(request, login.provider, state, sentence, status=409, has_other=True)
    messages.success(request, _("Your identity is verified. Your number and name were not kept."))
    return redirect(joining.path_here(state.get("next")) or reverse("identity"))


def _signed_in(request: HttpRequest, login: EidLogin) -> HttpResponse:
    """Let the person into the account that they verified with this provider before."""
    proof = identity.find(login.identified.name)
    if proof is None or proof.user is None or proof.provider != login.provider.sub_id:
        sentence = _(
            "There is no account that was verified this way. Sign in as you are used to, or make "
            "an account, and verify it then."
        )
        return _refusal(request, login.provider, login.state, sentence, status=403)
    if request.user.is_authenticated:
        account_adapter(request).logout(request)
    # Without the hash: a session names nobody.
    record_authentication(request, proof.user, "socialaccount", provider=proof.provider)
    response: HttpResponse = perform_login(
        request, proof.user, redirect_url=joining.path_here(login.state.get("next")) or None
    )
    return response


def _sentence(request: HttpRequest, exception: Exception | None = None) -> str:
    cause = exception.__cause__ if isinstance(exception, Refused) else None
    if request.GET.get("error") in CANCELLED:
        return _("You stopped before you were identified. Nothing was changed.")
    if isinstance(cause, claims.TooLittleAssurance):
        return _(
            "The way you identified yourself is not sure enough for this site. Try again with "
            "an identity card or another strong way. Nothing was changed."
        )
    if isinstance(cause, claims.NoNumber):
        return _("The provider sent no identity number that can be used. Nothing was changed.")
    return _("That did not work. Nothing was changed; try again in a moment.")


def _refusal(
    request: HttpRequest,
    provider: EidProvider,
    state: dict[str, Any],
    sentence: str,
    *,
    status: int,
    has_other: bool = False,
) -> HttpResponse:
    back = joining.path_here(state.get("next"))
    context = {
        "sentence": sentence,
        "provider": provider,
        "next": back,
        "has_other": has_other,
        "signs_in": state.get("process") == SIGN_IN,
    }
    return _page(request, "eid/refused.html", context, status=status)


def _page(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page whose forms may lead to the providers: browsers hold a form's redirect to that too."""
    providers = get_adapter().list_providers(request)
    back = joining.next_of(request)
    sign_in = f"{reverse('account_login')}?{urlencode({'next': back})}" if back else ""
    context = {"providers": providers, "next": back, "sign_in_url": sign_in, **context}
    response = render(request, template, context, status=status)
    origins = [provider.app.settings["sign_in_origin"] for provider in providers]
    if origins:
        response._csp_update = {"form-action": origins}  # type: ignore[attr-defined]
    return response


def _exists(request: HttpRequest, provider_id: str) -> bool:
    return any(app.provider_id == provider_id for app in get_adapter().list_apps(request))


def _who_verified(request: HttpRequest, proof: IdentityProof | None) -> str:
    """The provider's name; of one that the site has no more, what it was called in the file."""
    if proof is None:
        return ""
    names = {app.provider_id: app.name for app in get_adapter().list_apps(request)}
    names |= {"counter": _("the council's counter"), identity.FIELD_WORKER: _("a field worker")}
    return names.get(proof.provider, proof.provider)


def _area(proof: IdentityProof | None) -> Place | None:
    return Place.objects.filter(slug=proof.area).first() if proof and proof.area else None
