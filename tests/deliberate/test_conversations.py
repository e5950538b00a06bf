"""Conversations: opened under declared rules, closed by the clock."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone

from deliberate import conversations, votes
from deliberate.models import Choice, Conversation, RulesAreFixed
from record.models import RecordLine
from tests import factories

pytestmark = pytest.mark.django_db


def test_conversation_opens_with_its_rules_in_the_public_record() -> None:
    call_command("open_conversation", "water", "Water", "--participation", "account")

    conversation = Conversation.objects.get()
    assert conversation.takes_votes
    assert RecordLine.objects.get().facts["participation"] == "account"


@pytest.mark.parametrize("flags", [[], ["--seeds-first"]])
def test_conversation_says_whether_seeds_come_first(client: Client, flags: list[str]) -> None:
    call_command("open_conversation", "water", "Water", *flags)

    page = client.get("/conversations/water/").content.decode()

    assert Conversation.objects.get().seeds_first == bool(flags)
    assert ("votes first on the statements that were there from the start" in page) == bool(flags)


@pytest.mark.parametrize("slug", ["water", "no slug", "../x"])
def test_conversation_with_a_wrong_or_taken_slug_is_refused(slug: str) -> None:
    factories.conversation(slug="water")

    with pytest.raises(CommandError):
        call_command("open_conversation", slug, "Water")

    assert Conversation.objects.count() == 1


@pytest.mark.parametrize(
    "rule", [{"data_policy": "open"}, {"participation": "account"}], ids=["data", "people"]
)
def test_rules_stay_as_they_were_told_before_the_first_vote(rule: dict[str, str]) -> None:
    voted = factories.statement(conversation=factories.conversation()).conversation
    fresh = factories.conversation()
    votes.cast_one(
        participant=factories.participant(conversation=voted),
        statement_number=0,
        choice=Choice.AGREE,
    )
    voted.refresh_from_db()

    for name, value in rule.items():
        setattr(voted, name, value)
        setattr(fresh, name, value)
    fresh.save()
    for change in (
        voted.save,
        lambda: voted.save(update_fields=list(rule)),
        lambda: Conversation.objects.update(**rule),
        lambda: Conversation.objects.bulk_update([voted], list(rule)),
    ):
        with pytest.raises(RulesAreFixed), transaction.atomic():
            change()

    changed = Conversation.objects.filter(**rule)
    assert list(changed) == [fresh]


def test_other_words_of_a_conversation_with_votes_can_be_changed() -> None:
    voted = factories.conversation()
    Conversation.objects.update(votes_version=7)
    voted.refresh_from_db()

    voted.title = "Clean water"
    voted.save()
    Conversation.objects.update(promise="An answer in March.")

    assert Conversation.objects.filter(title="Clean water", promise="An answer in March.").exists()


def test_conversation_closes_when_its_time_has_come_and_once() -> None:
    due = factories.conversation(closes_at=timezone.now() - timedelta(seconds=1))
    later = factories.conversation(closes_at=timezone.now() + timedelta(hours=1))

    for _ in range(2):
        conversations.step()

    states = dict(Conversation.objects.values_list("slug", "state"))
    assert states == {due.slug: "closed", later.slug: "open"}
    assert RecordLine.objects.filter(kind="conversation.closed").count() == 1
