"""The rows of petitions and councils. Each table has one writing module:

Council, CouncilText, CouncilMember: councils · Petition: creators (the draft), lifecycle (its
state), signatures (its count) · PetitionTransition: lifecycle · Signature: signatures ·
CouncilReview, Outcome: reviews
"""

import secrets
from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from deliberate.folding import SearchableField
from deliberate.models import Place
from deliberate.wording import best
from petitions import clocks, constraints, wording
from petitions.transitions import Action, Actor, State
from record.append_only import AppendOnly, AppendOnlyQuerySet


def new_secret() -> bytes:
    """A petition's own secret, under which its signers' keys are made."""
    return secrets.token_bytes(32)


def site_zone() -> str:
    """The zone in which a council counts its days unless it says otherwise."""
    return settings.TIME_ZONE


class Council(models.Model):
    """A body that must answer petitions, with the rule that it declares for new ones."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    language = models.CharField(max_length=12, default="en")
    # Whose council it is; a petition is at home where its council is.
    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="councils")
    population = models.PositiveIntegerField()
    threshold_number = models.PositiveIntegerField(null=True, blank=True)
    threshold_share = models.DecimalField(max_digits=6, decimal_places=5, null=True, blank=True)
    collecting_days = models.PositiveSmallIntegerField(default=180)
    answer_days = models.PositiveSmallIntegerField(default=60)
    time_zone = models.CharField(max_length=64, default=site_zone)
    is_demo = models.BooleanField(default=False)

    class Meta:
        ordering = ["name", "id"]
        constraints = constraints.COUNCIL

    def __str__(self) -> str:
        return self.name

    @property
    def name_here(self) -> str:
        """The name in the reader's language; fetch `texts` beforehand for lists."""
        return self._here[0]

    @property
    def language_here(self) -> str:
        """The language that `name_here` is in."""
        return self._here[1]

    @property
    def _here(self) -> tuple[str, str]:
        if self.language == get_language():
            return self.name, self.language
        text = best(self.texts.all(), original=self.language)
        return (text.name, text.language) if text else (self.name, self.language)


class CouncilText(models.Model):
    """A council's name in another language."""

    council = models.ForeignKey(Council, models.CASCADE, related_name="texts")
    language = models.CharField(max_length=12)
    name = models.CharField(max_length=200)

    class Meta:
        constraints = constraints.COUNCIL_TEXT

    def __str__(self) -> str:
        return f"{self.language}: {self.name}"


class CouncilMember(models.Model):
    """A seat in a council's office. It outlives the account, because decisions point to it."""

    class Role(models.TextChoices):
        CLERK = "clerk", _("Clerk")

    council = models.ForeignKey(Council, models.CASCADE, related_name="members")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="council_seats",
    )
    role = models.CharField(max_length=8, choices=Role, default=Role.CLERK)
    appointed_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = constraints.COUNCIL_MEMBER

    def __str__(self) -> str:
        return f"{self.role} #{self.pk}"


class PetitionQuerySet(models.QuerySet["Petition"]):
    def with_cards(self) -> "PetitionQuerySet":
        """With everything that a list shows of each, in a fixed number of queries."""
        return self.select_related("council").prefetch_related(
            "council__texts",
            Prefetch("reviews", CouncilReview.objects.select_related("outcome")),
        )

    def public(self) -> "PetitionQuerySet":
        """Those that anyone may read: opened once, whatever became of them."""
        return self.filter(opened_at__isnull=False).order_by("-opened_at", "-id").with_cards()

    def collecting(self) -> "PetitionQuerySet":
        """Those that can be signed now, the newest first."""
        return self.public().filter(state=State.COLLECTING, collecting_until__gt=timezone.now())

    def nearly_there(self) -> "PetitionQuerySet":
        """Those that can be signed and have not reached their threshold, the nearest first."""
        share = Cast("signature_count", models.FloatField()) / F("threshold")
        return (
            self.collecting()
            .filter(threshold_reached_at__isnull=True)
            .order_by(share.desc(), "collecting_until", "id")
        )

    def with_council(self) -> "PetitionQuerySet":
        """Those that wait for a council's answer, the longest waiting first."""
        waiting = CouncilReview.objects.filter(petition=OuterRef("pk")).unanswered()
        return self.public().filter(Exists(waiting)).order_by("threshold_reached_at", "id")

    def answered(self) -> "PetitionQuerySet":
        """Those that a council has answered, the latest answer first."""
        answers = CouncilReview.objects.filter(
            petition=OuterRef("pk"), state=CouncilReview.State.ANSWERED
        ).order_by("-answered_at")
        return (
            self.public()
            .alias(answered_at=Subquery(answers.values("answered_at")[:1]))
            .filter(answered_at__isnull=False)
            .order_by("-answered_at", "-id")
        )

    def of_creator(self, user: User) -> "PetitionQuerySet":
        """Those that this person wrote, drafts included, the newest first."""
        return self.filter(creator=user).order_by("-created_at", "-id").with_cards()

    def with_words(self, words: str) -> "PetitionQuerySet":
        """Those whose title or text holds the words."""
        return self.filter(Q(title__icontains=words) | Q(text__icontains=words))


class Petition(models.Model):
    """A request to a council.

    While it is a draft its creator may change it. When it opens, its text is fixed and the
    council's rule is copied onto it, so that no later setting rewrites what people signed.
    """

    council = models.ForeignKey(Council, models.PROTECT, related_name="petitions")
    creator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="petitions",
    )
    # Comes with the form, so that sending it twice makes one draft.
    draft_key = models.UUIDField(default=uuid4, editable=False)
    title = models.CharField(max_length=wording.LONGEST_TITLE)
    text = models.CharField(max_length=wording.LONGEST_TEXT)
    language = models.CharField(max_length=12, default="en")
    # Raised with every change of the draft.
    version = models.PositiveIntegerField(default=0)
    state = models.CharField(
        max_length=10,
        choices=[
            (State.DRAFT.value, _("Draft")),
            (State.COLLECTING.value, _("Collecting signatures")),
            (State.CLOSED.value, _("Closed")),
            (State.WITHDRAWN.value, _("Withdrawn")),
        ],
        default=State.DRAFT.value,
    )
    created_at = models.DateTimeField(default=timezone.now)
    opened_at = models.DateTimeField(null=True, blank=True)
    frozen_text_hash = models.CharField(max_length=64, blank=True)
    threshold = models.PositiveIntegerField(null=True, blank=True)
    collecting_until = models.DateTimeField(null=True, blank=True)
    answer_days = models.PositiveSmallIntegerField(null=True, blank=True)
    signature_count = models.PositiveIntegerField(default=0)
    threshold_reached_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    secret = models.BinaryField(max_length=32, default=new_secret, editable=False)
    is_demo = models.BooleanField(default=False)
    search_words = SearchableField("title", "text")

    objects = PetitionQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = constraints.PETITION
        indexes = [
            models.Index(fields=["state", "collecting_until"]),
            models.Index(fields=["opened_at"]),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("petitions:petition", args=[self.pk])

    @property
    def reference(self) -> str:
        """The number to name it by on the telephone and on paper."""
        return f"P-{self.pk}"

    @property
    def takes_signatures(self) -> bool:
        """Whether it can be signed at this moment; the transaction of a signature asks again."""
        return (
            self.state == State.COLLECTING
            and self.collecting_until is not None
            and timezone.now() < self.collecting_until
        )

    @property
    def missing(self) -> int:
        """How many signatures are missing to the threshold."""
        return max(0, (self.threshold or 0) - self.signature_count)

    @property
    def is_intact(self) -> bool:
        """Whether the stored words are those that it opened with."""
        return not self.frozen_text_hash or self.frozen_text_hash == wording.fingerprint(
            title=self.title, text=self.text, language=self.language
        )

    @property
    def review(self) -> "CouncilReview | None":
        """The council's review of it, if it crossed its threshold."""
        return next(iter(self.reviews.all()), None)


class PetitionTransition(AppendOnly):
    """One act on a petition, kept for ever."""

    petition = models.ForeignKey(Petition, models.PROTECT, related_name="transitions")
    from_state = models.CharField(max_length=10, blank=True)
    to_state = models.CharField(max_length=10)
    action = models.CharField(
        max_length=10,
        choices=[
            (Action.SAVE.value, _("The draft was saved")),
            (Action.OPEN.value, _("Opened for signatures")),
            (Action.WITHDRAW.value, _("Withdrawn by its creator")),
            (Action.REACH.value, _("Reached its threshold and entered the council's queue")),
            (Action.CLOSE.value, _("The time for signatures ended")),
            (Action.ANSWER.value, _("Answered by the council")),
        ],
    )
    actor = models.CharField(
        max_length=8,
        choices=[
            (Actor.CREATOR.value, _("Creator")),
            (Actor.COUNCIL.value, _("Council")),
            (Actor.SYSTEM.value, _("By the rules, automatically")),
        ],
    )
    signature_count = models.PositiveIntegerField()
    at = models.DateTimeField()

    objects: ClassVar[models.Manager["PetitionTransition"]] = AppendOnlyQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = constraints.TRANSITION

    def __str__(self) -> str:
        return f"{self.petition_id}: {self.from_state} {self.action} {self.to_state}"


class Signature(models.Model):
    """One person's signature under one petition.

    `person_key` is made from the account's key under the petition's own secret and a key
    outside the database (signatures.py): no column leads from here to an account, and the same
    person's rows under two petitions have nothing in common.
    """

    class State(models.TextChoices):
        VALID = "valid", _("Valid")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    petition = models.ForeignKey(Petition, models.CASCADE, related_name="signatures")
    person_key = models.BinaryField(max_length=32, editable=False)
    state = models.CharField(max_length=10, choices=State, default=State.VALID)
    signed_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = constraints.SIGNATURE

    def __str__(self) -> str:
        return f"signature {self.pk}"


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

    petition = models.ForeignKey(Petition, models.PROTECT, related_name="reviews")
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
