"""Petitions, what was done with each, and the signatures under them."""

import secrets
from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import identity_keys
from accounts.models import User
from deliberate.folding import SearchableField
from petitions import constraints, wording
from petitions.models.councils import Council
from petitions.models.reviews import CouncilReview
from petitions.transitions import Action, Actor, State
from record.append_only import AppendOnly, AppendOnlyQuerySet


def new_secret() -> bytes:
    """A petition's own secret, under which its signers' keys are made."""
    return secrets.token_bytes(32)


class PetitionQuerySet(models.QuerySet["Petition"]):
    def with_cards(self) -> "PetitionQuerySet":
        """With everything that a list shows of each, in a fixed number of queries."""
        return self.select_related("council").prefetch_related(
            "council__texts",
            Prefetch("reviews", CouncilReview.objects.select_related("outcome")),
        )

    def with_assisted(self) -> "PetitionQuerySet":
        """With how many of the signatures that count came with a field worker's help."""
        helped = Signature.objects.filter(
            petition=OuterRef("pk"),
            state=Signature.State.VALID,
            channel=Signature.Channel.ASSISTED,
        )
        counted = helped.order_by().values("petition").annotate(number=models.Count("pk"))
        return self.annotate(assisted=Subquery(counted.values("number")))

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
        """Those that this person wrote, the newest first; drafts too, but none thrown away."""
        thrown_away = Q(state=State.WITHDRAWN, opened_at__isnull=True)
        own = self.filter(creator=user).exclude(thrown_away)
        return own.order_by("-created_at", "-id").with_cards()

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
    # Empty once the petition has been over for long: its signatures are a number then.
    secret = models.BinaryField(max_length=32, default=new_secret, editable=False, blank=True)
    # Which of the site's keys its signers' keys are made with.
    key_id = models.CharField(max_length=16, default=identity_keys.current_id, editable=False)
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
    def review(self) -> CouncilReview | None:
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

    class Channel(models.TextChoices):
        OWN = "own", _("by themselves")
        ASSISTED = "assisted", _("with a field worker's help")

    petition = models.ForeignKey(Petition, models.CASCADE, related_name="signatures")
    person_key = models.BinaryField(max_length=32, editable=False)
    # Who gave it: the signer, or a field worker with their consent.
    channel = models.CharField(max_length=8, choices=Channel, default=Channel.OWN.value)
    state = models.CharField(max_length=10, choices=State, default=State.VALID)
    # The beginning of the council's day (signatures.py).
    signed_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = constraints.SIGNATURE
        indexes = [
            models.Index(
                fields=["petition"],
                condition=Q(channel="assisted"),
                name="signature_assisted",
            )
        ]

    def __str__(self) -> str:
        return f"signature {self.pk}"
