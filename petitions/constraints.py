"""The rules of a petition's rows that the database itself keeps."""

from django.db.models import BaseConstraint, CheckConstraint, F, Q, UniqueConstraint

FROZEN = ["opened_at", "threshold", "collecting_until", "answer_days"]
ALL_FROZEN = Q(**{f"{field}__isnull": False for field in FROZEN}) & ~Q(frozen_text_hash="")
NONE_FROZEN = Q(**{f"{field}__isnull": True for field in FROZEN}, frozen_text_hash="")

COUNCIL: list[BaseConstraint] = [
    CheckConstraint(
        name="council_one_threshold_rule",
        # Both "is not null" are needed: a check that comes out as unknown is not violated.
        condition=Q(
            threshold_number__isnull=False, threshold_number__gte=1, threshold_share__isnull=True
        )
        | Q(
            threshold_number__isnull=True,
            threshold_share__isnull=False,
            threshold_share__gt=0,
            threshold_share__lte=1,
        ),
    ),
    CheckConstraint(name="council_has_people", condition=Q(population__gte=1)),
    CheckConstraint(
        name="council_days_within_ten_years",
        condition=Q(collecting_days__range=(1, 3650), answer_days__range=(1, 3650)),
    ),
]
COUNCIL_TEXT: list[BaseConstraint] = [
    UniqueConstraint(fields=["council", "language"], name="council_text_once")
]
COUNCIL_MEMBER: list[BaseConstraint] = [
    UniqueConstraint(fields=["user", "council"], name="council_member_once"),
    CheckConstraint(name="council_member_known_role", condition=Q(role__in=["clerk", "reader"])),
]
PETITION: list[BaseConstraint] = [
    UniqueConstraint(fields=["creator", "draft_key"], name="petition_draft_once"),
    CheckConstraint(
        name="petition_known_state",
        condition=Q(state__in=["draft", "collecting", "closed", "withdrawn"]),
    ),
    CheckConstraint(name="petition_has_words", condition=~Q(title="") & ~Q(text="")),
    CheckConstraint(name="petition_frozen_whole", condition=ALL_FROZEN | NONE_FROZEN),
    CheckConstraint(
        name="petition_frozen_once_open",
        condition=Q(state="draft", opened_at__isnull=True)
        | Q(state__in=["collecting", "closed"], opened_at__isnull=False)
        | Q(state="withdrawn"),
    ),
    CheckConstraint(
        name="petition_closed_at_when_closed",
        condition=Q(state__in=["draft", "collecting"], closed_at__isnull=True)
        | Q(state__in=["closed", "withdrawn"], closed_at__isnull=False),
    ),
    CheckConstraint(
        name="petition_threshold_positive",
        condition=Q(threshold__isnull=True) | Q(threshold__gte=1),
    ),
    CheckConstraint(
        name="petition_deadline_after_opening",
        condition=Q(collecting_until__isnull=True) | Q(collecting_until__gt=F("opened_at")),
    ),
    CheckConstraint(
        name="petition_reached_only_when_opened",
        condition=Q(threshold_reached_at__isnull=True) | Q(opened_at__isnull=False),
    ),
    CheckConstraint(
        name="petition_not_withdrawn_after_crossing",
        condition=Q(threshold_reached_at__isnull=True) | ~Q(state="withdrawn"),
    ),
    CheckConstraint(
        name="petition_no_signatures_on_drafts",
        condition=Q(opened_at__isnull=False) | Q(signature_count=0),
    ),
]
TRANSITION: list[BaseConstraint] = [
    CheckConstraint(
        name="petition_transition_known_states",
        condition=Q(
            from_state__in=["", "draft", "collecting", "closed"],
            to_state__in=["draft", "collecting", "closed", "withdrawn"],
        ),
    ),
    CheckConstraint(
        name="petition_transition_known_action",
        condition=Q(action__in=["save", "open", "withdraw", "reach", "close", "answer"]),
    ),
    CheckConstraint(
        name="petition_transition_known_actor",
        condition=Q(actor__in=["creator", "council", "system"]),
    ),
    # The threshold is crossed once, and the log of it says so once.
    UniqueConstraint(
        fields=["petition"], condition=Q(action="reach"), name="petition_transition_reach_once"
    ),
]
SIGNATURE: list[BaseConstraint] = [
    CheckConstraint(name="signature_known_channel", condition=Q(channel__in=["own", "assisted"])),
    UniqueConstraint(fields=["petition", "person_key"], name="signature_once"),
    CheckConstraint(
        name="signature_withdrawn_with_time",
        condition=Q(state="valid", withdrawn_at__isnull=True)
        | Q(state="withdrawn", withdrawn_at__isnull=False),
    ),
]
REVIEW: list[BaseConstraint] = [
    UniqueConstraint(fields=["petition", "threshold"], name="council_review_once"),
    CheckConstraint(
        name="council_review_lease_when_in_review",
        condition=Q(
            state="in_review", checked_out_by__isnull=False, checked_out_until__isnull=False
        )
        | Q(
            state__in=["waiting", "answered"],
            checked_out_by__isnull=True,
            checked_out_until__isnull=True,
        ),
    ),
    CheckConstraint(
        name="council_review_answered_with_time",
        condition=Q(state="answered", answered_at__isnull=False)
        | ~Q(state="answered") & Q(answered_at__isnull=True),
    ),
    CheckConstraint(
        name="council_review_crossed_its_threshold",
        condition=Q(threshold__gte=1, count_at_crossing__gte=F("threshold")),
    ),
    CheckConstraint(
        name="council_review_due_after_crossing", condition=Q(answer_due_at__gt=F("crossed_at"))
    ),
]
OUTCOME: list[BaseConstraint] = [
    CheckConstraint(
        name="outcome_known_kind",
        condition=Q(kind__in=["accepted", "partly", "forwarded", "otherwise", "rejected"]),
    ),
    CheckConstraint(name="outcome_has_reasons", condition=~Q(reasons="")),
]
