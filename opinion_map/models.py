"""The rows of opinion maps: what was drawn, from which votes, and who is drawing."""

from typing import Any

from django.db import models
from django.utils import timezone

from deliberate.models import Conversation


class OpinionMap(models.Model):
    """One drawing of a conversation's map, kept as it was published."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="opinion_maps")
    # The conversation's version before its votes were read: a vote in between is drawn twice,
    # never missed.
    votes_version = models.BigIntegerField()
    votes_sha256 = models.CharField(max_length=64)
    # With which an overseer can show that the published hash of an `aggregate` map is of these
    # votes; without it nobody finds them by trying.
    votes_salt = models.BinaryField(max_length=32, default=bytes)
    code_version = models.CharField(max_length=40)
    # The whole document of format opinion-map/1, participants included.
    document = models.JSONField[dict[str, Any], dict[str, Any]]()
    # What of it everyone may read: all of it in an `open` conversation, else counts and shapes.
    public = models.JSONField[dict[str, Any], dict[str, Any]]()
    # By which people are placed on it; in an `aggregate` conversation from published numbers alone.
    model = models.JSONField[dict[str, Any], dict[str, Any]](default=dict)
    # How long drawing took, and how long the oldest vote in it had waited for a map.
    seconds = models.FloatField()
    lag_seconds = models.FloatField(null=True)
    drawn_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        indexes = [
            # Holds all that the list of versions asks for: the rows themselves are large.
            models.Index(
                fields=["conversation", "-id", "votes_version", "drawn_at"], name="map_versions"
            )
        ]

    def __str__(self) -> str:
        return f"map of {self.conversation_id} at {self.votes_version}"


class PublishedRow(models.Model):
    """A row of an `aggregate` conversation's map as it was published last, and who counted in it.

    It moves again when enough of them count otherwise (`maths.steps`).
    """

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="published_rows")
    # The statement's number, or `maths.PEOPLE`.
    row = models.IntegerField()
    # As it stands in the document, its groups by the letters that were shown.
    shown = models.JSONField[dict[str, Any], dict[str, Any]]()
    # Of how many groups and with which letters.
    letters = models.CharField(max_length=8)
    # Participants and what each counted as, packed by `rows.py`: as it was published last, and
    # before that with groups that are hidden in it.
    entries = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "row"], name="published_row_once")
        ]

    def __str__(self) -> str:
        return f"row {self.row} of {self.conversation_id}"


class Drawing(models.Model):
    """Where the drawing of one conversation stands; a worker holds it by a lease, not a lock.

    A lock held while a map is computed would stop every vote on SQLite.
    """

    conversation = models.OneToOneField(Conversation, models.CASCADE, related_name="drawing")
    votes_version = models.BigIntegerField(default=0)
    last_change = models.BigIntegerField(default=0)
    taken_until = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"drawing of {self.conversation_id}"
