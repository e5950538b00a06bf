"""Names the app that holds the site's own commands."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"
    verbose_name = "Site"

    def ready(self) -> None:
        from config import checks, data_checks  # noqa: F401, PLC0415  (registers them)
