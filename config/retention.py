"""How long each kind of data is kept, as one table: what `manage.py purge` and the worker do daily.

docs/retention.md is this table in prose; a test holds the two together. What stands in the
database column by column, and under which of these kinds, is in data_register.csv.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.management import call_command
from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone

from accounts import enrolment, notices, sign_ins
from accounts.days import day_of
from accounts.models import User
from config import one_person, passing
from deliberate import author_links, conversation_keys, leaving, receipts, statements
from moderation import reports
from opinion_map import snapshots
from petitions import creators, signatures
from petitions.models import Petition
from petitions.transitions import State

logger = logging.getLogger(__name__)

UNCONFIRMED: Final = timedelta(days=30)
NEWS: Final = timedelta(days=365)
DRAFTS: Final = timedelta(days=365)
REPORTS: Final = timedelta(days=365)
TASKS: Final = timedelta(days=7)

Purge = Callable[[datetime], int]


@dataclass(frozen=True)
class Kind:
    """One kind of data, and its end."""

    what: str
    where: str
    kept: str
    why: str
    # Deletes what is too old at that moment, and says how many; None: nothing ends by itself.
    purge: Purge | None = None


class NotAllPurged(Exception):
    """Some kinds could not be ended, and stand in the log; all others were."""

    def __init__(self, failed: list[str], ended: dict[str, int]) -> None:
        super().__init__(f"Not purged: {', '.join(failed)}.")
        self.ended = ended


def purge(*, now: datetime | None = None) -> dict[str, int]:
    """End everything that is kept long enough; how many of each kind.

    Raises:
        NotAllPurged: for what could not be ended, after all the others.
    """
    moment = now or timezone.now()
    ended: dict[str, int] = {}
    failed: list[str] = []
    for name, kind in KINDS.items():
        if kind.purge is None:
            continue
        try:
            ended[name] = kind.purge(moment)
        except Exception:  # one that fails each day must not keep all others for ever
            logger.exception("The kind %r could not be purged.", name)
            failed.append(name)
    if failed:
        raise NotAllPurged(failed, ended)
    return ended


def _sessions(_now: datetime) -> int:
    call_command("clearsessions")
    return sign_ins.forget_ended()


def _passing(now: datetime) -> int:
    return passing.forget(now=now)


def _unconfirmed(now: datetime) -> int:
    """Accounts whose address nobody ever confirmed, and who never came in."""
    addresses = EmailAddress.objects.filter(user=OuterRef("pk"))
    rows = User.objects.filter(
        Exists(addresses),
        ~Exists(addresses.filter(verified=True)),
        last_login__isnull=True,
        # Stored by the day: once that is over.
        date_joined__lt=day_of(now - UNCONFIRMED),
        is_superuser=False,
        role_grants__isnull=True,
    )
    return sum(bool(row.delete()) for row in rows)


def _withdrawals(now: datetime) -> int:
    return statements.tell_withdrawn(today=now.astimezone(UTC).date())


def _left(_now: datetime) -> int:
    return leaving.forget_histories()


def _keys(now: datetime) -> int:
    destroyed = conversation_keys.destroy_due(now=now)
    # What the rooms above still have of people in conversations whose key is gone, these or others.
    reports.unlink_over()
    snapshots.forget_people()
    return destroyed


def _helped(_now: datetime) -> int:
    return one_person.forget_helped()


def _signers_keys(now: datetime) -> int:
    return signatures.destroy_keys(before=now - conversation_keys.kept_for())


def _drafts(now: datetime) -> int:
    unopened = Petition.objects.filter(opened_at=None).exclude(text=creators.NO_WORDS)
    # Nobody finds one again that was thrown away or has lost its creator.
    over = ~Q(state=State.DRAFT) | Q(creator=None) | Q(saved_at__lt=now - DRAFTS)
    found = unopened.alias(saved_at=Max("transitions__at")).filter(over).values_list("pk")
    return sum(creators.forget_draft(petition_id=pk) for (pk,) in list(found))


def _news(now: datetime) -> int:
    return notices.forget(before=now - NEWS)


def _reports(now: datetime) -> int:
    return reports.forget(before=now - REPORTS)


def _receipts(now: datetime) -> int:
    return receipts.forget_old(now=now)


def _author_news(_now: datetime) -> int:
    return author_links.retry()


def _enrolment(now: datetime) -> int:
    return enrolment.forget_old(now=now)


def _tasks(_now: datetime) -> int:
    call_command("prune_db_task_results", "--min-age-days", str(TASKS.days), verbosity=0)
    return 0


KINDS: Final[Mapping[str, Kind]] = {
    "account": Kind(
        "accounts: address, name, language, ways to sign in, roles, what a person follows",
        "accounts_user, account_emailaddress, mfa_authenticator, accounts_rolegrant,"
        " accounts_follow",
        "until the person erases it",
        "to let the person in and to tell them what they asked to be told",
    ),
    "unconfirmed": Kind(
        "accounts whose address was never confirmed",
        "accounts_user",
        f"{UNCONFIRMED.days} days",
        "somebody may have typed another person's address",
        _unconfirmed,
    ),
    "session": Kind(
        "sessions, a browser's own key, the list of devices",
        "django_session, accounts_signin",
        "30 days unused (60 without an account, 30 minutes with an office), 90 days at most",
        "to stay signed in, and to come back to one's votes without an account",
        _sessions,
    ),
    "passing": Kind(
        "in a session: an address that a code was sent to, a form that waits for its person to"
        " sign in",
        "django_session.session_data",
        "an hour; the hourly round takes it out",
        "to finish what somebody was doing once they are in",
        _passing,
    ),
    "proof": Kind(
        "proofs of identity: a keyed hash, the provider, how sure, the area, over 16",
        "accounts_identityproof",
        "until the person erases the account",
        "one person, one voice",
    ),
    "vote": Kind(
        "votes and their history under a pseudonym of each conversation",
        "deliberate_participant, deliberate_vote, deliberate_votechange",
        "for ever; by the day and linked to nobody once the key is destroyed",
        "the result can be counted again",
    ),
    "vote of the erased": Kind(
        "what people voted who have erased themselves while the conversation was open: taken back"
        " at once, in the history by the day under a key that is nobody's",
        "deliberate_participant, deliberate_votechange",
        "until the published counts have moved on without it; that there were votes, until five"
        " people's are to go",
        "nobody is to read one person's votes from what has changed",
        _left,
    ),
    "key": Kind(
        "a conversation's key, and the sealed links to the authors of its statements",
        "deliberate_conversation.secret, deliberate_authorlink",
        f"{settings.KEY_KEPT_DAYS} days after closing (`KEY_KEPT_DAYS`); an open one needs it",
        "until then decisions can be appealed and people find their own votes",
        _keys,
    ),
    "signers key": Kind(
        "the key under which a petition's signers can be found again",
        "petitions_petition.secret",
        f"{settings.KEY_KEPT_DAYS} days after the end, and after the day that the answer was due"
        " if none came (`KEY_KEPT_DAYS`)",
        "until then signatures can be checked",
        _signers_keys,
    ),
    "proof of the helped": Kind(
        "proofs of identity of people without an account, whom a field worker helped",
        "accounts_identityproof",
        "until no key is left of what they were helped with",
        "nobody is helped twice with the same",
        _helped,
    ),
    "signature": Kind(
        "signatures under a pseudonym of each petition",
        "petitions_signature",
        "for ever, by the day; linked to nobody once the key is destroyed",
        "the number that a council must answer can be counted again",
    ),
    "receipt": Kind(
        "receipts of ballots",
        "deliberate_ballotreceipt",
        f"{receipts.KEPT_FOR.days} days",
        "a ballot that is sent again counts once",
        _receipts,
    ),
    "news to authors": Kind(
        "that an author is still to be told something",
        "deliberate_authorlink.news",
        f"{author_links.RETRY_UNTIL.days} days",
        "a mail server may be away",
        _author_news,
    ),
    "news": Kind(
        "notices",
        "accounts_notice",
        f"{NEWS.days} days",
        "to read them again",
        _news,
    ),
    "statement": Kind(
        "statements, their translations and decisions about them",
        "deliberate_statement, deliberate_statementtext, moderation_decision",
        "for ever; the author is unlinked with the key, the words go if the author erases them",
        "they are public and voted on",
    ),
    "withdrawal": Kind(
        "that the public record is still to say of which statements the words were taken away",
        "deliberate_statementwithdrawal",
        f"{statements.TOLD_WITHIN_DAYS} days at most, drawn by lot",
        "told at once, it would tell which statements were one person's",
        _withdrawals,
    ),
    "report": Kind(
        "who reported a statement, and the reporter's words",
        "moderation_report",
        f"{REPORTS.days} days after the decision, or after it came if there is none, and no longer"
        " than the conversation's key; then that there was one",
        "until then the decision can be appealed, and the reporter finds it",
        _reports,
    ),
    "draft": Kind(
        "drafts of petitions",
        "petitions_petition",
        f"{DRAFTS.days} days after the last change; at once when it is thrown away",
        "people write over months",
        _drafts,
    ),
    "petition": Kind(
        "opened petitions, reviews and answers",
        "petitions_petition, petitions_councilreview, petitions_outcome",
        "for ever; the creator until they erase their account",
        "they are a public record",
    ),
    "task": Kind(
        "background tasks that are done: names and row numbers, no content",
        "django_tasks_database_dbtaskresult",
        f"{TASKS.days} days",
        "to see what failed",
        _tasks,
    ),
    "office": Kind(
        "what was done in an office: help given, access restored",
        "accounts_assistance, accounts_accessrestoration",
        "until the account of whoever did it is erased",
        "it can be answered for",
    ),
    "enrolment": Kind(
        "codes with which an office adds its first second factor, as keyed hashes",
        "accounts_enrolmentcode",
        f"{enrolment.LASTS.days} days, or until it is used",
        "a mailbox alone must not open an office",
        _enrolment,
    ),
    "record": Kind(
        "the public record",
        "record_recordline, record_personalsalt",
        "for ever; a salt goes with the words that it proves",
        "everybody can check what was decided",
    ),
    "public": Kind(
        "what is public: conversations, places, councils, maps, tallies",
        "deliberate_conversation, deliberate_place, petitions_council, opinion_map_opinionmap",
        "for ever",
        "it is what the site is for",
    ),
    "log": Kind(
        "the server's log: times, steps, errors; no address, no words of anybody",
        "outside of the database: journald or the container's log",
        "set there; 7 days are enough",
        "to find out what failed",
    ),
    "backup": Kind(
        "backups of the database, without IDENTITY_KEY",
        "outside",
        "set there; 35 days at most",
        "a disk may break; what was erased is gone from the last one after that time",
    ),
}
