"""The code that an office needs to add its first second factor; this module alone writes it down.

Without it whoever reads the mailbox of a new office-holder could set a factor up before them and
be let in with it. The code is printed for the operator who gives the office, who hands it over by
another way than e-mail; of it a keyed hash is kept for some days. It is asked for where offices
must have a factor, and of nobody who has one.
"""

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare, get_random_string

from accounts import joining, second_factor
from accounts.models import EnrolmentCode, User

LASTS: Final = timedelta(days=7)
# No vowels, so that no word comes of it, and nothing that looks like a digit.
LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ"
SESSION_KEY: Final = "enrolment"


def issue(user: User) -> str:
    """A new code for the account, printed once; an earlier one is void."""
    letters = get_random_string(12, LETTERS)
    EnrolmentCode.objects.update_or_create(
        user=user,
        defaults={"code_hash": _hash(user, letters), "expires_at": timezone.now() + LASTS},
    )
    return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def for_console(user: User) -> str:
    """What the command that gives an office prints besides; nothing where no code is needed."""
    return f"\n{told(user, issue(user))}" if second_factor.is_missing(user) else ""


def told(user: User, code: str) -> str:
    """The code with what to do with it, for an operator at a console."""
    return (
        f"{user.email} needs this code to add a passkey or an app: {code}\n"
        f"It is valid for {LASTS.days} days. Hand it over in person or by telephone, not by e-mail."
    )


def is_needed(request: HttpRequest, user: User) -> bool:
    """Whether the code has to be typed in this browser before a factor is added."""
    if not second_factor.is_missing(user):
        return False
    row = _valid(user)
    return row is None or request.session.get(SESSION_KEY) != row.code_hash


def is_right(request: HttpRequest, user: User, typed: str) -> bool:
    """Whether that is the account's code; then this browser may add the first factor."""
    row = _valid(user)
    if row is None or not constant_time_compare(row.code_hash, _hash(user, joining.plain(typed))):
        return False
    request.session[SESSION_KEY] = row.code_hash
    return True


def forget(user: User) -> None:
    """The code is used, or not to be used any more."""
    EnrolmentCode.objects.filter(user=user).delete()


def forget_old(*, now: datetime) -> int:
    """Delete those that are no longer valid; how many."""
    return EnrolmentCode.objects.filter(expires_at__lte=now).delete()[0]


def _valid(user: User) -> EnrolmentCode | None:
    return EnrolmentCode.objects.filter(user=user, expires_at__gt=timezone.now()).first()


def _hash(user: User, letters: str) -> str:
    key = hashlib.sha256(b"enrolment:" + settings.SECRET_KEY.encode()).digest()
    return hmac.new(key, f"{user.pk}:{letters}".encode(), hashlib.sha256).hexdigest()
