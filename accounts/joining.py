"""Signing in, or making an account, by one code to an e-mail address: the same for both.

Nobody is asked whether an account exists until the code is typed, so neither the pages nor their
time tell. What is on its way is kept in the browser's session; tries and mails are counted in the
cache, where requests that come together are not counted as one.
"""

import secrets
import time
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import EmailAddress, Login
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.utils.translation import get_language

from accounts import limits
from accounts.models import User

SESSION_KEY: Final = "joining"
SECONDS: Final = 15 * 60
MOST_TRIES: Final = 5
MOST_MAILS: Final = 4
# Longer than the last of the codes is valid.
COUNTED: Final = (MOST_MAILS + 1) * SECONDS


@dataclass(frozen=True)
class Joining:
    """Somebody who was sent a code."""

    # Under which tries and mails are counted.
    id: str
    email: str
    code: str
    at: float
    # Where they go then; checked to be of this site.
    next: str
    # Hashed at once, for both kinds of address alike; an account that exists keeps its own.
    password: str = ""


def begin(request: HttpRequest, *, email: str, password: str = "", next_url: str = "") -> None:
    """Send a code to the address and wait for it."""
    joining = Joining(
        id=secrets.token_urlsafe(16),
        email=email.lower(),
        code=get_adapter().generate_login_code(),
        at=time.time(),
        next=next_url,
        password=make_password(password) if password else "",
    )
    _may_send(joining)
    _keep(request, joining)
    _send(request, joining)


def find(request: HttpRequest) -> Joining | None:
    """Whoever waits for a code in this browser, while it is valid."""
    row = request.session.get(SESSION_KEY)
    if not isinstance(row, dict) or time.time() - float(row["at"]) > SECONDS:
        return None
    joining = Joining(**row)
    return joining if limits.so_far(_tries(joining)) < MOST_TRIES else None


def may_send_again(joining: Joining) -> bool:
    """Whether another mail may go to that address."""
    return limits.so_far(_mails(joining)) < MOST_MAILS


def send_again(request: HttpRequest, joining: Joining) -> bool:
    """A new code instead of the first one, if there may be one. Wrong tries stay counted."""
    if not _may_send(joining):
        return False
    fresh = replace(joining, code=get_adapter().generate_login_code(), at=time.time())
    _keep(request, fresh)
    _send(request, fresh)
    return True


def is_right(request: HttpRequest, joining: Joining, typed: str) -> bool:
    """Whether that is the code. Each try is counted before it is looked at; the last ends it."""
    allowed = limits.one_more(_tries(joining), most=MOST_TRIES, seconds=COUNTED)
    if allowed and constant_time_compare(plain(typed), plain(joining.code)):
        return True
    if limits.so_far(_tries(joining)) >= MOST_TRIES:
        forget(request)
    return False


def forget(request: HttpRequest) -> None:
    """Wait for no code any more."""
    request.session.pop(SESSION_KEY, None)


def finish(request: HttpRequest, joining: Joining) -> HttpResponse:
    """Sign the address's account in, made now if there is none; a second factor may come first."""
    forget(request)
    user, is_new = _account(joining)
    record_authentication(request, user, method="code", email=joining.email)
    return perform_login(
        request,
        Login(user=user, redirect_url=joining.next or None, signup=is_new, email=joining.email),
    )


def _account(joining: Joining) -> tuple[User, bool]:
    found = _find(joining.email)
    if found is not None:
        _confirm(found, joining.email)
        return found, False
    try:
        with transaction.atomic():
            user = User.objects.create_user(joining.email, language=get_language() or "")
            if joining.password:
                user.password = joining.password
                user.save(update_fields=["password"])
            EmailAddress.objects.create(user=user, email=joining.email, verified=True, primary=True)
    except IntegrityError:
        # Another browser with a code of the same address was first.
        found = _find(joining.email)
        if found is None:
            raise
        return found, False
    return user, True


def _find(email: str) -> User | None:
    row = EmailAddress.objects.filter(email=email, verified=True).select_related("user").first()
    return row.user if row else User.objects.filter(email=email).first()


def _confirm(user: User, email: str) -> None:
    """Whoever reads the mail owns the account; what a stranger set before them is void."""
    with transaction.atomic():
        addresses = EmailAddress.objects.select_for_update().filter(user=user)
        row = addresses.filter(email=email).first()
        if row is None:
            EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
        elif not row.verified:
            if not addresses.filter(verified=True).exists():
                user.set_unusable_password()
                user.save(update_fields=["password"])
            row.verified = True
            row.save(update_fields=["verified"])


def _may_send(joining: Joining) -> bool:
    return limits.one_more(_mails(joining), most=MOST_MAILS, seconds=COUNTED)


def _tries(joining: Joining) -> str:
    return f"joining tries:{joining.id}"


def _mails(joining: Joining) -> str:
    return f"joining mails:{joining.id}"


def _send(request: HttpRequest, joining: Joining) -> None:
    get_adapter().send_mail(
        "account/email/login_code", joining.email, {"request": request, "code": joining.code}
    )


def _keep(request: HttpRequest, joining: Joining) -> None:
    request.session[SESSION_KEY] = asdict(joining)


def plain(code: str) -> str:
    """A code without what people put between its letters."""
    return "".join(letter for letter in code.upper() if letter.isalnum())


def next_of(request: HttpRequest) -> str:
    """Where the request wants to go on, if that is on this site."""
    return path_here(request.POST.get("next") or request.GET.get("next") or "")


def path_here(wanted: Any) -> str:
    """The same address if it is a path of this site, and nothing if it is anything else."""
    # Without the slash Django's redirect() would take it for the name of a view.
    is_path = isinstance(wanted, str) and wanted.startswith("/")
    return wanted if is_path and get_adapter().is_safe_url(wanted) else ""
