"""Names the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeliberateConfig(AppConfig):
    name = "deliberate"
    verbose_name = _("Deliberate")
