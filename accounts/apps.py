"""Names the app, and listens to the libraries that sign people in and out."""

from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from accounts import days


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        from allauth.account.signals import (  # noqa: PLC0415
            password_changed,
            password_reset,
            password_set,
        )
        from allauth.mfa.signals import authenticator_added, authenticator_used  # noqa: PLC0415
        from django.contrib.auth.signals import user_logged_in  # noqa: PLC0415
        from django.db.models.signals import pre_save  # noqa: PLC0415

        user_logged_in.connect(_begin, dispatch_uid="accounts.sign_ins.begin")
        for signal in (password_changed, password_set):
            signal.connect(_renew, dispatch_uid="accounts.sign_ins.renew")
        password_reset.connect(_end_all, dispatch_uid="accounts.sign_ins.end_after_reset")
        pre_save.connect(
            _by_the_day, sender="mfa.Authenticator", dispatch_uid="accounts.days.authenticator"
        )
        authenticator_added.connect(_proved, dispatch_uid="accounts.step_up.proved")
        authenticator_used.connect(_stop_restoring, dispatch_uid="accounts.restoring.stop")


def _begin(*, request: Any, user: Any, **_more: Any) -> None:
    from accounts import sign_ins  # noqa: PLC0415  (needs the models)

    sign_ins.begin(request, user)


def _by_the_day(*, instance: Any, **_more: Any) -> None:
    # The library's own table: its moments are kept as the accounts' are.
    instance.created_at = days.day_of(instance.created_at)
    if instance.last_used_at is not None:
        instance.last_used_at = days.day_of(instance.last_used_at)


def _renew(*, request: Any, user: Any, **_more: Any) -> None:
    from accounts import sign_ins  # noqa: PLC0415  (needs the models)

    sign_ins.renew_key(request, user)


def _end_all(*, request: Any, user: Any, **_more: Any) -> None:
    from accounts import sign_ins  # noqa: PLC0415  (needs the models)

    sign_ins.end_after_reset(request, user)


def _stop_restoring(*, user: Any, **_more: Any) -> None:
    from accounts import restoring  # noqa: PLC0415  (needs the models)

    # A factor that is used was not lost; a recovery code is one of those that would go.
    restoring.stop(user)


def _proved(*, request: Any, user: Any, authenticator: Any, **_more: Any) -> None:
    from accounts import enrolment, step_up  # noqa: PLC0415  (needs the models)

    enrolment.forget(user)
    step_up.prove(request, user, authenticator)
