"""The rules of a conversation's rows that the database itself keeps."""

from django.db.models import BaseConstraint, CheckConstraint, F, Q, UniqueConstraint
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual

# Polis's priority of a statement that nobody has seen: (1/4 x 9)^2.
NEW_STATEMENT_PRIORITY = 5.0625

CHOICES = Q(choice__in=[-1, 0, 1])

PLACE: list[BaseConstraint] = [
    CheckConstraint(
        name="place_known_kind",
        condition=Q(kind__in=["province", "district", "town", "village"]),
    ),
    CheckConstraint(
        name="place_not_within_itself", condition=Q(within__isnull=True) | ~Q(within=F("id"))
    ),
]
CONVERSATION: list[BaseConstraint] = [
    CheckConstraint(
        name="conversation_known_state", condition=Q(state__in=["draft", "open", "closed"])
    ),
    CheckConstraint(
        name="conversation_known_moderation", condition=Q(moderation__in=["open", "strict"])
    ),
    CheckConstraint(
        name="conversation_known_participation",
        condition=Q(participation__in=["anyone", "account", "verified"]),
    ),
    CheckConstraint(
        name="conversation_known_data_policy", condition=Q(data_policy__in=["aggregate", "open"])
    ),
    CheckConstraint(
        name="conversation_closes_after_opening",
        condition=Q(closes_at__isnull=True) | Q(closes_at__gt=F("opens_at")),
    ),
    CheckConstraint(
        name="conversation_known_least_assurance",
        condition=Q(least_assurance__in=["low", "substantial", "high"]),
    ),
    CheckConstraint(
        name="conversation_asks_more_of_verified_people",
        condition=Q(participation="verified")
        | Q(least_assurance="low", residents_only=False, over_16_only=False),
        violation_error_message=(
            "Only a conversation for people whose identity has been verified can ask how surely, "
            "where they live and how old they are."
        ),
    ),
    CheckConstraint(
        name="conversation_of_residents_has_a_place",
        condition=Q(residents_only=False) | Q(place__isnull=False),
        violation_error_message="A conversation for residents has a place.",
    ),
    # Without its key nobody would find their own votes again: it stays closed.
    CheckConstraint(
        name="conversation_without_key_is_closed",
        condition=Q(key_destroyed_at__isnull=True) | Q(state="closed"),
    ),
]
STATEMENT: list[BaseConstraint] = [
    UniqueConstraint(fields=["conversation", "number"], name="statement_number_once"),
    CheckConstraint(
        name="statement_known_state", condition=Q(state__in=["pending", "accepted", "rejected"])
    ),
    CheckConstraint(
        name="statement_rejected_with_reason",
        condition=Q(state="rejected") & ~Q(rejection_reason="")
        | ~Q(state="rejected") & Q(rejection_reason="", rejection_explanation=""),
    ),
    CheckConstraint(name="statement_not_empty", condition=~Q(text="")),
    CheckConstraint(
        name="statement_within_its_limit",
        condition=LessThanOrEqual(Length("text"), F("length_limit")),
    ),
    CheckConstraint(name="statement_priority_positive", condition=Q(priority__gt=0)),
]
VOTE: list[BaseConstraint] = [
    UniqueConstraint(fields=["participant", "statement"], name="vote_once"),
    CheckConstraint(name="vote_known_choice", condition=CHOICES),
]
VOTE_CHANGE: list[BaseConstraint] = [
    # None is a vote taken back.
    CheckConstraint(name="vote_change_known_choice", condition=CHOICES | Q(choice__isnull=True)),
]
BALLOT_RECEIPT: list[BaseConstraint] = [
    UniqueConstraint(fields=["participant", "ballot_id"], name="ballot_once"),
    CheckConstraint(name="ballot_receipt_known_choice", condition=CHOICES | Q(choice__isnull=True)),
]
