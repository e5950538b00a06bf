"""Everything that is stored about one person, room by room: for their page and their download.

Left out is what only works while nobody reads it, and says nothing more of the person: hashes of
their password and of their number, seeds of second factors, keys of sessions and of pseudonyms, the
sealed links to authors, salts of the record, and codes that are on their way. Places on maps follow
from the votes that are shown.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db.models import Q
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import kept_acts, sign_ins
from accounts.models import AccessRestoration, Assistance, IdentityProof, User
from accounts.notice_words import KINDS
from deliberate import frames, leaving, participants
from deliberate.models import BallotReceipt, Choice, TranslationVersion, VoteChange
from deliberate.polis_files import guarded
from moderation.models import Decision, Report
from petitions import leaving as petitions
from petitions.models import CouncilMember, CouncilReview, Outcome, Petition

Row = dict[str, Any]


@dataclass(frozen=True)
class Section:
    """One kind of what is stored: its rows, each with a value for a name."""

    name: str
    title: Promise
    # How long it is kept, and why it is there.
    about: Promise
    rows: list[Row]

    @property
    def labelled(self) -> list[list[tuple[str, Any]]]:
        """The rows as a page shows them, what is empty left out."""
        return [
            [(str(LABELS[name]), value) for name, value in row.items() if value not in {None, ""}]
            for row in self.rows
        ]


LABELS: Final[dict[str, Promise]] = {
    "email": _("E-mail address"),
    "display_name": _("Name to show"),
    "confirmed": _("Confirmed"),
    "joined": _("Since"),
    "last_login": _("Last signed in"),
    "language": _("Language"),
    "wants_mail": _("News by mail"),
    "kind": _("Kind"),
    "name": _("Name"),
    "device": _("Device"),
    "since": _("Since"),
    "seen": _("Last used"),
    "provider": _("Verified by"),
    "assurance": _("How sure"),
    "area": _("Where you live"),
    "over_16": _("At least 16 years old"),
    "role": _("Role"),
    "council": _("Council"),
    "title": _("Title"),
    "page": _("Page"),
    "votes": _("Votes"),
    "statement": _("Statement"),
    "choice": _("Vote"),
    "text": _("Text"),
    "state": _("State"),
    "reason": _("Reason"),
    "explanation": _("Explanation"),
    "at": _("When"),
    "action": _("Decision"),
}


def sections(
    user: User, *, browser_keys: Sequence[bytes] = (), session: Mapping[str, Any] | None = None
) -> list[Section]:
    """All that there is; a section without rows says that nothing of its kind is stored."""
    parts = list(leaving.parts_of([bytes(user.participation_key), *browser_keys]))
    return [
        Section("account", _("Your account"), _("Kept until you erase it."), [_account(user)]),
        Section(
            "sign_in",
            _("Ways to sign in, and devices"),
            _("Kept while you use them."),
            [*_addresses(user), *_factors(user), *_devices(user), *_restorations(user)],
        ),
        Section(
            "session",
            _("What waits on this device"),
            _("Kept for an hour, until you go on with it."),
            _waiting(session or {}),
        ),
        Section(
            "identity",
            _("Proof of who you are"),
            _("A keyed hash of your number, never the number itself."),
            _identity(user),
        ),
        Section("offices", _("Roles and offices"), _("Kept while you hold them."), _offices(user)),
        Section(
            "votes",
            _("Votes"),
            _("Under a pseudonym of their own in each conversation, until its key is destroyed."),
            [row for part in parts for row in _votes(part)],
        ),
        Section(
            "vote_history",
            _("How your votes came about"),
            _("Each vote with those that it replaced, kept as the votes are."),
            [row for part in parts for row in _history(part)],
        ),
        Section(
            "receipts",
            _("Receipts of votes"),
            _("Kept for 60 days, so that a vote that is sent twice counts once."),
            [row for part in parts for row in _receipts(part)],
        ),
        Section(
            "statements",
            _("Statements"),
            _("Public as text, without your name."),
            [row for part in parts for row in _statements(part)],
        ),
        Section(
            "petitions",
            _("Petitions"),
            _("An opened petition is a public record and stays."),
            _petitions(user),
        ),
        Section(
            "signatures",
            _("Signatures"),
            _("Only their number is public."),
            _signatures(user),
        ),
        Section(
            "reports",
            _("Reports"),
            _("Moderators read them without knowing from whom they are."),
            _reports(user, browser_keys),
        ),
        Section("news", _("News for you"), _("Kept for a year."), _news(user)),
        Section(
            "work",
            _("What you did in an office"),
            _("Kept so that it can be answered for."),
            _work(user),
        ),
    ]


def as_document(found: list[Section]) -> dict[str, list[Row]]:
    """The same for machines."""
    return {section.name: section.rows for section in found}


def as_csv(found: list[Section]) -> str:
    """The same as a table: section, number of the row, name, value."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["section", "row", "name", "value"])
    for section in found:
        for number, row in enumerate(section.rows, start=1):
            for name, value in row.items():
                shown = "" if value is None else guarded(str(value))
                writer.writerow([section.name, number, name, shown])
    return text.getvalue()


def _day(moment: datetime | None, *, in_zone: str = "UTC") -> date | None:
    """The day of what is stored by the day alone; of it midnight says nothing."""
    return None if moment is None else moment.astimezone(ZoneInfo(in_zone)).date()


def _account(user: User) -> Row:
    return {
        "email": user.email,
        "display_name": user.display_name,
        "joined": _day(user.date_joined),
        "last_login": _day(user.last_login),
        "language": user.language,
        "wants_mail": user.wants_mail,
    }


def _addresses(user: User) -> Iterator[Row]:
    for row in EmailAddress.objects.filter(user=user).order_by("pk"):
        yield {"kind": LABELS["email"], "email": row.email, "confirmed": row.verified}


def _restorations(user: User) -> Iterator[Row]:
    for row in AccessRestoration.objects.filter(user=user).order_by("pk"):
        yield _restoration(row)


def _restoration(row: AccessRestoration) -> Row:
    return {
        "kind": _("Access to an office restored"),
        "since": row.proposed_at,
        "at": row.done_at or row.stopped_at or row.approved_at,
    }


def _waiting(session: Mapping[str, Any]) -> list[Row]:
    return [
        {"page": act.path, "text": value, "at": datetime.fromtimestamp(act.at, tz=UTC)}
        for act in kept_acts.waiting(session)
        for value in QueryDict(act.form).values()
    ]


def _factors(user: User) -> Iterator[Row]:
    for row in Authenticator.objects.filter(user=user).order_by("pk"):
        yield {
            "kind": row.get_type_display(),
            "since": _day(row.created_at),
            "seen": _day(row.last_used_at),
        }


def _devices(user: User) -> Iterator[Row]:
    for row in sign_ins.of(user):
        yield {"device": row.device, "since": _day(row.since), "seen": _day(row.seen_at)}


def _identity(user: User) -> list[Row]:
    return [
        {
            "provider": row.provider,
            "assurance": row.get_assurance_display(),
            "area": row.area,
            "over_16": row.over_16,
            "at": _day(row.proved_at),
        }
        for row in IdentityProof.objects.filter(user=user)
    ]


def _offices(user: User) -> list[Row]:
    grants = [
        {"role": grant.get_role_display(), "since": grant.granted_at}
        for grant in user.role_grants.order_by("pk")
    ]
    seats = CouncilMember.objects.filter(user=user).select_related("council").order_by("pk")
    return grants + [
        {"role": seat.get_role_display(), "council": seat.council.name, "since": seat.appointed_at}
        for seat in seats
    ]


def _votes(part: Any) -> Iterator[Row]:
    rows = part.votes.select_related("statement").order_by("statement__number")
    for vote in rows:
        yield {
            "page": part.conversation.get_absolute_url(),
            "statement": vote.statement.text,
            "choice": frames.CHOICE_WORDS[Choice(vote.choice)],
            "at": vote.cast_at,
        }


def _history(part: Any) -> Iterator[Row]:
    rows = VoteChange.objects.filter(participant=part.pk).select_related("statement")
    for row in rows.order_by("pk"):
        yield _ballot(part, row) | {"at": row.cast_at}


def _receipts(part: Any) -> Iterator[Row]:
    rows = BallotReceipt.objects.filter(participant=part.pk).select_related("statement")
    for row in rows.order_by("pk"):
        yield _ballot(part, row) | {"at": row.counted_at}


def _ballot(part: Any, row: VoteChange | BallotReceipt) -> Row:
    return {
        "page": part.conversation.get_absolute_url(),
        "statement": row.statement.text,
        "choice": (
            _("taken back") if row.choice is None else frames.CHOICE_WORDS[Choice(row.choice)]
        ),
    }


def _statements(part: Any) -> Iterator[Row]:
    for statement in part.statements.order_by("number"):
        yield {
            "page": part.conversation.get_absolute_url(),
            "text": statement.text,
            "state": statement.get_state_display(),
            "at": statement.created_at,
        }


def _petitions(user: User) -> list[Row]:
    return [
        {
            "page": row.get_absolute_url(),
            "title": row.title,
            "text": row.text,
            "state": row.get_state_display(),
            "at": row.created_at,
        }
        for row in Petition.objects.filter(creator=user).order_by("pk")
    ]


def _signatures(user: User) -> list[Row]:
    return [
        {
            "page": row.petition.get_absolute_url(),
            "title": row.petition.title,
            "state": row.get_state_display(),
            "at": _day(row.signed_at, in_zone=row.petition.council.time_zone),
        }
        for row in petitions.signatures_of(user)
    ]


def _reports(user: User, browser_keys: Sequence[bytes]) -> list[Row]:
    names = participants.names_everywhere([bytes(user.participation_key), *browser_keys])
    rows = Report.objects.filter(reporter_key__in=names).select_related("statement")
    return [
        {
            "statement": row.statement.text,
            "reason": row.get_reason_display(),
            "explanation": row.explanation,
            "at": row.created_at,
        }
        for row in rows.order_by("pk")
    ]


def _news(user: User) -> list[Row]:
    followed = [
        {"kind": _("You follow it"), "page": row.path, "since": _day(row.since)}
        for row in user.follows.order_by("pk")
    ]
    return followed + [
        {"kind": str(KINDS[row.kind].subject), "page": row.path, "at": row.created_at}
        for row in user.notices.filter(kind__in=KINDS).order_by("pk")
    ]


def _work(user: User) -> list[Row]:
    decided = Decision.objects.filter(moderator=user).select_related("statement")
    rows: list[Row] = [
        {
            "action": row.get_action_display(),
            "statement": row.statement.text,
            "explanation": row.explanation,
            "at": row.decided_at,
        }
        for row in decided
    ]
    written = TranslationVersion.objects.filter(Q(written_by=user)).order_by("pk")
    rows += [
        {"kind": _("Translation"), "language": row.language, "at": row.written_at}
        for row in written
    ]
    rows += _council_work(user)
    mine = Q(proposed_by=user) | Q(approved_by=user)
    restored = AccessRestoration.objects.filter(mine).order_by("pk")
    rows += [_restoration(row) for row in restored]
    helped = Assistance.objects.filter(worker=user).order_by("pk")
    return rows + [{"kind": _("Help"), "page": row.path, "at": row.at} for row in helped]


def _council_work(user: User) -> list[Row]:
    answers = Outcome.objects.filter(decided_by__user=user).select_related("review__petition")
    rows: list[Row] = [
        {
            "action": row.get_kind_display(),
            "page": row.review.petition.get_absolute_url(),
            "text": row.reasons,
            "at": row.decided_at,
        }
        for row in answers.order_by("pk")
    ]
    held = CouncilReview.objects.filter(checked_out_by__user=user).select_related("petition")
    return rows + [
        {
            "action": _("Checked out"),
            "page": row.petition.get_absolute_url(),
            "at": row.checked_out_until,
        }
        for row in held.order_by("pk")
    ]
