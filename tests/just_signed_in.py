"""Browsers in which somebody has just proved who they are, as sign-in leaves them."""

from allauth.account.internal.flows.login import (
    AUTHENTICATION_METHODS_SESSION_KEY,
    record_authentication,
)
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.http import HttpRequest
from django.test import Client

from accounts.models import User


def sign_in(client: Client, user: User, *, factor: bool = False, ago: float = 0.0) -> Client:
    """Sign the account in, so many seconds ago; with `factor` by a second factor too."""
    client.force_login(user)
    request = HttpRequest()
    request.session = client.session
    record_authentication(request, user, "password")
    if factor:
        record_authentication(request, user, "mfa", type="totp", id=give_factor(user).pk)
    for record in request.session[AUTHENTICATION_METHODS_SESSION_KEY]:
        record["at"] -= ago
    request.session.save()
    return client


def give_factor(user: User) -> Authenticator:
    """The account's app that makes codes, made where there is none."""
    found = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    return found or TOTP.activate(user, generate_totp_secret()).instance
