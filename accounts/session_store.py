"""Sessions in the database that end with a day: the row would tell when it was last stored.

A session knows whose it is and is stored when somebody signs in, maybe on the way to a vote.
"""

from datetime import timedelta
from typing import Any, Final

from django.contrib.sessions.backends import db

from accounts.days import day_of

DAY: Final = timedelta(days=1)


class SessionStore(db.SessionStore):
    """As Django's own; those that last for days end at the end of one."""

    def create_model_instance(self, data: Any) -> Any:
        """The row to store."""
        row = super().create_model_instance(data)
        return _until_the_day_ends(row, self.get_expiry_age())

    async def acreate_model_instance(self, data: Any) -> Any:
        """The row to store."""
        row = await super().acreate_model_instance(data)
        return _until_the_day_ends(row, await self.aget_expiry_age())


def _until_the_day_ends(row: Any, age_seconds: int) -> Any:
    if age_seconds >= DAY.total_seconds():
        row.expire_date = day_of(row.expire_date) + DAY
    return row
