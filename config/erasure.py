"""A person's account is erased: one transaction over every room, then a mail that it is done.

What stays has no way back to them: counts of conversations that have closed, numbers of signatures
under petitions that are over, statements without their author, petitions without their creator,
and the lines of the public record, which hold no personal words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import sign_ins
from accounts.models import User
from deliberate import leaving as conversations
from moderation import reports
from petitions import leaving as petitions

# No account has this number.
NOBODY: Final = 0


@dataclass(frozen=True)
class Erased:
    """What was done, in numbers."""

    conversations: conversations.Left
    petitions: petitions.Left


def erase(user: User, *, browser_keys: Sequence[bytes] = (), remove_words: bool) -> Erased:
    """Erase the account and everything that leads to its person; all of it or nothing.

    With `remove_words` the texts of their statements go too; else these stay, without an author.
    """
    person_keys = [bytes(user.participation_key), *browser_keys]
    with transaction.atomic():
        # A second erasure waits here, and finds nobody.
        locked = User.objects.select_for_update().filter(pk=user.pk).first()
        if locked is None:
            return Erased(conversations.Left(), petitions.Left())
        done = Erased(
            conversations.leave(
                person_keys=person_keys, account_id=locked.pk, remove_words=remove_words
            ),
            petitions.leave(locked),
        )
        # After the conversations' rows: a decision answers its reports with that lock held.
        reports.disown(person_keys)
        sign_ins.end_all(locked)
        address, language = locked.email, locked.language
        locked.delete()
        transaction.on_commit(lambda: _confirm(address, language, done), robust=True)
    return done


def erase_browser(browser_key: bytes, *, remove_words: bool) -> conversations.Left:
    """Erase what was done in one browser without an account; it was the only way to that."""
    with transaction.atomic():
        done = conversations.leave(
            person_keys=[browser_key], account_id=NOBODY, remove_words=remove_words
        )
        reports.disown([browser_key])
    return done


def _confirm(address: str, language: str, done: Erased) -> None:
    """The last mail; the address is nowhere but in this call."""
    with translation.override(language or settings.LANGUAGE_CODE):
        send_mail(
            subject=_("Your account is erased"),
            message=render_to_string("accounts/mail/erased.txt", {"done": done}),
            from_email=None,
            recipient_list=[address],
        )
