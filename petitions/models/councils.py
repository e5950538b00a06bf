"""Councils, their names in other languages, and who holds a seat in their offices."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from deliberate.models import Place
from deliberate.wording import best
from petitions import constraints


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
        READER = "reader", _("Reader")

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
