"""Names the app, and hands its projector down to the live room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OpinionMapConfig(AppConfig):
    name = "opinion_map"
    verbose_name = _("Opinion map")

    def ready(self) -> None:
        from deliberate import positions, snapshot  # noqa: PLC0415  (models are not loaded earlier)
        from opinion_map import snapshots  # noqa: PLC0415

        positions.provide(snapshots.placing)
        snapshot.provide(snapshots.newest_version)
