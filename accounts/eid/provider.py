"""allauth's OpenID provider, made so that nothing of a person's own data gets beyond this file.

The claims are read once, turned into what is kept (claims.py), and dropped: allauth is given a
login without a name, an address or a token.
"""

import hashlib
import secrets
from typing import Any, cast

from allauth.socialaccount.models import SocialAccount, SocialLogin, SocialToken
from allauth.socialaccount.providers.base import ProviderException
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from accounts.eid import claims, tokens

ENDPOINTS = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")


class WrongAnswer(ProviderException):  # type: ignore[misc]
    """The provider, or whoever spoke in its place, answered what it should not."""


class Refused(ProviderException):  # type: ignore[misc]
    """The provider answered well, and it is not enough; the cause says what is missing."""


class EidLogin(SocialLogin):  # type: ignore[misc]
    """A login that knows a person by what is kept of them, and by nothing else."""

    identified: claims.Identified


class EidConnection(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """The talk between this site and a provider, for one attempt."""

    # What was put aside when the attempt began.
    state: dict[str, Any]

    @property
    def openid_config(self) -> dict[str, Any]:
        """The provider's own description of itself, from where it is supposed to be."""
        try:
            config = super().openid_config
            described = {word: str(config[word]) for word in ENDPOINTS if word in config}
        except (TypeError, ValueError) as error:
            raise WrongAnswer("configuration") from error
        issuer = self.get_provider().app.settings["server_url"]
        if described.get("issuer", "").rstrip("/") != issuer or len(described) < len(ENDPOINTS) - 1:
            raise WrongAnswer("configuration")
        return cast("dict[str, Any]", config)

    def complete_login(
        self, request: HttpRequest, app: Any, token: SocialToken, **kwargs: Any
    ) -> EidLogin:
        """From the provider's answer to a person, as far as they are known here."""
        answer = kwargs["response"]
        try:
            said = tokens.read(
                str(answer.get("id_token", "")),
                config=self.openid_config,
                client_id=app.client_id,
                nonce=str(self.state.get("nonce", "")),
            )
        except tokens.WrongToken as error:
            raise WrongAnswer(str(error)) from None
        if app.settings["fetch_userinfo"]:
            said = {**self._told_beside(token, subject=said["sub"]), **said}
        try:
            identified = claims.read(said, app.settings, today=timezone.localdate())
        except (claims.NoNumber, claims.TooLittleAssurance) as refused:
            raise Refused from refused
        provider = self.get_provider()
        # Never saved: the proof of identity is all that stays (accounts/identity.py).
        uid = hashlib.sha256(identified.name.current[1].encode()).hexdigest()
        account = SocialAccount(provider=provider.sub_id, uid=uid)
        login = EidLogin(provider=provider, account=account)
        login.identified = identified
        return login

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        """Where the provider sends the person back to."""
        return request.build_absolute_uri(reverse("eid-callback", args=[app.provider_id]))

    def parse_token(self, data: dict[str, Any]) -> SocialToken:
        """The token for asking more, without the one for asking later: nobody will."""
        return SocialToken(token=str(data["access_token"]))

    def _told_beside(self, token: SocialToken, *, subject: str) -> dict[str, Any]:
        told = self._fetch_user_info(token.token)
        # Otherwise another person's data could be slipped in beside the token.
        if not isinstance(told, dict) or told.get("sub") != subject:
            raise WrongAnswer("userinfo")
        return told


class EidProvider(OpenIDConnectProvider):  # type: ignore[misc]
    """An identity provider of this site's OIDC_PROVIDERS."""

    oauth2_adapter_class = EidConnection

    def begin(
        self, request: HttpRequest, *, process: str, next_url: str, account_id: int | None
    ) -> HttpResponse:
        """Send the person to the provider, with everything put aside that comes back is held to."""
        nonce = secrets.token_urlsafe(32)
        settings = self.app.settings
        parameters = {"nonce": nonce, "ui_locales": (get_language() or "en").split("-")[0]}
        if settings["acr_values"]:
            parameters["acr_values"] = " ".join(settings["acr_values"])
        return cast(
            "HttpResponse",
            self.redirect(
                request,
                process,
                next_url=next_url,
                auth_params=parameters,
                nonce=nonce,
                account_id=account_id,
            ),
        )


class Callback(OAuth2CallbackView):  # type: ignore[misc]
    """allauth's own way back, with the attempt's nonce within reach of the token's check."""

    def _get_state(self, request: HttpRequest, provider: Any) -> Any:
        state, response = super()._get_state(request, provider)
        self.adapter.state = state or {}
        return state, response


provider_classes = [EidProvider]
