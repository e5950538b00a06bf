"""Everything that is stored about one person, room by room: for their page and their download."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from allauth.mfa.models import Authenticator
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import sign_ins
from accounts.models import Assistance, IdentityProof, User
from accounts.notice_words import KINDS
from deliberate import frames, leaving, participants
from deliberate.models import Choice, TranslationVersion
from deliberate.polis_files import guarded
from moderation.models import Decision, Report
from petitions import leaving as petitions
from petitions.models import CouncilMember, Petition

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
    "joined": _("Since"),
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


def sections(user: User, *, browser_keys: Sequence[bytes] = ()) -> list[Section]:
    """All that there is; a section without rows says that nothing of its kind is stored."""
    parts = list(leaving.parts_of([bytes(user.participation_key), *browser_keys]))
    return [
        Section("account", _("Your account"), _("Kept until you erase it."), [_account(user)]),
        Section(
            "sign_in",
            _("Ways to sign in, and devices"),
            _("Kept while you use them."),
            [*_factors(user), *_devices(user)],
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


def _account(user: User) -> Row:
    return {
        "email": user.email,
        "display_name": user.display_name,
        "joined": user.date_joined,
        "language": user.language,
        "wants_mail": user.wants_mail,
    }


def _factors(user: User) -> Iterator[Row]:
    for row in Authenticator.objects.filter(user=user).order_by("pk"):
        yield {
            "kind": row.get_type_display(),
            "since": row.created_at,
            "seen": row.last_used_at,
        }


def _devices(user: User) -> Iterator[Row]:
    for row in sign_ins.of(user):
        yield {"device": row.device, "since": row.since, "seen": row.seen_at}


def _identity(user: User) -> list[Row]:
    return [
        {
            "provider": row.provider,
            "assurance": row.get_assurance_display(),
            "area": row.area,
            "over_16": row.over_16,
            "at": row.proved_at,
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
            "at": row.signed_at,
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
        {"kind": _("You follow it"), "page": row.path, "since": row.since}
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
    helped = Assistance.objects.filter(worker=user).order_by("pk")
    return rows + [{"kind": _("Help"), "page": row.path, "at": row.at} for row in helped]
