"""No moment leads from an account to what its person did: a dump has no two that lie together."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import models
from django.utils import timezone

from accounts import identity, sign_ins
from accounts.models import User
from config import retention
from deliberate import conversations, participants, statements, tallies
from deliberate.models import Choice, Conversation, Statement, Vote, VoteChange
from moderation import reports
from moderation.models import Report
from opinion_map import snapshots, worker
from opinion_map.models import OpinionMap
from petitions.models import Petition, Signature
from tests import factories
from tests.accounts.signing_in import add_passkey, browser, code_for, join
from tests.petitions import making

pytestmark = pytest.mark.django_db

ACCOUNTS: Final = {"accounts", "account", "mfa", "sessions"}
# The news of a page come to all who follow it at once, whenever something happens there.
NEWS: Final = {"accounts.Notice.created_at", "accounts.Notice.mailed_at"}
ACTS: Final = (Vote, VoteChange, Statement, Signature, Report)
Moment = tuple[str, datetime]


def is_a_day(at: datetime) -> bool:
    """Whether nothing but the day is told."""
    utc = at.astimezone(UTC)
    return (utc.hour, utc.minute, utc.second, utc.microsecond) == (0, 0, 0, 0)


def moments(*tables: type[models.Model]) -> list[Moment]:
    """Every moment in the tables that is more than a day, with its column."""
    found = []
    for table in tables:
        for field in table._meta.fields:
            if isinstance(field, models.DateTimeField):
                name = f"{table._meta.label}.{field.name}"
                values = table._default_manager.values_list(field.attname, flat=True)
                found += [(name, at) for at in values if at is not None and not is_a_day(at)]
    return found


def accounts() -> list[Moment]:
    """Those of the accounts' tables."""
    tables = [model for model in apps.get_models() if model._meta.app_label in ACCOUNTS]
    return [one for one in moments(*tables) if one[0] not in NEWS]


def near(some: list[Moment], others: list[Moment]) -> Iterator[tuple[str, str]]:
    """The columns of those that lie within a minute of each other."""
    for name, at in some:
        for other, then in others:
            if abs(at - then) < timedelta(minutes=1):
                yield name, other


def journeys() -> tuple[User, Conversation]:
    """Somebody votes, signs up for it, and does all the rest in one evening."""
    client = browser()
    conversation = factories.conversation(slug="water", participation="account")
    other = factories.statement(conversation=conversation)
    page = conversation.get_absolute_url()
    kept = client.post(page, {"statement": "0", "choice": "disagree"})
    asked = client.post(kept.url, {"email": "new@example.org"})
    client.post(asked.url, {"code": code_for("new@example.org")}, follow=True)
    user = User.objects.get(email="new@example.org")
    add_passkey(client)
    identity.prove(user=user, provider="register", number="35202-1234567-1")
    part = participants.enter(conversation=conversation, user=user, session={})
    statements.submit(
        conversation=conversation, participant=part, text="Mend it.", language="en",
        account_id=user.pk,
    )  # fmt: skip
    reports.file_report(statement_id=other.pk, reporter_key=bytes(part.key), reason="insult")
    petition = making.collecting(threshold=50)
    client.post(petition.get_absolute_url(), {"action": "sign", "follow": "yes"})
    client.get("/notices/")
    return user, conversation


def test_no_moment_of_an_account_is_near_one_of_an_act() -> None:
    user, _conversation = journeys()

    assert Vote.objects.count() == 2
    assert user.follows.count() == 1
    assert {name for name, _at in moments(*ACTS)} >= {
        "deliberate.Vote.cast_at",
        "deliberate.Statement.created_at",
    }
    assert set(near(accounts(), moments(*ACTS))) == set()


def test_no_moment_of_an_act_is_left_when_the_keys_are_destroyed() -> None:
    _user, conversation = journeys()
    now = timezone.now()
    # As a signature was stored before it was by the day.
    Signature.objects.update(signed_at=now, withdrawn_at=now, state="withdrawn")
    conversations.close(conversation)
    Petition.objects.update(state="closed", closed_at=now)
    people = {bytes(key) for key in conversation.participants.values_list("key", flat=True)}
    names_before = set(Report.objects.values_list("reporter_key", flat=True))

    retention.purge(now=now + timedelta(days=190))

    zone = ZoneInfo(Petition.objects.select_related("council").get().council.time_zone)
    days = {timezone.localtime(now, zone).replace(hour=0, minute=0, second=0, microsecond=0)}
    assert moments(Vote, VoteChange, Statement, Report) == []
    assert set(Signature.objects.values_list("signed_at", flat=True)) == days
    assert set(Signature.objects.values_list("withdrawn_at", flat=True)) == days
    assert {bytes(key) for key in names_before} <= people
    assert not people & {bytes(one.reporter_key) for one in Report.objects.all()}


def test_kept_maps_lose_their_people_with_the_key_and_can_still_be_read() -> None:
    conversation = factories.conversation()
    said = [factories.statement(conversation=conversation) for _ in range(3)]
    for person in range(12):
        voter = factories.participant(conversation=conversation)
        for one in said:
            factories.vote(statement=one, participant=voter, choice=Choice(person % 3 - 1))
    tallies.step()
    worker.draw_stale()
    conversations.close(conversation)
    drawn = OpinionMap.objects.latest("pk")
    assert len(drawn.document["participants"]) == 12

    retention.purge(now=timezone.now() + timedelta(days=190))

    kept = OpinionMap.objects.latest("pk")
    assert kept.document == {**drawn.document, "participants": []}
    assert kept.public == drawn.public
    assert snapshots.draw(Conversation.objects.get()).pk > kept.pk
    retention.purge()
    assert OpinionMap.objects.latest("pk").document["participants"] == []


def test_session_is_stored_until_a_days_end_and_says_only_the_day() -> None:
    client = browser()
    join(client, "a@example.org")

    row, session = Session.objects.get(), client.session

    assert is_a_day(row.expire_date)
    assert (
        session[sign_ins.BEGAN_AT] % sign_ins.DAY == session[sign_ins.SEEN_AT] % sign_ins.DAY == 0
    )


def test_short_session_of_an_office_ends_on_time() -> None:
    client = browser()
    factories.moderator(email="m@example.org")
    join(client, "m@example.org")

    assert Session.objects.get().expire_date < timezone.now() + timedelta(minutes=31)
