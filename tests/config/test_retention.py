"""What is kept too long goes, what is not stays: with the clock moved, for each kind."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone

from accounts import notices
from accounts.models import Notice, User
from config import background, retention
from deliberate import conversation_keys, conversations, votes
from deliberate.models import BallotReceipt, Choice, Conversation
from moderation import decisions, reports
from moderation.models import Decision, Report
from petitions.models import Petition, PetitionTransition
from tests import factories
from tests.deliberate.sessions import new_session
from tests.petitions import making

pytestmark = pytest.mark.django_db

DOCS = Path(settings.BASE_DIR) / "docs" / "retention.md"
# How many of something there are that is to end.
Left = Callable[[], int]


def unconfirmed() -> Left:
    user = factories.user(verified_email=False)
    return User.objects.filter(pk=user.pk).count


def session() -> Left:
    key = new_session()
    return Session.objects.filter(session_key=key).count


def news() -> Left:
    user = factories.user()
    notices.tell(user, kind="petition.answered", path="/petitions/1/")
    return Notice.objects.filter(user=user).count


def receipt() -> Left:
    statement = factories.statement()
    voter = factories.participant(conversation=statement.conversation)
    votes.cast_one(participant=voter, statement_number=0, choice=Choice.AGREE, ballot_id=uuid4())
    return BallotReceipt.objects.filter(participant=voter).count


def key() -> Left:
    conversation = factories.conversation()
    conversations.close(conversation)
    row = Conversation.objects.filter(pk=conversation.pk, key_destroyed_at__isnull=True)
    return row.count


def signers_key() -> Left:
    petition = making.collecting()
    Petition.objects.filter(pk=petition.pk).update(state="closed", closed_at=timezone.now())
    return Petition.objects.filter(pk=petition.pk).exclude(secret=b"").count


def draft() -> Left:
    petition = making.draft()
    return Petition.objects.filter(pk=petition.pk, text=making.TEXT).count


def report() -> Left:
    statement = factories.statement()
    reports.file_report(
        statement_id=statement.pk, reporter_key=b"r" * 32, reason="insult", explanation="He lies."
    )
    decisions.decide(
        statement_id=statement.pk, action="keep", version=0, moderator=factories.moderator()
    )
    return Report.objects.filter(explanation="He lies.", reporter_key=b"r" * 32).count


KINDS: dict[str, tuple[Callable[[], Left], timedelta]] = {
    "unconfirmed": (unconfirmed, retention.UNCONFIRMED),
    "session": (session, timedelta(days=60)),
    "news": (news, retention.NEWS),
    "receipt": (receipt, timedelta(days=60)),
    "key": (key, timedelta(days=180)),
    "signers key": (signers_key, timedelta(days=180)),
    "draft": (draft, retention.DRAFTS),
    "report": (report, retention.REPORTS),
}


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Moves the clock of everything that asks Django for the time."""

    def move(moment: datetime) -> None:
        monkeypatch.setattr(timezone, "now", lambda: moment)

    return move


@pytest.mark.parametrize("name", KINDS)
def test_kind_stays_until_its_time_and_goes_then(name: str, at: Any) -> None:
    make, kept = KINDS[name]
    left = make()
    made = timezone.now()

    at(made + kept - timedelta(hours=1))
    retention.purge()
    before = left()
    # Some of it is stored by the day, and ends with one.
    at(made + kept + timedelta(days=1, hours=1))
    retention.purge()

    assert (before, left()) == (1, 0)


def test_every_kind_that_ends_by_itself_is_tried_here() -> None:
    tried_elsewhere = {
        "withdrawal",  # tests/config/test_erasure.py
        "vote of the erased",  # tests/config/test_erasure.py
        "news to authors",  # tests/deliberate/test_author_links.py
        "task",  # the library's own command
    }

    ending = {name for name, kind in retention.KINDS.items() if kind.purge is not None}

    assert ending == KINDS.keys() | tried_elsewhere


def test_command_says_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    conversation = factories.conversation(opens_at=datetime(2024, 1, 1, tzinfo=UTC))
    conversations.close(conversation)
    Conversation.objects.update(closes_at=datetime(2024, 2, 1, tzinfo=UTC))

    call_command("purge")

    assert "key: 1\n" in capsys.readouterr().out
    assert conversation_keys.is_destroyed(Conversation.objects.get())


def test_purging_is_a_daily_step_of_the_background() -> None:
    step, pause = background.STEPS["purge"]

    assert step is retention.purge
    assert pause == 24 * 3600


def test_account_that_came_in_once_is_kept_though_unconfirmed(at: Any) -> None:
    user = factories.user(verified_email=False, last_login=timezone.now())
    plain = factories.UserFactory()

    at(timezone.now() + timedelta(days=90))
    retention.purge()

    assert User.objects.filter(pk__in=[user.pk, plain.pk]).count() == 2
    assert EmailAddress.objects.filter(user=user).exists()


@pytest.mark.parametrize(
    "left",
    [
        {"creator": None},
        # As it was stored when throwing a draft away left its words.
        {"state": "withdrawn", "closed_at": datetime(2025, 1, 1, tzinfo=UTC)},
        {"state": "withdrawn", "closed_at": datetime(2025, 1, 1, tzinfo=UTC), "creator": None},
    ],
)
def test_draft_that_nobody_finds_again_loses_its_words_within_a_day(left: dict[str, Any]) -> None:
    making.draft()
    Petition.objects.update(**left)

    ended = retention.purge()["draft"]

    stored = Petition.objects.get()
    assert (ended, stored.state) == (1, "withdrawn")
    assert making.TEXT not in {stored.title, stored.text}
    assert retention.purge()["draft"] == 0


def test_decisions_and_history_stay(at: Any) -> None:
    report()
    making.draft()

    at(timezone.now() + timedelta(days=4000))
    retention.purge()

    assert Decision.objects.count() == 1
    assert Report.objects.count() == 1
    assert PetitionTransition.objects.exists()


def test_page_of_the_docs_is_the_table() -> None:
    rows = [
        f"| {kind.what} | {kind.where} | {kind.kept} | {kind.why} |"
        for kind in retention.KINDS.values()
    ]
    lines = DOCS.read_text().splitlines()

    assert [row for row in rows if row not in lines] == []
    assert sum(line.startswith("| ") for line in lines) == len(rows) + 1
