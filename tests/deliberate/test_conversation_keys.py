"""A conversation's key: what hangs on it, and that nothing is left of it once it is destroyed."""

import hashlib
import hmac
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, models
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import identity_keys
from accounts.models import User
from deliberate import (
    author_links,
    boards,
    conversation_keys,
    conversations,
    errors,
    participants,
    seats,
    statements,
    votes,
)
from deliberate.models import AuthorLink, Conversation, Participant, Statement, Vote, VoteChange
from moderation.models import Report
from record.models import RecordLine
from tests import factories
from tests.deliberate.sessions import new_session

pytestmark = pytest.mark.django_db

# What everybody shares: a way through these tells of nobody which vote is theirs.
SHARED = {"Conversation", "Statement", "Place", "Council", "Petition", "RecordLine", "ContentType"}


def people(conversation: Conversation, *, number: int = 5) -> list[User]:
    """So many accounts that have each voted on one statement, and said one."""
    seed = factories.statement(conversation=conversation)
    made = [factories.user() for _ in range(number)]
    for user in made:
        voter = participants.enter(conversation=conversation, user=user, session={})
        votes.cast_one(participant=voter, statement_number=seed.number, choice=1)
        statements.submit(
            conversation=conversation,
            participant=voter,
            text=f"What person {user.pk} has to say.",
            language="en",
            account_id=user.pk,
        )
    return made


def dump() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, as whoever has the database sees them."""
    return {
        model._meta.db_table: list(model._default_manager.order_by().values())
        for model in apps.get_models()
    }


def secrets_in(rows: dict[str, list[dict[str, Any]]]) -> set[bytes]:
    """Every string of bytes that stands anywhere in the dump, and nothing at all."""
    found = {
        bytes(value)
        for table in rows.values()
        for row in table
        for value in row.values()
        if isinstance(value, bytes | memoryview)
    }
    return found | {b""}


def linked(rows: dict[str, list[dict[str, Any]]], site_key: bytes) -> set[int]:
    """The participants that somebody with the dump and the site's key can tie to an account."""
    found = set()
    keys = [bytes(row["participation_key"]) for row in rows["accounts_user"]]
    names = {bytes(row["key"]): row["id"] for row in rows["deliberate_participant"]}
    for secret, key in product(secrets_in(rows), keys):
        derived = hmac.digest(site_key, secret, hashlib.sha256)
        name = hmac.digest(derived, key, hashlib.sha256)
        if name in names:
            found.add(names[name])
    return found


def closed(conversation: Conversation, *, days_ago: float = 0) -> Conversation:
    conversations.close(conversation)
    Conversation.objects.filter(pk=conversation.pk).update(
        opens_at=timezone.now() - timedelta(days=days_ago + 10),
        closes_at=timezone.now() - timedelta(days=days_ago),
    )
    return Conversation.objects.get(pk=conversation.pk)


def test_dump_and_site_key_link_votes_only_while_the_key_is_there() -> None:
    conversation = factories.conversation()
    people(conversation)
    site_key = identity_keys.secret(identity_keys.current_id())

    before = linked(dump(), site_key)
    conversation_keys.destroy(closed(conversation).pk)
    after = linked(dump(), site_key)

    assert before == set(Participant.objects.values_list("pk", flat=True))
    assert after == set()
    assert Vote.objects.count() == 10


def test_dump_without_the_site_key_links_nothing() -> None:
    people(factories.conversation())

    assert linked(dump(), b"a key that somebody guessed") == set()


def test_no_foreign_keys_lead_from_a_vote_to_an_account() -> None:
    """Forwards from what hangs on a pseudonym, and in any direction past what everybody shares."""
    forwards = {Vote, VoteChange, Participant, AuthorLink}
    seen: set[Any] = set()
    while forwards:
        model = forwards.pop()
        seen.add(model)
        forwards |= {
            field.related_model
            for field in model._meta.get_fields()
            if isinstance(field, models.ForeignKey) and field.related_model not in seen
        }

    around: set[Any] = set()
    waiting: set[Any] = {User}
    while waiting:
        model = waiting.pop()
        around.add(model)
        near = {
            field.related_model
            for field in model._meta.get_fields(include_hidden=True)
            if field.is_relation and field.related_model is not None
        }
        waiting |= {
            one for one in near if one not in around and one._meta.object_name not in SHARED
        }

    assert User not in seen
    assert Participant not in around
    assert Vote not in around


def test_no_column_of_an_account_equals_one_of_a_participant() -> None:
    conversation = factories.conversation()
    people(conversation)
    rows = dump()

    def values(tables: set[str]) -> set[object]:
        return {
            bytes(value) if isinstance(value, memoryview) else value
            for table in tables
            for row in rows[table]
            for value in row.values()
            if isinstance(value, str | bytes | memoryview) and len(value) >= 8
        }

    own = {table for table in rows if table.startswith(("accounts_", "account_", "mfa_"))}
    others = {
        "deliberate_participant",
        "deliberate_vote",
        "deliberate_votechange",
        "deliberate_authorlink",
        "moderation_report",
    }
    assert values(own)
    assert values(others)
    assert values(own) & values(others) == set()


def test_key_is_destroyed_when_the_time_to_appeal_is_over(settings: Any) -> None:
    late = closed(factories.conversation(slug="late"), days_ago=settings.KEY_KEPT_DAYS + 1)
    early = closed(factories.conversation(slug="early"), days_ago=settings.KEY_KEPT_DAYS - 1)
    still_open = factories.conversation(slug="open")

    call_command("purge")

    for row in (late, early, still_open):
        row.refresh_from_db()
    assert conversation_keys.is_destroyed(late)
    assert late.key_destroyed_at is not None
    assert not conversation_keys.is_destroyed(early)
    assert not conversation_keys.is_destroyed(still_open)
    line = RecordLine.objects.get(kind="conversation.key_destroyed")
    assert line.subject == "/conversations/late/"
    assert line.facts == {}


def test_key_of_a_conversation_that_was_closed_by_hand_is_destroyed_too(settings: Any) -> None:
    conversation = factories.conversation()
    Conversation.objects.update(state="closed", closes_at=None)
    conversation.refresh_from_db()
    due = conversation_keys.due_at(conversation)
    assert due is not None

    done = [conversation_keys.destroy_due(now=due + timedelta(seconds=step)) for step in (-1, 1)]

    assert done == [0, 1]


def test_key_of_an_open_conversation_is_not_destroyed() -> None:
    conversation = factories.conversation()

    with pytest.raises(errors.ConversationOpen):
        conversation_keys.destroy(conversation.pk)


def test_key_is_destroyed_once() -> None:
    conversation = closed(factories.conversation())

    done = [conversation_keys.destroy(conversation.pk) for _ in range(2)]

    assert done == [True, False]
    assert RecordLine.objects.filter(kind="conversation.key_destroyed").count() == 1


def test_conversation_without_a_key_is_not_opened_again() -> None:
    conversation = closed(factories.conversation())
    conversation_keys.destroy(conversation.pk)

    with pytest.raises(IntegrityError):
        Conversation.objects.filter(pk=conversation.pk).update(state="open")


def test_nothing_can_be_made_with_a_destroyed_key() -> None:
    conversation = factories.conversation()
    (user,) = people(conversation, number=1)
    conversation_keys.destroy(closed(conversation).pk)
    conversation.refresh_from_db()

    with pytest.raises(errors.KeyDestroyed):
        participants.pseudonym(conversation=conversation, person_key=b"k")
    assert participants.find(conversation=conversation, user=user, session={}) is None
    assert participants.arrive(conversation=conversation, user=user, session={}) is None
    assert not AuthorLink.objects.exists()


def test_votes_keep_only_their_day_when_the_key_is_gone() -> None:
    conversation = factories.conversation()
    people(conversation)

    conversation_keys.destroy(closed(conversation).pk)

    for table in (Vote, VoteChange):
        times = table.objects.values_list("cast_at", flat=True)
        assert {(at.hour, at.minute, at.second, at.microsecond) for at in times} == {(0, 0, 0, 0)}


def test_page_of_own_votes_says_that_nobody_can_tell_any_more(client: Client) -> None:
    conversation = factories.conversation(slug="water")
    (user,) = people(conversation, number=1)
    client.force_login(user)
    conversation_keys.destroy(closed(conversation).pk)

    pages = {
        path: client.get(path)
        for path in (
            "/conversations/water/",
            "/conversations/water/my-votes/",
            "/conversations/water/map/",
            "/conversations/water/report/",
        )
    }

    assert {page.status_code for page in pages.values()} == {200}
    own = pages["/conversations/water/my-votes/"].content.decode()
    assert "its key has been destroyed" in own
    assert "What person" not in own


def test_seats_of_a_conversation_without_a_key_are_nobodys() -> None:
    conversation = factories.conversation(slug="water")
    people(conversation, number=1)
    session = new_session()
    first = boards.now("water")
    assert first is not None
    seats.take(first, voters={session: ""}, readers=[])

    conversation_keys.destroy(closed(conversation).pk)
    moment = boards.now("water")

    assert moment is not None
    assert moment.board is not first.board
    (seat,) = seats.take(moment, voters={}, readers=[session]).values()
    assert isinstance(seat, seats.Seat)
    assert seat.participant is None
    (answer,) = seats.take(moment, voters={session: ""}, readers=[]).values()
    assert isinstance(answer, errors.KeyDestroyed)


def test_report_can_still_be_filed_when_the_key_is_gone(client: Client) -> None:
    conversation = factories.conversation(slug="water")
    people(conversation, number=1)
    number = Statement.objects.filter(is_seed=False).latest("pk").number
    conversation_keys.destroy(closed(conversation).pk)

    path = reverse("moderation:report", args=["water", number])
    answers = [client.post(path, {"reason": "insult"}).status_code for _ in range(2)]

    assert answers == [302, 302]
    # Without a pseudonym nobody can tell that both are one person's.
    assert len(set(Report.objects.values_list("reporter_key", flat=True))) == 2


def test_pseudonym_stays_when_the_sites_key_is_followed_by_another(settings: Any) -> None:
    first = settings.IDENTITY_KEY = "o" * 40
    conversation = factories.conversation()
    before = participants.pseudonym(conversation=conversation, person_key=b"k")

    settings.IDENTITY_KEY = f"2:{'n' * 40},1:{first}"
    later = factories.conversation()

    assert (conversation.key_id, later.key_id) == ("1", "2")
    assert participants.pseudonym(conversation=conversation, person_key=b"k") == before


def test_sealed_links_open_only_with_both_halves_of_the_key(settings: Any) -> None:
    conversation = factories.conversation()
    (user,) = people(conversation, number=1)
    link = AuthorLink.objects.select_related("statement__conversation").get()
    settings_key = settings.IDENTITY_KEY

    with_both = author_links._account_of(link)
    settings.IDENTITY_KEY = "another key of the site, as whoever stole the database has none"
    without_site = author_links._account_of(link)
    settings.IDENTITY_KEY = settings_key
    link.statement.conversation.secret = b""
    without_own = author_links._account_of(link)

    assert (with_both, without_site, without_own) == (user.pk, None, None)
