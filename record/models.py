"""The rows of the public record."""

from typing import Any, ClassVar

from django.db import models

from record.append_only import AppendOnly, AppendOnlyQuerySet


class RecordLineQuerySet(AppendOnlyQuerySet["RecordLine"]):
    def sealed(self) -> "RecordLineQuerySet":
        """Those in the chain, in its order."""
        return self.filter(sequence__isnull=False).order_by("sequence")


class RecordLine(AppendOnly):
    """One public fact: what was done, to what, when. Added once, sealed once, never changed.

    `sequence`, `previous_hash` and `line_hash` stay empty until the background step seals the
    line, so that appending takes no lock. Personal content is present only as `personal_hash`,
    a hash salted with a PersonalSalt that can be erased.
    """

    kind = models.CharField(max_length=64)
    subject = models.CharField(max_length=200)
    facts = models.JSONField[dict[str, Any], dict[str, Any]](default=dict)
    personal_hash = models.CharField(max_length=64, blank=True)
    appended_at = models.DateTimeField()
    sequence = models.BigIntegerField(null=True, unique=True)
    previous_hash = models.CharField(max_length=64, blank=True)
    line_hash = models.CharField(max_length=64, blank=True)

    objects: ClassVar[models.Manager["RecordLine"]] = RecordLineQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["kind", "id"])]
        constraints = [
            models.CheckConstraint(
                name="record_line_sealed_whole",
                condition=models.Q(sequence__isnull=True, line_hash="", previous_hash="")
                | models.Q(sequence__gte=1) & ~models.Q(line_hash="") & ~models.Q(previous_hash=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"

    @property
    def page(self) -> str:
        """The path to link to, or nothing where the subject is not a page of this site."""
        local = self.subject.startswith("/") and self.subject[1:2] not in {"/", "\\"}
        return self.subject if local else ""


class PersonalSalt(models.Model):
    """What is needed to prove what a personal hash was made of; erased with the content."""

    line = models.OneToOneField(RecordLine, models.CASCADE, related_name="salt")
    salt = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return f"salt of line {self.line_id}"
