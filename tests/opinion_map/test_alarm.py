"""The alarm about the choice of statements: what raises it, that it rings once, and its end."""

import logging
import random
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from deliberate import conversations, orders, participants, statements, votes
from deliberate.models import Choice, Conversation, Participant, VoteChange
from opinion_map import alarm, worker
from opinion_map.models import OpinionMap
from record.models import RecordLine
from tests import factories

pytestmark = pytest.mark.django_db

REPORT = "/conversations/water/report/"
STATEMENTS, OFTEN = 16, 8


@pytest.fixture
def room() -> Conversation:
    """A conversation with a map: half of the statements have three times the votes of the rest."""
    made = factories.conversation(slug="water", data_policy="open")
    ids = [factories.statement(conversation=made).pk for _ in range(STATEMENTS)]
    people = participants.load(conversation=made, person_keys=keys(240))
    draw, long_ago = random.Random(3), timezone.now() - timedelta(days=3)
    votes.load(
        conversation_id=made.pk,
        changes=[
            (person, pk, draw.choice([-1, 1, 1]), long_ago + timedelta(seconds=turn))
            for turn, person in enumerate(people.values())
            for pk in (ids if turn < 80 else ids[:OFTEN])
        ],
    )
    worker.draw_stale()
    return Conversation.objects.get(pk=made.pk)


def keys(count: int, *, name: str = "early") -> list[bytes]:
    return [f"{name} {number}".encode() for number in range(count)]


def arrive(room: Conversation, *, people: int, even: bool, name: str) -> None:
    """So many people come and vote on the first statement that they are shown."""
    rows = room.statements.values_list("number", "priority", "priority", "is_seed")
    here = orders.candidates(list(rows), has_map=True, seeds_first=False)
    found = participants.load(conversation=room, person_keys=keys(people, name=name))
    draw = random.Random(people)
    ballots = []
    for voter in Participant.objects.filter(pk__in=found.values()):
        (first, *_rest) = orders.order(here, seed=bytes(voter.key)).tolist()
        number = draw.randrange(STATEMENTS) if even else first
        ballots.append(votes.Ballot(voter, number, Choice.AGREE))
    votes.cast(ballots)


def lines() -> list[tuple[str, str]]:
    rows = RecordLine.objects.filter(kind__startswith="routing.").order_by("id")
    return [
        (kind.removeprefix("routing."), facts["cause"])
        for kind, facts in rows.values_list("kind", "facts")
    ]


def test_choice_as_published_raises_no_alarm(room: Conversation) -> None:
    arrive(room, people=450, even=False, name="later")

    alarm.step()

    assert lines() == []


def test_even_choice_raises_an_alarm(room: Conversation, caplog: pytest.LogCaptureFixture) -> None:
    arrive(room, people=450, even=True, name="later")

    with caplog.at_level(logging.ERROR, logger="opinion_map.alarm"):
        alarm.step()
        alarm.step()

    assert lines() == [("alarm", "even")]
    assert [row.levelname for row in caplog.records] == ["ERROR"]
    assert "water does not work as published: even" in caplog.text


def test_alarm_is_over_when_people_are_shown_what_the_map_wants_again(room: Conversation) -> None:
    arrive(room, people=450, even=True, name="later")
    alarm.step()

    for turn in range(5):
        worker.draw_stale()
        arrive(room, people=300, even=False, name=f"again {turn}")
    alarm.step()

    assert lines() == [("alarm", "even"), ("well", "even")]
    assert alarm.of(room) == {}


def test_alarm_goes_on_when_nobody_votes(room: Conversation) -> None:
    arrive(room, people=450, even=True, name="later")
    alarm.step()
    VoteChange.objects.update(cast_at=timezone.now() - timedelta(hours=2))

    alarm.step()

    assert lines() == [("alarm", "even")]
    assert list(alarm.of(room)) == ["even"]


def test_first_votes_on_what_others_wrote_are_showings() -> None:
    conversation = factories.conversation()
    author = factories.participant(conversation=conversation)
    own = factories.statement(conversation=conversation, author=author)
    other = factories.statement(conversation=conversation)
    for statement, choice in [(own, Choice.AGREE), (other, Choice.PASS), (other, Choice.AGREE)]:
        votes.cast_one(participant=author, statement_number=statement.number, choice=choice)

    firsts, voted = alarm.first_votes({author.pk})

    (first, *_changes) = VoteChange.objects.filter(statement=other).order_by("id")
    assert firsts == {first.pk: (author.pk, other.number)}
    assert voted == {author.pk: {own.number, other.number}}


def unpublish(room: Conversation) -> None:
    room.statements.filter(number=3).update(priority=5.0625)


def mix_up(room: Conversation) -> None:
    rows = list(room.statements.order_by("number").values_list("pk", "priority"))
    statements.set_priorities(
        conversation_id=room.pk,
        priorities={pk: rows[-place - 1][1] for place, (pk, _priority) in enumerate(rows)},
    )


def level(room: Conversation) -> None:
    room.statements.update(priority=1 / STATEMENTS)
    rewrite_map(room)


def favour_one(room: Conversation) -> None:
    room.statements.update(priority=0.001)
    room.statements.filter(number=0).update(priority=0.985)
    rewrite_map(room)


def rewrite_map(room: Conversation) -> None:
    """The newest map says what the statements say."""
    newest = OpinionMap.objects.get(conversation=room)
    wanted = dict(room.statements.values_list("number", "priority"))
    for row in newest.public["statements"]:
        row["priority"] = wanted[row["id"]]
    newest.save(update_fields=["public"])


@pytest.mark.parametrize(
    ("damage", "causes"),
    [
        (unpublish, ["missing"]),
        (mix_up, ["stale"]),
        (level, ["uniform"]),
        (favour_one, ["single"]),
    ],
)
def test_chances_that_are_not_right_raise_an_alarm_until_the_next_map(
    room: Conversation, damage, causes: list[str]
) -> None:
    damage(room)
    alarm.step()
    began = lines()

    arrive(room, people=5, even=False, name="later")
    worker.draw_stale()
    alarm.step()

    assert began == [("alarm", cause) for cause in causes]
    assert lines() == began + [("well", cause) for cause in causes]


def test_new_statement_that_nearly_everybody_is_shown_raises_no_alarm(room: Conversation) -> None:
    factories.statement(conversation=room)
    arrive(room, people=5, even=False, name="later")
    worker.draw_stale()

    alarm.step()

    assert lines() == []


@pytest.mark.parametrize("number", [9, 10])
def test_map_of_too_few_people_raises_no_alarm(number: int) -> None:
    small = factories.conversation(data_policy="open")
    made = [factories.statement(conversation=small) for _ in range(5)]
    for _ in range(number):
        voter = factories.participant(conversation=small)
        for statement in made:
            factories.vote(statement=statement, participant=voter)
    Conversation.objects.filter(pk=small.pk).update(votes_version=1)
    worker.draw_stale()
    small.statements.update(priority=5.0625)

    alarm.step()

    assert bool(lines()) == (number == 10)


def test_step_counts_what_stands_and_goes_on_where_one_fails(
    room: Conversation, caplog: pytest.LogCaptureFixture
) -> None:
    other = factories.conversation()
    mix_up(room)
    OpinionMap.objects.create(
        conversation=other, votes_version=1, document={}, public={}, seconds=0
    )
    other.votes_version = 1
    other.save()
    worker.Drawing.objects.create(conversation=other, votes_version=1)
    told: list[int] = []

    alarm.step(count=told.append)
    alarm.step(count=told.append)

    assert told == [1, 1]
    assert "could not be checked" in caplog.text


def test_report_says_what_is_wrong_and_since_when(room: Conversation, client: Client) -> None:
    before = client.get(REPORT).content.decode()
    mix_up(room)
    alarm.step()

    during = client.get(REPORT).content.decode()
    conversations.close(room)
    after = client.get(REPORT).content.decode()

    assert "No alarm stands" in before
    assert "The choice of statements is not working as published since" in during
    assert "Statements are not chosen by the chances of the newest map." in during
    assert "To the end, the choice of statements did not work as published" in after


def test_record_says_it_in_words(room: Conversation, client: Client) -> None:
    mix_up(room)
    alarm.step()

    page = client.get("/record/?kind=routing.alarm").content.decode()

    assert "not working as published: the chances were not those of the newest map." in page
