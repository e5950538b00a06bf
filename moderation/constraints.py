"""The rules of reports and decisions that the database itself keeps."""

from django.db.models import CheckConstraint, Q, UniqueConstraint

from moderation.reasons import CODES, Restoration

REPORT = [
    UniqueConstraint(
        fields=["statement", "reporter_key"],
        condition=Q(resolved_by__isnull=True),
        name="report_one_open",
    ),
    CheckConstraint(name="report_known_reason", condition=Q(reason__in=CODES)),
]
DECISION = [
    # Two moderators who saw the same thing: one decides.
    UniqueConstraint(fields=["statement", "version"], name="decision_one_per_version"),
    CheckConstraint(
        name="decision_with_its_reason",
        condition=Q(action="reject", reason__in=CODES) & ~Q(explanation="")
        | Q(action="restore", reason__in=Restoration.values) & ~Q(explanation="")
        | Q(action__in=["accept", "keep"], reason=""),
    ),
]
