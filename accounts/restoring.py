"""Lets an office-holder in who lost every second factor; this module alone writes it down.

Neither a password nor a mailbox can do it. One operator proposes, another approves, each proving
themselves by a code of their own app; a day later the lost factors go. The account is told at
once, and stops it by signing in with a factor that was not lost after all. The public record says
each time that it happened, and names nobody.
"""

from datetime import timedelta
from typing import Final

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import account_mail, enrolment, offices, second_factor, sign_ins
from accounts.models import AccessRestoration, Role, User
from record import lines

WAIT: Final = timedelta(hours=24)
# Of an approval that never came.
PROPOSAL_LASTS: Final = timedelta(days=7)


class RestorationRefused(Exception):
    """It may not be done; the sentence says why, to an operator at a console."""


def propose(*, user: User, operator: User, code: str) -> AccessRestoration:
    """Ask for it.

    Raises:
        RestorationRefused: by no operator, for oneself, for nobody who needs it, or twice.
    """
    _require_operator(operator, code)
    if operator.pk == user.pk:
        raise RestorationRefused("Nobody restores their own access.")
    if not second_factor.has(user):
        raise RestorationRefused("This account has no second factor that it could have lost.")
    _forget_old_proposals(user)
    try:
        with transaction.atomic():
            row = AccessRestoration.objects.create(user=user, proposed_by=operator)
            _tell(row, "proposed")
    except IntegrityError:
        raise RestorationRefused("It is proposed already; another operator approves it.") from None
    return row


def approve(*, user: User, operator: User, code: str) -> AccessRestoration:
    """Agree to it; a day later it is done.

    Raises:
        RestorationRefused: nobody proposed it, or the same operator did.
    """
    _require_operator(operator, code)
    _forget_old_proposals(user)
    with transaction.atomic():
        row = _pending(user)
        if row.approved_at is not None:
            raise RestorationRefused("It is approved already.")
        if operator.pk in {row.proposed_by_id, user.pk}:
            raise RestorationRefused("Another operator than the one who proposed it approves it.")
        row.approved_by, row.approved_at = operator, timezone.now()
        row.save(update_fields=["approved_by", "approved_at"])
        _tell(row, "approved")
    return row


def stop(user: User) -> bool:
    """Stop whatever is under way for that account; whether there was something."""
    with transaction.atomic():
        row = _find(user)
        if row is None:
            return False
        row.stopped_at = timezone.now()
        row.save(update_fields=["stopped_at"])
        enrolment.forget(user)
        _tell(row, "stopped")
    return True


def step() -> int:
    """Do those whose day has passed; how many. Runs in the background, in many processes."""
    due = AccessRestoration.objects.filter(
        done_at__isnull=True, stopped_at__isnull=True, approved_at__lte=timezone.now() - WAIT
    )
    done = 0
    for pk in due.values_list("pk", flat=True):
        with transaction.atomic():
            row = (
                AccessRestoration.objects.select_for_update(of=("self",), skip_locked=True)
                .select_related("user")
                .filter(pk=pk, done_at__isnull=True, stopped_at__isnull=True)
                .first()
            )
            if row is not None:
                _do(row)
                done += 1
    return done


def _do(row: AccessRestoration) -> None:
    """The factors go and every session ends; the office stays shut until there is a new factor."""
    Authenticator.objects.filter(user=row.user).delete()
    sign_ins.end_all(row.user)
    row.done_at = timezone.now()
    row.save(update_fields=["done_at"])
    _tell(row, "done")


def _tell(row: AccessRestoration, step_name: str) -> None:
    lines.append(kind=f"access.{step_name}", subject="/", facts={})
    told = {"step": step_name, "hours": int(WAIT.total_seconds() // 3600)}

    def send() -> None:
        account_mail.send(row.user, template="restoration", **told)

    transaction.on_commit(send, robust=True)


def _find(user: User) -> AccessRestoration | None:
    return (
        AccessRestoration.objects.select_for_update(of=("self",))
        .filter(user=user, done_at__isnull=True, stopped_at__isnull=True)
        .first()
    )


def _pending(user: User) -> AccessRestoration:
    row = _find(user)
    if row is None:
        raise RestorationRefused("Nobody has proposed it. One operator proposes, another approves.")
    return row


def _forget_old_proposals(user: User) -> None:
    AccessRestoration.objects.filter(
        user=user,
        approved_at__isnull=True,
        stopped_at__isnull=True,
        proposed_at__lt=timezone.now() - PROPOSAL_LASTS,
    ).update(stopped_at=timezone.now())


def _require_operator(operator: User, code: str) -> None:
    if Role.OPERATOR not in offices.of(operator):
        raise RestorationRefused("Only an operator may do this.")
    row = Authenticator.objects.filter(user=operator, type=Authenticator.Type.TOTP).first()
    if row is None or not TOTP(row).validate_code(code.strip()):
        raise RestorationRefused("That is not the code of the operator's app.")
