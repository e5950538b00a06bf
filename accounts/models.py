"""Accounts, the roles they hold, and proofs of who a person is."""

import secrets
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.days import DayField


def new_key() -> bytes:
    """A random key by which an account is known to the rooms, instead of its number."""
    return secrets.token_bytes(32)


class UserManager(BaseUserManager["User"]):
    """Makes accounts; who may see them is nobody but themselves."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create an account with a hashed password (or none, for signing in by code)."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create the operator's account."""
        return self.create_user(email, password, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person's account: an address to sign in with, a name to show if they want one."""

    email = models.EmailField(_("e-mail address"), unique=True)
    display_name = models.CharField(_("name to show"), max_length=80, blank=True)
    is_active = models.BooleanField(default=True)
    date_joined = DayField(default=timezone.now)
    last_login = DayField(null=True, blank=True)
    # In which their mail is written; the language they read in when they chose it or signed up.
    language = models.CharField(max_length=12, blank=True)
    wants_mail = models.BooleanField(default=True)
    # Pseudonyms and signatures are derived from this key, never from the primary key: whoever
    # holds a backup without the site's own key cannot walk from one to the other.
    participation_key = models.BinaryField(max_length=32, default=new_key, editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()

    def __str__(self) -> str:
        return self.display_name or str(_("a participant"))

    @property
    def is_staff(self) -> bool:
        """Django's own word; nothing but its library code asks it."""
        return self.is_superuser

    def get_full_name(self) -> str:
        """The name the person chose to show."""
        return str(self)


class Role(models.TextChoices):
    """What somebody may do beyond being a citizen; clerks belong to a council (petitions).

    What exactly is in matrix.csv.
    """

    MODERATOR = "moderator", _("Moderator")
    # Helps people to take part: translates what they wrote.
    FACILITATOR = "facilitator", _("Facilitator")
    # Hears appeals against what other moderators decided.
    SENIOR_MODERATOR = "senior_moderator", _("Senior moderator")
    # Reads everything that is not sealed, and acts on nothing.
    OVERSEER = "overseer", _("Overseer")
    # Keeps the site running, and reads nobody's words for it.
    OPERATOR = "operator", _("Operator")
    # Helps people without a phone of their own to take part.
    FIELD_WORKER = "field_worker", _("Field worker")


class RoleGrant(models.Model):
    """One role, held by one account."""

    user = models.ForeignKey(User, models.CASCADE, related_name="role_grants")
    role = models.CharField(max_length=32, choices=Role)
    granted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "role"], name="role_grant_once"),
            models.CheckConstraint(
                name="role_grant_known_role", condition=models.Q(role__in=Role.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} #{self.pk}"


class IdentityProof(models.Model):
    """That a person was identified; neither their number nor their name is ever stored.

    `number_hash` is HMAC-SHA256 of the canonical number under the key named `key_id`, which
    lives outside the database. Beside it stands only what a conversation may ask for: how sure
    the provider was, where the person lives, and whether they are 16.
    """

    class Assurance(models.TextChoices):
        LOW = "low", _("low")
        SUBSTANTIAL = "substantial", _("substantial")
        HIGH = "high", _("high")

    # None: somebody whom a field worker helped and who has no account yet.
    user = models.OneToOneField(User, models.CASCADE, null=True, related_name="identity_proof")
    provider = models.CharField(max_length=40)
    assurance = models.CharField(
        max_length=11, choices=Assurance, default=Assurance.SUBSTANTIAL.value
    )
    number_hash = models.CharField(max_length=64)
    key_id = models.CharField(max_length=16)
    # The slug of a place of deliberate's, where the provider tells it.
    area = models.CharField(max_length=80, blank=True)
    over_16 = models.BooleanField(null=True)
    # By which somebody without an account is known to the rooms, until an account takes it over.
    person_key = models.BinaryField(max_length=32, null=True, editable=False)
    proved_at = DayField(default=timezone.now)

    class Meta:
        constraints = [
            # One person, one proof: whatever the provider, and however the number was written.
            models.UniqueConstraint(
                fields=["key_id", "number_hash"], name="identity_proof_one_per_person"
            ),
            models.CheckConstraint(
                name="identity_proof_of_somebody",
                condition=models.Q(user__isnull=False) | models.Q(person_key__isnull=False),
            ),
            models.CheckConstraint(
                name="identity_proof_known_assurance",
                condition=models.Q(assurance__in=["low", "substantial", "high"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} #{self.pk}"


class Assistance(models.Model):
    """That a field worker helped somebody to take part, with their consent (assistance.py).

    It says who helped and in what, so that help can be capped and answered for; of the person
    who was helped it says nothing.
    """

    class Consent(models.TextChoices):
        SPOKEN = "spoken", _("They said yes")
        WRITTEN = "written", _("They signed a paper")

    worker = models.ForeignKey(User, models.CASCADE, related_name="assistances")
    path = models.CharField(max_length=200)
    consent = models.CharField(max_length=7, choices=Consent)
    # In which the consent was read out.
    language = models.CharField(max_length=12)
    day = models.DateField()
    at = DayField(default=timezone.now)
    # It was done, and is still to be told of in the public record.
    awaits_record = models.BooleanField(default=False)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["worker", "day"])]

    def __str__(self) -> str:
        return f"assistance #{self.pk} in {self.path}"


class Follow(models.Model):
    """That a person asked to be told what becomes of a page's matter; stored until they stop."""

    user = models.ForeignKey(User, models.CASCADE, related_name="follows")
    path = models.CharField(max_length=200)
    since = DayField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["path", "user"], name="follow_once")]

    def __str__(self) -> str:
        return f"follow #{self.pk} of {self.path}"


class Notice(models.Model):
    """One piece of news for one person: on their page of notices, and once by mail.

    It is also its own outbox: `mailed_at` is empty until the mail has gone out.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=40)
    path = models.CharField(max_length=200)
    # What the sentence says beside the kind: days, numbers, a zone. No word of anybody.
    facts = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    read_at = DayField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            # The same news twice is one notice, however often a task runs.
            models.UniqueConstraint(fields=["user", "kind", "path"], name="notice_once")
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=models.Q(mailed_at__isnull=True),
                name="notice_to_mail",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"


class SignIn(models.Model):
    """That an account is signed in on a device, so that its person can see it and end it.

    The device in a few words ("Firefox, Android"), and no address of the network.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="sign_ins")
    session_key = models.CharField(max_length=40, unique=True, editable=False)
    device = models.CharField(max_length=40, blank=True)
    since = DayField(default=timezone.now)
    seen_at = DayField(default=timezone.now)

    def __str__(self) -> str:
        return f"sign-in #{self.pk}"


class EnrolmentCode(models.Model):
    """That an office may add its first second factor with a code, of which this is a keyed hash."""

    user = models.OneToOneField(User, models.CASCADE, related_name="enrolment_code")
    code_hash = models.CharField(max_length=64)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"enrolment code #{self.pk}"


class AccessRestoration(models.Model):
    """That an office-holder who lost every second factor may set up a new one: two operators' act.

    The two differ, and a day lies between the second one's word and the deed.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="restorations")
    proposed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    proposed_at = models.DateTimeField(default=timezone.now)
    approved_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(done_at__isnull=True, stopped_at__isnull=True),
                name="restoration_one_at_a_time",
            ),
            models.CheckConstraint(
                name="restoration_of_two_operators",
                condition=models.Q(approved_by__isnull=True)
                | models.Q(proposed_by__isnull=True)
                | ~models.Q(approved_by=models.F("proposed_by")),
            ),
            models.CheckConstraint(
                name="restoration_done_after_approval",
                condition=models.Q(done_at__isnull=True) | models.Q(approved_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"restoration #{self.pk}"
