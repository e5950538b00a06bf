"""The rows of conversations. Each table has one writing module; see docs/architecture.md."""

import secrets
from typing import Any, ClassVar, Final

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import identity_keys
from accounts.models import IdentityProof
from deliberate import constraints
from deliberate.folding import SearchableField


def new_secret() -> bytes:
    """A conversation's own secret, under which its pseudonyms are made."""
    return secrets.token_bytes(32)


class Choice(models.IntegerChoices):
    """A vote; the same signs everywhere. Absence means not seen."""

    AGREE = 1, _("Agree")
    PASS = 0, _("Pass")
    DISAGREE = -1, _("Disagree")


class Place(models.Model):
    """A district, a town, a village: where a conversation or a council is at home."""

    class Kind(models.TextChoices):
        PROVINCE = "province", _("Province")
        DISTRICT = "district", _("District")
        TOWN = "town", _("Town")
        VILLAGE = "village", _("Village")

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    language = models.CharField(max_length=12, default="en")
    # The name in other languages: {language: name}.
    names = models.JSONField(default=dict, blank=True)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.DISTRICT)
    within = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="parts")

    class Meta:
        ordering = ["name", "id"]
        constraints = constraints.PLACE

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The page of what goes on there."""
        return reverse("place", args=[self.slug])


# What people are told before their first vote: who may take part, and what is published of them.
RULES: Final = (
    *("participation", "data_policy"),
    *("least_assurance", "residents_only", "over_16_only"),
)


class RulesAreFixed(RuntimeError):
    """Code tried to change what people were told when they voted."""


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def update(self, **fields: Any) -> int:
        """Change the rows; not the rules of one in which anybody has voted.

        Raises:
            RulesAreFixed: somebody has.
        """
        if not fields.keys().isdisjoint(RULES) and self.filter(votes_version__gt=0).exists():
            raise RulesAreFixed
        return super().update(**fields)

    def public(self) -> "ConversationQuerySet":
        """Those that anyone may read: everything but drafts."""
        return self.exclude(state=Conversation.State.DRAFT)

    def taking_votes(self) -> "ConversationQuerySet":
        """Those that are open now, by the clock too."""
        now = timezone.now()
        return self.filter(state=Conversation.State.OPEN, opens_at__lte=now).exclude(
            closes_at__lte=now
        )


class Conversation(models.Model):
    """One topic that people deliberate on, with the rules it declared when it opened."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")

    class Moderation(models.TextChoices):
        OPEN = "open", _("Statements appear at once and are moderated afterwards")
        STRICT = "strict", _("Statements appear after a moderator accepted them")

    class Participation(models.TextChoices):
        ANYONE = "anyone", _("Anyone may take part, without registering")
        ACCOUNT = "account", _("For people with an account")
        VERIFIED = "verified", _("For people whose identity has been verified")

    class DataPolicy(models.TextChoices):
        AGGREGATE = "aggregate", _("Only counts and shapes of at least 10 people are published")
        OPEN = "open", _("Votes are published row by row, under pseudonyms")

    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=200)
    introduction = models.TextField(blank=True)
    # Who decides, and what is promised to come of it.
    promise = models.TextField(blank=True)
    # What came of it, once it is closed.
    result = models.TextField(blank=True)
    place = models.ForeignKey(
        Place, models.PROTECT, null=True, blank=True, related_name="conversations"
    )
    # Where imported votes come from and under which licence.
    source = models.TextField(blank=True)
    language = models.CharField(max_length=12, default="en")
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT)
    opens_at = models.DateTimeField(default=timezone.now)
    closes_at = models.DateTimeField(null=True, blank=True)
    moderation = models.CharField(max_length=8, choices=Moderation, default=Moderation.OPEN)
    participation = models.CharField(
        max_length=8, choices=Participation, default=Participation.ANYONE
    )
    # What it asks of verified people beside a proof: how sure, from its place, old enough.
    least_assurance = models.CharField(
        max_length=11,
        choices=IdentityProof.Assurance,
        default=IdentityProof.Assurance.LOW.value,
    )
    residents_only = models.BooleanField(default=False)
    over_16_only = models.BooleanField(default=False)
    data_policy = models.CharField(max_length=10, choices=DataPolicy, default=DataPolicy.AGGREGATE)
    statement_max_length = models.PositiveSmallIntegerField(
        default=280, validators=[MinValueValidator(40), MaxValueValidator(1000)]
    )
    # Raised in the transaction of every change that the opinion map would see.
    votes_version = models.BigIntegerField(default=0)
    # Numbers the news of the room: raised in the transaction of each (announcements.py).
    room_version = models.BigIntegerField(default=0)
    # Raised when the statements to vote on, their words or their priorities change.
    statements_version = models.BigIntegerField(default=0)
    # Whether everyone first votes on the statements that were there from the start.
    seeds_first = models.BooleanField(default=False)
    # People who erased their account while it was open, and their votes with it.
    withdrawn_participants = models.PositiveIntegerField(default=0)
    next_statement_number = models.PositiveIntegerField(default=0)
    is_demo = models.BooleanField(default=False)
    # Empty once the key is destroyed (keys.py): then nothing leads from a vote to an account.
    secret = models.BinaryField(max_length=32, default=new_secret, editable=False, blank=True)
    # Which of the site's keys its pseudonyms are made with.
    key_id = models.CharField(max_length=16, default=identity_keys.current_id, editable=False)
    key_destroyed_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    search_words = SearchableField("title", "introduction")

    objects: ClassVar[models.Manager["Conversation"]] = ConversationQuerySet.as_manager()

    class Meta:
        ordering = ["-opens_at", "-id"]
        constraints = constraints.CONVERSATION

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **options: Any) -> None:
        """Keep the row; not with other rules once anybody has voted.

        Raises:
            RulesAreFixed: somebody has.
        """
        names = options.get("update_fields")
        if not self._state.adding and (names is None or not set(RULES).isdisjoint(names)):
            voted_on = Conversation.objects.filter(pk=self.pk, votes_version__gt=0)
            told = voted_on.values_list(*RULES).first()
            if told not in {None, tuple(getattr(self, name) for name in RULES)}:
                raise RulesAreFixed
        super().save(*args, **options)

    def get_absolute_url(self) -> str:
        """The page to vote on."""
        return reverse("deliberate:conversation", args=[self.slug])

    @property
    def takes_votes(self) -> bool:
        """Whether it is open at this moment; the transaction of a vote asks again."""
        now = timezone.now()
        return (
            self.state == self.State.OPEN
            and self.opens_at <= now
            and (self.closes_at is None or now < self.closes_at)
        )


class ConversationText(models.Model):
    """A conversation's own words in another language."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="texts")
    language = models.CharField(max_length=12)
    title = models.CharField(max_length=200)
    introduction = models.TextField(blank=True)
    promise = models.TextField(blank=True)
    result = models.TextField(blank=True)
    search_words = SearchableField("title", "introduction")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "language"], name="conversation_text_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.language}: {self.title}"


class Participant(models.Model):
    """A pseudonym in one conversation.

    `key` is made from the account's or the browser's key under the conversation's secret and a
    key outside the database (participants.py), so that no column leads from a vote to an account.
    """

    class Channel(models.TextChoices):
        OWN = "own", _("by themselves")
        ASSISTED = "assisted", _("with a field worker's help")

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="participants")
    key = models.BinaryField(max_length=32, editable=False)
    # On which way they came in first.
    channel = models.CharField(max_length=8, choices=Channel, default=Channel.OWN.value)
    # Of their votes' changes, those that field workers entered: any other is the person's own.
    helped_changes = models.PositiveIntegerField(default=0)
    # Erased by their person: nobody's, and waits for the end of its history (leaving.py).
    has_left = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "key"], name="participant_once"),
            models.CheckConstraint(
                name="participant_known_channel",
                condition=models.Q(channel__in=["own", "assisted"]),
            ),
        ]
        indexes = [
            models.Index(
                fields=["conversation"],
                condition=models.Q(channel="assisted"),
                name="participant_assisted",
            ),
            models.Index(
                fields=["conversation"],
                condition=models.Q(has_left=True),
                name="participant_left",
            ),
        ]

    def __str__(self) -> str:
        return f"participant {self.pk}"


class StatementQuerySet(models.QuerySet["Statement"]):
    def accepted(self) -> "StatementQuerySet":
        """Those that people vote on."""
        return self.filter(state=Statement.State.ACCEPTED)


class Statement(models.Model):
    """A short statement that others agree or disagree with, numbered within its conversation."""

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting for a moderator")
        ACCEPTED = "accepted", _("Accepted")
        REJECTED = "rejected", _("Rejected")

    class Reason(models.TextChoices):
        OFF_TOPIC = "off-topic", _("It is not about this topic")
        DUPLICATE = "duplicate", _("Another statement already says this")
        SEVERAL = "several", _("It makes several points at once")
        PERSONAL = "personal", _("It has personal details of somebody")
        INSULT = "insult", _("It insults or threatens people")
        ILLEGAL = "illegal", _("It breaks the law")
        ADVERT = "advert", _("It is an advertisement")
        IMPORTED = "imported", _("It was rejected where it was imported from")
        WITHDRAWN = "withdrawn", _("Its author has taken it away")

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="statements")
    number = models.PositiveIntegerField()
    text = models.CharField(max_length=1000)
    language = models.CharField(max_length=12)
    # The text folded for comparison: the same words in other letters' case, spaces and marks.
    # Without a limit: some characters fold into words (U+FDFA into four, of 18 letters).
    folded = models.TextField(editable=False)
    search_words = SearchableField("text")
    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    rejection_reason = models.CharField(max_length=12, choices=Reason, blank=True)
    rejection_explanation = models.TextField(blank=True)
    is_seed = models.BooleanField(default=False)
    # Asks about the participant ("I live here"), so the map leaves it out.
    is_metadata = models.BooleanField(default=False)
    author = models.ForeignKey(
        Participant, models.SET_NULL, null=True, blank=True, related_name="statements"
    )
    # How much the map wants it shown next; new statements start above all others.
    priority = models.FloatField(default=constraints.NEW_STATEMENT_PRIORITY)
    created_at = models.DateTimeField(default=timezone.now)
    # The conversation's limit when it was written; a later one refuses nothing said before.
    length_limit = models.PositiveSmallIntegerField(default=1000)
    # Raised with every change of state: a moderator who saw an older one is told so (409).
    version = models.PositiveIntegerField(default=0)

    objects: ClassVar[models.Manager["Statement"]] = StatementQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = constraints.STATEMENT
        indexes = [models.Index(fields=["conversation", "state"])]

    def __str__(self) -> str:
        return self.text


class StatementWithdrawal(models.Model):
    """That the public record is still to say of a statement that its words were taken away."""

    statement = models.OneToOneField(Statement, models.CASCADE, related_name="+")
    # Drawn by lot, so that one person's statements are not told together (statements.py).
    told_on = models.DateField()

    def __str__(self) -> str:
        return f"withdrawal of statement {self.statement_id}"


class AuthorLink(models.Model):
    """The one way from a statement to its author's account: sealed, and opened only to tell them.

    The account's id is encrypted under a key made from the conversation's own and the site's
    (author_links.py), so that it ends with them.
    """

    statement = models.OneToOneField(Statement, models.CASCADE, related_name="author_link")
    sealed = models.BinaryField(max_length=64, editable=False)
    # The kind of news that is to be told, until its mail has gone out.
    news = models.CharField(max_length=40, blank=True)
    news_since = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"sealed author of statement {self.statement_id}"


class StatementText(models.Model):
    """A translation beside a statement's original; votes belong to the statement."""

    class Source(models.TextChoices):
        AUTHOR = "author", _("by its author")
        HUMAN = "human", _("by a translator")
        MACHINE = "machine", _("by a machine")

    statement = models.ForeignKey(Statement, models.CASCADE, related_name="texts")
    language = models.CharField(max_length=12)
    text = models.CharField(max_length=1000)
    source = models.CharField(max_length=8, choices=Source, default=Source.HUMAN)
    search_words = SearchableField("text")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["statement", "language"], name="statement_text_once")
        ]

    def __str__(self) -> str:
        return f"{self.language}: {self.text}"


class TranslationVersion(models.Model):
    """What a translation said from one moment on: kept when it is corrected or removed.

    Without a statement it is of the conversation's own words. No words at all: it was removed.
    """

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="+")
    statement = models.ForeignKey(Statement, models.CASCADE, null=True, related_name="+")
    language = models.CharField(max_length=12)
    words = models.JSONField(default=dict)
    source = models.CharField(max_length=8, choices=StatementText.Source)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    written_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["conversation", "language", "statement"])]

    def __str__(self) -> str:
        return f"{self.language} #{self.pk}"


class Vote(models.Model):
    """What a participant thinks of a statement now."""

    participant = models.ForeignKey(Participant, models.CASCADE, related_name="votes")
    statement = models.ForeignKey(Statement, models.CASCADE, related_name="votes")
    choice = models.SmallIntegerField(choices=Choice)
    cast_at = models.DateTimeField()

    class Meta:
        constraints = constraints.VOTE

    def __str__(self) -> str:
        return f"{self.participant_id} {self.choice:+d} {self.statement_id}"


class VoteChange(models.Model):
    """One effective vote as it was cast, the first included: the history that replays to Vote.

    A change without a choice is a vote taken back: the pair has no Vote from then on.
    """

    # Without constraints of their own: the Vote of the pair, written in the same transaction, has
    # them, and asking twice was half of what PostgreSQL did for a vote.
    participant = models.ForeignKey(
        Participant, models.CASCADE, related_name="vote_changes", db_constraint=False
    )
    statement = models.ForeignKey(
        Statement, models.CASCADE, related_name="vote_changes", db_constraint=False
    )
    choice = models.SmallIntegerField(choices=Choice, null=True)
    cast_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = constraints.VOTE_CHANGE

    def __str__(self) -> str:
        choice = "back" if self.choice is None else f"{self.choice:+d}"
        return f"{self.participant_id} {choice} {self.statement_id} at {self.cast_at}"


class BallotReceipt(models.Model):
    """A ballot that was counted, under the id that its sender gave it (receipts.py).

    A phone sends a ballot again when the answer was lost, maybe after its owner has changed their
    mind on another: the repetition gets the first answer and overwrites nothing.
    """

    # Constraints: as for VoteChange; the unique one is the index by participant.
    participant = models.ForeignKey(
        Participant, models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    ballot_id = models.UUIDField()
    statement = models.ForeignKey(
        Statement, models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    # None took a vote back.
    choice = models.SmallIntegerField(choices=Choice, null=True)
    counted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = constraints.BALLOT_RECEIPT

    def __str__(self) -> str:
        return f"{self.participant_id} {self.ballot_id}"


class PublishedTally(models.Model):
    """The counts of a conversation as everyone sees them.

    In an `aggregate` conversation they move only when at least five people's votes are in the
    step (tallies.py), so that no watcher reads one person's vote from the difference.
    """

    conversation = models.OneToOneField(Conversation, models.CASCADE, related_name="tally")
    votes = models.PositiveBigIntegerField(default=0)
    participants = models.PositiveBigIntegerField(default=0)
    votes_version = models.BigIntegerField(default=0)
    last_change = models.BigIntegerField(default=0)
    # What was published of each statement: {statement id: [agree, pass, disagree]}.
    counts = models.JSONField[dict[str, list[int]], dict[str, list[int]]](default=dict)
    published_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.votes} votes by {self.participants}"
