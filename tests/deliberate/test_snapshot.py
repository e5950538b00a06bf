"""The public state of a room, for whoever has missed its news."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone, translation

from deliberate import conversations, snapshot, statements
from deliberate.models import Conversation, StatementText
from tests import factories
from tests.publishing import publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def topic() -> Conversation:
    return factories.conversation(slug="shade", data_policy="open")


def url(topic: Conversation) -> str:
    return f"{topic.get_absolute_url()}live.json"


def test_snapshot_has_the_counts_that_everyone_may_see(topic: Conversation) -> None:
    statement = factories.statement(conversation=topic)
    factories.vote(statement=statement)
    factories.vote(statement=statement)
    publish()
    factories.vote(statement=statement)
    topic.refresh_from_db()

    state = snapshot.snapshot(topic)

    assert (state["votes"], state["participants"]) == (2, 2)
    assert state["version"] == topic.room_version == 2
    assert state["votes_version"] < topic.votes_version
    assert state["open"] is True


def test_snapshot_has_the_newest_accepted_statements_and_no_other(topic: Conversation) -> None:
    rows = [factories.statement(conversation=topic, text=f"Number {turn}") for turn in range(7)]
    statements.reject(
        statement_id=rows[5].pk, version=rows[5].version, reason="advert", explanation=""
    )
    factories.statement(conversation=topic, state="pending")
    topic.refresh_from_db()

    newest = snapshot.snapshot(topic)["newest"]

    assert [one["id"] for one in newest] == [6, 4, 3, 2, 1]
    assert newest[0] == {"id": 6, "text": "Number 6", "language": "en"}


def test_snapshot_is_in_the_readers_language(topic: Conversation) -> None:
    statement = factories.statement(conversation=topic, text="Trees.")
    StatementText.objects.create(statement=statement, language="ur", text="درخت۔")

    with translation.override("ur"):
        (newest,) = snapshot.snapshot(topic)["newest"]

    assert newest == {"id": statement.number, "text": "درخت۔", "language": "ur"}


def test_snapshot_has_nobodys_own_things(client: Client, topic: Conversation) -> None:
    factories.vote(statement=factories.statement(conversation=topic))

    answer = client.get(url(topic)).json()

    assert set(answer) == {
        "version",
        "votes_version",
        "votes",
        "participants",
        "open",
        "map_version",
        "newest",
    }


def test_snapshot_is_read_once_for_a_room_that_asks_at_once(
    client: Client, topic: Conversation, django_assert_max_num_queries: object
) -> None:
    for _ in range(6):
        factories.statement(conversation=topic)

    with django_assert_max_num_queries(9):  # type: ignore[operator]
        first = client.get(url(topic))
    with django_assert_max_num_queries(1):  # type: ignore[operator]
        second = Client().get(url(topic))

    assert first.json() == second.json()


def test_snapshot_that_is_known_is_not_sent_again(
    client: Client, topic: Conversation, django_assert_max_num_queries: object
) -> None:
    tag = client.get(url(topic))["ETag"]

    with django_assert_max_num_queries(1):  # type: ignore[operator]
        again = client.get(url(topic), headers={"If-None-Match": tag})

    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)


def test_snapshot_has_another_name_after_each_thing_that_changes_it(
    client: Client, topic: Conversation
) -> None:
    tags = [client.get(url(topic))["ETag"]]

    written = statements.submit(
        conversation=topic,
        participant=factories.participant(conversation=topic),
        text="Trees.",
        language="en",
    )
    tags.append(client.get(url(topic))["ETag"])
    publish()
    tags.append(client.get(url(topic))["ETag"])
    statements.reject(
        statement_id=written.pk, version=written.version, reason="advert", explanation=""
    )
    tags.append(client.get(url(topic))["ETag"])
    tags.append(client.get(url(topic), headers={"Accept-Language": "ur"})["ETag"])
    conversations.close(topic)
    tags.append(client.get(url(topic))["ETag"])

    assert len(set(tags)) == len(tags)


def test_snapshot_says_that_the_clock_has_closed_the_room(
    client: Client, topic: Conversation
) -> None:
    before = client.get(url(topic))
    Conversation.objects.update(closes_at=timezone.now() - timedelta(seconds=1))

    after = client.get(url(topic), headers={"If-None-Match": before["ETag"]})

    assert before.json()["open"] is True
    assert after.status_code == 200
    assert after.json()["open"] is False


@pytest.mark.parametrize("query", ["?version=12", "?version=x", "?version=", "?nonsense=%00"])
def test_version_in_the_address_is_for_caches_alone(
    client: Client, topic: Conversation, query: str
) -> None:
    assert client.get(url(topic) + query).json() == client.get(url(topic)).json()


def test_draft_and_no_conversation_have_no_snapshot(client: Client) -> None:
    draft = factories.conversation(state=Conversation.State.DRAFT)

    assert client.get(url(draft)).status_code == 404
    assert client.get("/conversations/no-such-room/live.json").status_code == 404


def test_snapshot_takes_no_posts(client: Client, topic: Conversation) -> None:
    assert client.post(url(topic)).status_code == 405
