"""What is kept too long goes, what is not stays: with the clock moved, for each kind."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts import enrolment, identity, notices
from accounts.models import EnrolmentCode, IdentityProof, Notice, User
from config import background, retention
from config import passing as passing_content
from deliberate import conversation_keys, conversations, participants, votes
from deliberate.models import BallotReceipt, Choice, Conversation
from moderation import decisions, reports
from moderation.models import Decision, Report
from petitions import signatures
from petitions.models import CouncilReview, Petition, PetitionTransition
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


def passing() -> Left:
    key = abandoned_sign_up()
    return lambda: sum(
        "joining" in held or "kept_acts" in held
        for held in [Session.objects.get(session_key=key).get_decoded()]
    )


def abandoned_sign_up() -> str:
    """Somebody votes, is asked to sign in, types an address and goes away: their session's key."""
    room = factories.conversation(participation="account")
    factories.statement(conversation=room)
    client = Client(headers={"host": "localhost"})
    session = client.session
    participants.remember_browser(session)
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    answer = client.post(room.get_absolute_url(), {"statement": "0", "choice": "disagree"})
    join = answer.headers["Location"]
    client.post(
        join, {"email": "canary@example.org", "next": parse_qs(urlsplit(join).query)["next"]}
    )
    return str(client.session.session_key)


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


def code_of_an_office() -> Left:
    enrolment.issue(factories.moderator())
    return EnrolmentCode.objects.count


def undecided_report() -> Left:
    statement = factories.statement()
    reports.file_report(
        statement_id=statement.pk, reporter_key=b"u" * 32, reason="insult", explanation="She lies."
    )
    return Report.objects.filter(explanation="She lies.", reporter_key=b"u" * 32).count


def key_of_an_unanswered_petition() -> Left:
    review = making.review()
    Petition.objects.filter(pk=review.petition_id).update(state="closed", closed_at=timezone.now())
    CouncilReview.objects.filter(pk=review.pk).update(
        answer_due_at=timezone.now() + timedelta(days=30)
    )
    return Petition.objects.filter(pk=review.petition_id).exclude(secret=b"").count


def done_task() -> Left:
    notices.tell(factories.user(), kind="petition.answered", path="/petitions/1/")
    DBTaskResult.objects.update(status="SUCCESSFUL", finished_at=timezone.now())
    return DBTaskResult.objects.count


def helped_in_a_conversation() -> Left:
    conversation = factories.conversation()
    person = identity.remember(identity.name("61101-1234567-8"))
    participants.enter_assisted(
        conversation=conversation, person_key=identity.person_key(person), has_account=False
    )
    conversations.close(conversation)
    return IdentityProof.objects.filter(pk=person.pk).count


def helped_with_a_petition() -> Left:
    petition = making.collecting()
    person = identity.remember(identity.name("61101-1234567-8"))
    signatures.sign_assisted(petition_id=petition.pk, participation_key=identity.person_key(person))
    Petition.objects.filter(pk=petition.pk).update(state="closed", closed_at=timezone.now())
    return IdentityProof.objects.filter(pk=person.pk).count


# In other circumstances than those of their kind in KINDS.
FURTHER: dict[str, tuple[Callable[[], Left], timedelta]] = {
    "report without a decision": (undecided_report, retention.REPORTS),
    "key of a petition without an answer": (key_of_an_unanswered_petition, timedelta(days=210)),
    "proof of somebody helped with a petition": (helped_with_a_petition, timedelta(days=180)),
}
KINDS: dict[str, tuple[Callable[[], Left], timedelta]] = {
    "unconfirmed": (unconfirmed, retention.UNCONFIRMED),
    "session": (session, timedelta(days=60)),
    "passing": (passing, passing_content.KEPT_FOR),
    "news": (news, retention.NEWS),
    "receipt": (receipt, timedelta(days=60)),
    "key": (key, timedelta(days=180)),
    "signers key": (signers_key, timedelta(days=180)),
    "draft": (draft, retention.DRAFTS),
    "report": (report, retention.REPORTS),
    "enrolment": (code_of_an_office, enrolment.LASTS),
    "task": (done_task, retention.TASKS),
    "proof of the helped": (helped_in_a_conversation, timedelta(days=180)),
}


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Moves the clock of everything that asks Django for the time."""

    def move(moment: datetime) -> None:
        monkeypatch.setattr(timezone, "now", lambda: moment)

    return move


@pytest.mark.parametrize("name", [*KINDS, *FURTHER])
def test_kind_stays_until_its_time_and_goes_then(name: str, at: Any) -> None:
    make, kept = (KINDS | FURTHER)[name]
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
    }

    ending = {name for name, kind in retention.KINDS.items() if kind.purge is not None}

    assert ending == KINDS.keys() | tried_elsewhere


def test_reporters_words_go_with_the_key_of_the_conversation(at: Any) -> None:
    left = [report(), undecided_report()]
    for conversation in Conversation.objects.all():
        conversations.close(conversation)

    at(timezone.now() + timedelta(days=179))
    retention.purge()
    before = [count() for count in left]
    at(timezone.now() + timedelta(days=2))
    retention.purge()

    assert before == [1, 1]
    assert [count() for count in left] == [0, 0]
    assert Report.objects.count() == 2


def test_proof_of_somebody_helped_twice_stays_until_the_last_key_is_gone(at: Any) -> None:
    left = helped_in_a_conversation()
    helped_with_a_petition()
    Petition.objects.update(closed_at=timezone.now() + timedelta(days=100))

    at(timezone.now() + timedelta(days=200))
    retention.purge()
    before = left()
    at(timezone.now() + timedelta(days=100))
    retention.purge()

    assert (before, left()) == (1, 0)


def test_kind_that_fails_stops_no_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, at: Any
) -> None:
    def fail(_now: datetime) -> int:
        raise RuntimeError("broken")

    broken = replace(retention.KINDS["session"], purge=fail)
    monkeypatch.setattr(retention, "KINDS", retention.KINDS | {"session": broken})
    left = news()

    at(timezone.now() + timedelta(days=400))
    with pytest.raises(CommandError, match=r"Not purged: session\."):
        call_command("purge")

    assert left() == 0
    assert "The kind 'session' could not be purged." in caplog.text


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


def test_abandoned_sign_up_is_out_of_the_session_after_the_hourly_round(at: Any) -> None:
    key = abandoned_sign_up()
    row = Session.objects.get(session_key=key)
    browsers_own = row.get_decoded()[participants.SESSION_KEY]

    at(timezone.now() + timedelta(hours=1, minutes=1))
    background.keep_house()

    kept = Session.objects.get(session_key=key)
    assert kept.get_decoded() == {participants.SESSION_KEY: browsers_own}
    assert kept.expire_date == row.expire_date


def test_session_that_its_browser_changed_meanwhile_is_left_alone() -> None:
    row = Session.objects.get(session_key=abandoned_sign_up())
    changed = Session.objects.get(session_key=row.session_key)
    store = SessionStore(row.session_key)
    store["new"] = "word"
    store.save()

    done = passing_content._strip(
        row.session_key, row.session_data, row.expire_date, before=timezone.now()
    )

    changed.refresh_from_db()
    assert not done
    assert changed.get_decoded()["new"] == "word"


def test_young_act_stays_beside_an_old_one() -> None:
    held = {
        "kept_acts": {"old": {"at": 10.0}, "young": {"at": 90.0}},
        "account_login": {"email": "a@example.org", "initiated_at": 10.0},
        "mfa.totp.secret": "of a session that was stored just now",
    }

    left = passing_content.without(held, kept_at=100.0, before=50.0)

    assert left == {
        "kept_acts": {"young": {"at": 90.0}},
        "mfa.totp.secret": "of a session that was stored just now",
    }


@pytest.mark.parametrize("is_in", [True, False])
def test_proof_of_an_address_stays_in_a_session_that_is_signed_in(is_in: bool) -> None:
    proofs = {"account_authentication_methods": [{"email": "a@example.org", "at": 10.0}]}
    held = proofs | ({"_auth_user_id": "1"} if is_in else {})

    left = passing_content.without(held, kept_at=10.0, before=50.0)

    assert left == (held if is_in else {})


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
