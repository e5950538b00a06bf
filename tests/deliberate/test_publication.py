"""What becomes public: never of fewer than ten people, never by a step of fewer than five."""

import csv
import io
import json
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deliberate import conversations, export, publication, tallies, votes
from deliberate.models import Choice, Conversation, Participant, PublishedTally, Statement, Vote
from opinion_map import publication as maps
from opinion_map import worker
from tests import factories

pytestmark = pytest.mark.django_db

PEOPLE, STATEMENTS = 24, 3
# One act: who, on what, and which choice; None takes a vote back, and "look" is a moment when
# somebody reads everything that is public.
ACTS = st.lists(
    st.one_of(
        st.tuples(
            st.integers(0, PEOPLE - 1),
            st.integers(0, STATEMENTS - 1),
            st.sampled_from([1, 0, -1, 1, None]),
        ),
        st.just("look"),
    ),
    min_size=10,
    max_size=90,
)
Standing = dict[int, dict[int, int]]


def room(policy: str) -> tuple[Conversation, list[Participant]]:
    conversation = factories.conversation(data_policy=policy)
    for _ in range(STATEMENTS):
        factories.statement(conversation=conversation)
    people = [factories.participant(conversation=conversation) for _ in range(PEOPLE)]
    return conversation, people


def standing(conversation: Conversation) -> Standing:
    """What everybody thinks now: {person: {statement: choice}}."""
    found: Standing = {}
    rows = Vote.objects.filter(statement__conversation=conversation)
    for person, number, choice in rows.values_list("participant_id", "statement__number", "choice"):
        found.setdefault(person, {})[number] = choice
    return found


def apart(one: Standing, other: Standing) -> int:
    """Of how many people what they think differs."""
    return sum(one.get(person) != other.get(person) for person in one.keys() | other.keys())


def counted(votes_of: Standing) -> dict[int, Counter[int]]:
    counts: dict[int, Counter[int]] = {}
    for choices in votes_of.values():
        for number, choice in choices.items():
            counts.setdefault(number, Counter())[choice] += 1
    return counts


def look(conversation: Conversation) -> str:
    """Everything of the counts that somebody outside can read, the newest map with it."""
    conversation = Conversation.objects.get(pk=conversation.pk)
    tallies.step()
    worker.draw_stale()
    tally = PublishedTally.objects.filter(conversation=conversation).first()
    map_ = maps.newest(conversation)
    files = {
        name: list(export.FILES[name](conversation, url=""))[1:] for name in ("summary", "comments")
    }
    rows = map_.document["statements"] if map_ else []
    return json.dumps(
        {
            "tally": [tally.votes, tally.participants] if tally else [0, 0],
            "files": [[str(cell) for cell in row] for rows_ in files.values() for row in rows_],
            "map": [[row["id"], row["agree"], row["disagree"], row["pass"]] for row in rows],
        }
    )


def act(conversation: Conversation, people: list[Participant], done: tuple[Any, ...]) -> None:
    who, number, choice = done
    votes.cast([votes.Ballot(people[who], number, None if choice is None else Choice(choice))])


@settings(
    deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(history=ACTS, closing=st.booleans(), erased=st.integers(0, 3))
def test_consecutive_publications_differ_by_five_people_or_by_nobody(
    history: list[Any], closing: bool, erased: int
) -> None:
    conversation, people = room("aggregate")
    seen: list[tuple[str, Standing]] = [(look(conversation), {})]
    published: Standing = {}

    def watch() -> None:
        nonlocal published
        before = seen[-1][0]
        now = look(conversation)
        if now != before:
            published = standing(conversation)
            seen.append((now, published))

    for done in history:
        if done == "look":
            watch()
        else:
            act(conversation, people, done)
    for person in people[:erased]:
        numbers = list(person.votes.values_list("statement__number", flat=True))
        votes.cast([votes.Ballot(person, number, None) for number in numbers])
        watch()
    if closing:
        conversations.close(conversation)
    watch()

    for (_before, one), (_after, other) in pairwise(seen):
        assert apart(one, other) >= publication.STEP


@settings(
    deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(history=ACTS, closing=st.booleans())
def test_every_published_count_is_of_ten_people_and_all_are_of_the_same_votes(
    history: list[Any], closing: bool
) -> None:
    conversation, people = room("aggregate")
    moments: list[dict[int, Counter[int]]] = []
    for done in history:
        if done != "look":
            act(conversation, people, done)
            moments.append(counted(standing(conversation)))
    if closing:
        conversations.close(conversation)

    seen = json.loads(look(conversation))

    total, voters = seen["tally"]
    assert voters == 0 or voters >= publication.FEWEST
    assert (total == 0) == (voters == 0)
    comments = {int(row[1]): (row[3], row[4]) for row in seen["files"] if len(row) == 10}
    for number, agree, disagree, passed in seen["map"]:
        if agree is None:
            assert comments[number] == ("", "")
            continue
        assert agree + disagree + passed >= publication.FEWEST
        # Two files of different votes could be taken from each other.
        assert comments[number] == (str(agree), str(disagree))
    for agree, disagree in comments.values():
        assert (agree == "") == (disagree == "")
    numbers = dict(Statement.objects.values_list("pk", "number"))
    for pk, count in tallies.published_counts(conversation).items():
        assert not count or +count in [moment.get(numbers[pk]) for moment in moments]


@settings(
    deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(history=ACTS)
def test_open_conversation_publishes_rows_that_cannot_be_joined_between_files(
    history: list[Any],
) -> None:
    conversation, people = room("open")
    for done in history:
        if done != "look":
            act(conversation, people, done)

    files = [list(export.votes(conversation, url=""))[1:] for _ in range(2)]

    people_seen = [{row[3] for row in rows} for rows in files]
    assert people_seen[0] == people_seen[1] == set(range(len(standing(conversation))))
    assert all(str(row[1]).split()[3] == "00:00:00" for rows in files for row in rows)
    stood = {
        (number, choice): sum(
            choices.get(number) == choice for choices in standing(conversation).values()
        )
        for number in range(STATEMENTS)
        for choice in (1, 0, -1)
    }
    last = {(row[3], row[2]): row[4] for row in files[0]}
    assert stood == {
        pair: sum((number, choice) == pair for (_who, number), choice in last.items())
        for pair in stood
    }


def test_counts_do_not_move_for_votes_that_come_and_go() -> None:
    conversation, people = room("aggregate")
    for person in people[:12]:
        act(conversation, people, (people.index(person), 0, 1))
    before = look(conversation)
    for who in range(12, 16):
        act(conversation, people, (who, 0, 1))
        act(conversation, people, (who, 0, None))
    act(conversation, people, (16, 0, -1))

    assert look(conversation) == before


def test_map_and_tally_stay_together_whatever_a_few_cast_since() -> None:
    conversation, people = room("aggregate")
    for who in range(12):
        act(conversation, people, (who, 0, 1))
    worker.draw_stale()
    for who in range(12, 15):
        act(conversation, people, (who, 0, -1))
    act(conversation, people, (0, 0, -1))

    worker.draw_stale()

    found = maps.newest(conversation)
    assert found is not None
    (row,) = [one for one in found.document["statements"] if one["id"] == 0]
    assert (row["agree"], row["disagree"], row["pass"]) == (12, 0, 0)


def test_votes_of_the_last_few_are_not_shown_alone_when_a_conversation_closes() -> None:
    conversation, people = room("aggregate")
    for who in range(12):
        act(conversation, people, (who, 0, 1))
    before = json.loads(look(conversation))
    for who in range(12, 16):
        act(conversation, people, (who, 0, -1))

    conversations.close(conversation)

    after = json.loads(look(conversation))
    assert after["tally"] == before["tally"]
    assert after["map"] == before["map"]


def test_watcher_of_the_room_sees_no_number_of_fewer_than_ten(client: Client) -> None:
    conversation, people = room("aggregate")
    for who in range(9):
        act(conversation, people, (who, 0, 1))
    tallies.step()
    worker.draw_stale()

    live = client.get(f"/conversations/{conversation.slug}/live.json").json()
    page = client.get(f"/conversations/{conversation.slug}/map.json")
    summary = client.get(f"/conversations/{conversation.slug}/export/summary.csv")

    assert (live["votes"], live["participants"]) == (0, 0)
    assert page.status_code == 404
    text = b"".join(summary.streaming_content).decode()  # type: ignore[attr-defined]
    rows = dict(row for row in csv.reader(io.StringIO(text)) if len(row) == 2)
    assert rows["voters"] == ""


def test_withdrawn_people_are_told_in_steps_only() -> None:
    conversation, _people = room("aggregate")
    told = []

    for count in (1, 9, 10, 14, 23):
        conversation.withdrawn_participants = count
        told.append(dict(map(tuple, export.summary(conversation, url="")))["voters-withdrawn"])

    assert told == ["", "", 10, 10, 20]
