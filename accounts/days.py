"""Moments of an account are stored by the day alone.

To the second they would lead from an account to what its person did in the rooms then: the sign-in
just before a vote, the wish to be told that came with a signature.
"""

from datetime import UTC, datetime
from typing import Any

from django.db import models


def day_of(moment: datetime) -> datetime:
    """The beginning of that day, in UTC."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


class DayField(models.DateTimeField[Any, Any]):
    """A moment of which only the day is stored, whatever is assigned."""

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """The day, which the instance has from now on too."""
        moment = super().pre_save(model_instance, add)
        if moment is not None:
            moment = day_of(moment)
            setattr(model_instance, self.attname, moment)
        return moment

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        """The same for what an update assigns."""
        day = day_of(value) if isinstance(value, datetime) else value
        return super().get_db_prep_save(day, connection)
