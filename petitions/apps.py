"""Names the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PetitionsConfig(AppConfig):
    name = "petitions"
    verbose_name = _("Petitions")

    def ready(self) -> None:
        """Seats in a council are offices too."""
        from accounts import offices  # noqa: PLC0415  (models come first)
        from petitions import councils  # noqa: PLC0415

        offices.also(councils.offices_of)
