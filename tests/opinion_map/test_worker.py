"""Drawing of maps: what is stale is drawn once, by one worker, and leaks nobody's vote."""

import threading
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from deliberate import conversations, positions, statements, votes
from deliberate.models import Choice, Conversation, Statement
from opinion_map import maths, snapshots, worker
from opinion_map.models import Drawing, OpinionMap
from record.models import RecordLine
from tests import factories
from tests.opinion_map import blocs

pytestmark = pytest.mark.django_db


def change_a_vote(conversation: Conversation, *, people: int) -> None:
    """So many people of one bloc change their mind on the uniting statement."""
    for voter in list(conversation.participants.order_by("id")[: 2 * people : 2]):
        votes.cast_one(participant=voter, statement_number=0, choice=Choice.DISAGREE)


def test_stale_map_is_drawn_once() -> None:
    conversation = blocs.conversation(data_policy="open")

    drawn = [worker.draw_stale(), worker.draw_stale()]

    assert drawn == [1, 0]
    assert OpinionMap.objects.get().votes_version == conversation.votes_version


def test_map_finds_the_blocs_and_what_unites_them() -> None:
    blocs.conversation()

    worker.draw_stale()

    document = OpinionMap.objects.get().document
    assert sorted(group["size"] for group in document["groups"]) == [30, 30]
    assert max(document["statements"], key=lambda row: row["consensus"])["id"] == 0


def test_map_of_an_open_conversation_follows_each_vote() -> None:
    conversation = blocs.conversation(data_policy="open")
    worker.draw_stale()

    change_a_vote(conversation, people=1)

    assert worker.draw_stale() == 1


def test_map_of_an_aggregate_conversation_moves_in_steps_of_five_people() -> None:
    conversation = blocs.conversation()
    worker.draw_stale()

    change_a_vote(conversation, people=4)
    too_few = worker.draw_stale()
    change_a_vote(conversation, people=5)

    assert (too_few, worker.draw_stale()) == (0, 1)


def test_public_map_of_an_aggregate_conversation_has_no_people() -> None:
    blocs.conversation()

    worker.draw_stale()

    public = OpinionMap.objects.get().public
    assert public["participants"] == []
    assert "model" not in public
    assert all(group["hull"] for group in public["groups"])


def test_map_publishes_priorities_for_showing() -> None:
    blocs.conversation()

    worker.draw_stale()

    priorities = set(Statement.objects.values_list("priority", flat=True))
    assert len(priorities) > 1
    assert min(priorities) > 0


@pytest.mark.parametrize(("policy", "apart"), [("open", 1e-5), ("aggregate", 0.05)])
def test_map_gives_a_participant_a_place(policy: str, apart: float) -> None:
    conversation = blocs.conversation(data_policy=policy)
    voter = blocs.anyone(conversation)
    own = dict(voter.votes.values_list("statement__number", "choice"))
    before = positions.placing(conversation.pk)

    worker.draw_stale()

    placing = positions.placing(conversation.pk)
    document = OpinionMap.objects.get().document
    drawn = next(row for row in document["participants"] if row["id"] == voter.pk)
    assert before is None
    assert placing is not None
    sums = positions.NO_VOTES
    for number, choice in own.items():
        sums = placing.with_vote(sums, number, choice)
    assert placing.place(sums) == pytest.approx((drawn["x"], drawn["y"]), abs=apart)


def test_map_leaves_out_rejected_statements() -> None:
    conversation = blocs.conversation(data_policy="open")
    statements.reject(
        statement_id=blocs.first(conversation).pk, version=0, reason="advert", explanation="Ad."
    )

    worker.draw_stale()

    ids = {row["id"] for row in OpinionMap.objects.get().document["statements"]}
    assert ids == set(range(1, 12))


def test_next_map_keeps_everybody_in_the_group_of_the_same_letter() -> None:
    conversation = blocs.conversation(data_policy="open")
    worker.draw_stale()
    before = letters()

    change_a_vote(conversation, people=6)
    worker.draw_stale()

    assert "display" in OpinionMap.objects.order_by("-id")[0].document
    assert letters() == before


def letters() -> dict[int, str]:
    """The letter under which each participant is shown on the newest map."""
    shown = maths.displayed(OpinionMap.objects.order_by("-id")[0].document)
    return {row["id"]: row["group"] for row in shown["participants"]}


def test_map_is_in_the_public_record_by_its_hash() -> None:
    blocs.conversation(slug="water")

    worker.draw_stale()

    line = RecordLine.objects.get(kind="map.published")
    assert line.subject == "/conversations/water/map/"
    drawn = OpinionMap.objects.get()
    bare = drawn.votes_sha256.encode()
    assert line.facts["votes_sha256"] == drawn.public["votes_sha256"]
    assert drawn.public["votes_sha256"] == sha256(bytes(drawn.votes_salt) + bare).hexdigest()


def test_map_of_one_vote_is_drawn_without_groups() -> None:
    conversation = factories.conversation(data_policy="open")
    factories.vote(statement=factories.statement(conversation=conversation))

    worker.draw_stale()

    assert OpinionMap.objects.get().document["counts"]["participants"] == 1
    assert len(OpinionMap.objects.get().document["groups"]) <= 1


def test_worker_that_died_leaves_the_map_to_another_when_its_lease_ends() -> None:
    conversation = blocs.conversation(data_policy="open")
    Drawing.objects.create(
        conversation=conversation, taken_until=timezone.now() + timedelta(minutes=1)
    )

    while_held = worker.draw_stale()
    Drawing.objects.update(taken_until=timezone.now() - timedelta(seconds=1))

    assert (while_held, worker.draw_stale()) == (0, 1)


def test_failed_drawing_leaves_the_old_map_and_lets_go(monkeypatch: pytest.MonkeyPatch) -> None:
    conversation = blocs.conversation(data_policy="open")
    worker.draw_stale()
    change_a_vote(conversation, people=1)

    def fail(*_args: object, **_options: object) -> None:
        raise MemoryError

    with monkeypatch.context() as broken:
        broken.setattr(snapshots, "draw", fail)
        with pytest.raises(MemoryError):
            worker.draw_stale()

    assert OpinionMap.objects.count() == 1
    assert worker.draw_stale() == 1


def test_failed_drawing_does_not_keep_other_conversations_waiting(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    poisoned = blocs.conversation(data_policy="open", people=12)
    healthy = blocs.conversation(data_policy="open", people=12)
    draw = snapshots.draw

    def fail_once(asked: Conversation, **options: Any) -> OpinionMap:
        if asked.pk == poisoned.pk:
            raise MemoryError
        return draw(asked, **options)

    monkeypatch.setattr(snapshots, "draw", fail_once)
    worker.step()

    assert [row.conversation_id for row in OpinionMap.objects.all()] == [healthy.pk]
    assert "could not be drawn" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_lease_that_a_lost_database_left_is_ended_when_it_is_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    conversation = blocs.conversation()
    is_away = False

    def away(execute: Any, sql: str, *rest: Any) -> Any:
        if is_away:
            raise OperationalError("server closed the connection unexpectedly")
        return execute(sql, *rest)

    def lose(*_arguments: Any, **_options: Any) -> None:
        nonlocal is_away
        is_away = True
        OpinionMap.objects.count()

    with monkeypatch.context() as patched, connection.execute_wrapper(away):
        patched.setattr(snapshots, "draw", lose)
        worker.step()
    drawing = Drawing.objects.get(conversation=conversation)

    worker.step()

    assert drawing.taken_until is not None
    assert OpinionMap.objects.get().votes_version == conversation.votes_version


def test_worker_whose_lease_ran_out_changes_nothing_of_its_successors() -> None:
    conversation = blocs.conversation(data_policy="open", people=12)
    Drawing.objects.create(conversation=conversation)
    slow = worker._take(conversation.pk)
    Drawing.objects.update(taken_until=timezone.now() - timedelta(seconds=1))
    successor = worker._take(conversation.pk)

    assert slow is not None
    assert successor is not None
    worker._let_go(slow, votes_version=0)

    assert Drawing.objects.get().taken_until == successor.taken_until


def test_time_from_a_vote_to_its_map_is_measured() -> None:
    conversation = blocs.conversation(data_policy="open", people=12)
    worker.draw_stale()
    change_a_vote(conversation, people=1)

    worker.draw_stale()

    first, second = OpinionMap.objects.order_by("id")
    assert first.lag_seconds is None
    assert second.lag_seconds is not None
    assert second.seconds < second.lag_seconds < 60


def test_old_maps_are_thinned_to_one_an_hour() -> None:
    conversation = blocs.conversation(data_policy="open")
    worker.draw_stale()
    first = OpinionMap.objects.get()
    started = timezone.now().replace(minute=30) - timedelta(hours=3)
    OpinionMap.objects.bulk_create(
        OpinionMap(
            conversation=conversation,
            votes_version=first.votes_version,
            votes_sha256=first.votes_sha256,
            document={},
            public={},
            model={},
            seconds=0,
            drawn_at=started + timedelta(minutes=2 * minute),
        )
        for minute in range(40)
    )

    snapshots._thin(conversation)

    kept = OpinionMap.objects.order_by("id").values_list("drawn_at", flat=True)
    old = list(kept)[:-20]
    assert len({drawn.hour for drawn in old}) == len(old)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("policy", ["open", "aggregate"])
def test_one_worker_at_a_time_draws_a_conversation(policy: str) -> None:
    conversation = blocs.conversation(data_policy=policy)
    Drawing.objects.create(conversation=conversation)
    start = threading.Barrier(6)
    drawn: list[bool] = []

    def work() -> None:
        start.wait()
        drawn.append(worker.draw(conversation.pk))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    # The others go on with something else, and none of them falls over it.
    assert sorted(drawn) == [False] * 5 + [True]
    assert OpinionMap.objects.count() == 1


def test_map_of_a_conversation_that_closes_without_a_vote_is_drawn_empty() -> None:
    conversation = factories.conversation()
    factories.statement(conversation=conversation)

    conversations.close(conversation)
    drawn = worker.draw_stale()

    assert (drawn, worker.draw_stale()) == (1, 0)
    assert OpinionMap.objects.get().document["participants"] == []
