"""The council's queue: a review for each petition that crossed its threshold, and its outcome."""

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from petitions import clocks, constraints, wording
from petitions.models.councils import CouncilMember


class CouncilReviewQuerySet(models.QuerySet["CouncilReview"]):
    def unanswered(self) -> "CouncilReviewQuerySet":
        """Those that the council still has to answer."""
        return self.exclude(state=CouncilReview.State.ANSWERED)

    def overdue(self) -> "CouncilReviewQuerySet":
        """Those whose answer is late, the latest first."""
        return (
            self.unanswered()
            .filter(answer_due_at__lt=timezone.now())
            .order_by("answer_due_at", "id")
        )

    def with_petitions(self) -> "CouncilReviewQuerySet":
        """With everything that a queue shows of each, in a fixed number of queries."""
        return self.select_related(
            "petition__council", "checked_out_by", "outcome"
        ).prefetch_related("petition__council__texts")


class CouncilReview(models.Model):
    """A petition's place in its council's queue, made once, when the threshold was crossed."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting for the council")
        IN_REVIEW = "in_review", _("In review")
        ANSWERED = "answered", _("Answered")

    petition = models.ForeignKey("petitions.Petition", models.PROTECT, related_name="reviews")
    threshold = models.PositiveIntegerField()
    count_at_crossing = models.PositiveIntegerField()
    crossed_at = models.DateTimeField()
    answer_due_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    checked_out_by = models.ForeignKey(
        CouncilMember, models.PROTECT, null=True, blank=True, related_name="checked_out"
    )
    checked_out_until = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    # Raised when it changes hands and when it is answered: a clerk who saw an older one is told.
    version = models.PositiveIntegerField(default=0)

    objects = CouncilReviewQuerySet.as_manager()

    class Meta:
        ordering = ["answer_due_at", "id"]
        constraints = constraints.REVIEW
        indexes = [models.Index(fields=["state", "answer_due_at"])]

    def __str__(self) -> str:
        return f"review {self.pk} of petition {self.petition_id}"

    def get_absolute_url(self) -> str:
        """The clerks' page for it."""
        return reverse("council:review", args=[self.pk])

    @property
    def is_held(self) -> bool:
        """Whether a clerk has it checked out and the time for it has not run out."""
        return self.checked_out_until is not None and timezone.now() < self.checked_out_until

    @property
    def is_overdue(self) -> bool:
        """Whether the answer is late, or came late."""
        return (self.answered_at or timezone.now()) > self.answer_due_at

    @property
    def days_late(self) -> int:
        """Days since the answer was due, begun ones too."""
        return max(1, -self.days_left)

    @property
    def days_left(self) -> int:
        """Whole days until the answer is due, by the council's calendar; below 0 when late."""
        zone = self.petition.council.time_zone
        return clocks.days_between(timezone.now(), self.answer_due_at, zone=zone)


class OutcomeQuerySet(models.QuerySet["Outcome"]):
    def recent(self) -> "OutcomeQuerySet":
        """The latest answers of all councils, with their petitions."""
        return (
            self.select_related("review__petition__council")
            .prefetch_related("review__petition__council__texts")
            .order_by("-decided_at", "-id")
        )


class Outcome(models.Model):
    """A council's answer. Who entered it is kept and never shown: the office answers."""

    class Kind(models.TextChoices):
        ACCEPTED = "accepted", _("Accepted")
        PARTLY = "partly", _("Accepted in part")
        FORWARDED = "forwarded", _("Forwarded to the body that decides on it")
        OTHERWISE = "otherwise", _("Resolved in another way")
        REJECTED = "rejected", _("Rejected")

    review = models.OneToOneField(CouncilReview, models.PROTECT, related_name="outcome")
    kind = models.CharField(max_length=10, choices=Kind)
    reasons = models.CharField(max_length=wording.LONGEST_REASONS)
    language = models.CharField(max_length=12)
    decided_by = models.ForeignKey(CouncilMember, models.PROTECT, related_name="outcomes")
    decided_at = models.DateTimeField()

    objects = OutcomeQuerySet.as_manager()

    class Meta:
        ordering = ["-decided_at", "-id"]
        constraints = constraints.OUTCOME

    def __str__(self) -> str:
        return f"{self.kind}: review {self.review_id}"
