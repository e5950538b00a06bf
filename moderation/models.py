"""The rows of moderation: reports by anyone, decisions by moderators."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from deliberate.models import Statement
from moderation import constraints
from moderation.reasons import REJECTION, Restoration
from record.append_only import AppendOnly, AppendOnlyQuerySet
from record.models import RecordLine


class Decision(AppendOnly):
    """What one moderator decided about a statement, in the version they saw. Never changed.

    Whoever decided is kept to keep people out of their own cases, and is shown to nobody.
    """

    class Action(models.TextChoices):
        ACCEPT = "accept", _("Accept it")
        REJECT = "reject", _("Reject it")
        KEEP = "keep", _("Keep it: it breaks no rule")
        RESTORE = "restore", _("Restore it")

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="decisions")
    action = models.CharField(max_length=8, choices=Action)
    reason = models.CharField(max_length=12, choices=[*REJECTION, *Restoration.choices], blank=True)
    # To the statement's author, in the moderator's words.
    explanation = models.TextField(blank=True)
    version = models.PositiveIntegerField()
    moderator = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(default=timezone.now)
    line = models.OneToOneField(RecordLine, models.PROTECT, related_name="decision")

    objects: ClassVar[models.Manager["Decision"]] = AppendOnlyQuerySet["Decision"].as_manager()

    class Meta:
        ordering = ["id"]
        constraints = constraints.DECISION

    def __str__(self) -> str:
        return f"{self.action} statement {self.statement_id}"


class ReportQuerySet(models.QuerySet["Report"]):
    def open(self) -> "ReportQuerySet":
        """Those that no decision has answered."""
        return self.filter(resolved_by__isnull=True)


class Report(models.Model):
    """That somebody thinks a statement breaks a rule; whoever it was is a pseudonym."""

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="reports")
    # The reporter's pseudonym in the conversation, whether they take part in it or not.
    reporter_key = models.BinaryField(max_length=32, editable=False)
    reason = models.CharField(max_length=12, choices=REJECTION)
    explanation = models.CharField(max_length=1000, blank=True)
    # Whether the reporter's words and pseudonym are gone; the report is still counted.
    is_forgotten = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    resolved_by = models.ForeignKey(
        Decision, models.PROTECT, null=True, blank=True, related_name="resolved_reports"
    )

    objects: ClassVar[models.Manager["Report"]] = ReportQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = constraints.REPORT
        indexes = [models.Index(fields=["reporter_key", "created_at"])]

    def __str__(self) -> str:
        return f"{self.reason} on statement {self.statement_id}"
