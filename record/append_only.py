"""Rows that are added once and stay: changing or deleting them through a model is an error."""

from typing import Any, NoReturn, TypeVar

from django.db import models

M = TypeVar("M", bound=models.Model, covariant=True)


class AppendOnlyViolation(RuntimeError):
    """Code tried to change or delete a row that must stay as it was added."""


class AppendOnlyQuerySet(models.QuerySet[M]):
    """Finds and adds rows, and does nothing else."""

    def update(self, **_fields: Any) -> NoReturn:
        raise AppendOnlyViolation(f"{self.model.__name__} rows are never changed.")

    def bulk_update(self, *_rows: Any, **_options: Any) -> NoReturn:
        raise AppendOnlyViolation(f"{self.model.__name__} rows are never changed.")

    def delete(self) -> NoReturn:
        raise AppendOnlyViolation(f"{self.model.__name__} rows are never deleted.")


class AppendOnly(models.Model):
    """A row that can be saved once."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the row; a second save is refused."""
        if not self._state.adding:
            raise AppendOnlyViolation(f"{type(self).__name__} rows are never changed.")
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise AppendOnlyViolation(f"{type(self).__name__} rows are never deleted.")
