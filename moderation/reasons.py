"""The reasons that a report or a decision may give."""

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from deliberate.models import Statement


class Restoration(models.TextChoices):
    """Why a rejected statement comes back."""

    MISTAKE = "mistake", _("It should not have been rejected")
    NEW_FACTS = "new-facts", _("What we know about it has changed")


# Imports bring their own rejections; nobody here gives that as a reason.
# A statement whose author took it away has no words left to judge.
REJECTION: Final = [
    choice for choice in Statement.Reason.choices if choice[0] not in {"imported", "withdrawn"}
]
CODES: Final = [code for code, _label in REJECTION]
# A rejected statement's text stays readable in the public log, except for these: showing it
# would do again what it was rejected for.
HIDDEN: Final = frozenset(
    {Statement.Reason.PERSONAL, Statement.Reason.INSULT, Statement.Reason.ILLEGAL}
)
