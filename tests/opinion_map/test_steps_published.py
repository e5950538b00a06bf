"""What a reader of everything public can take from each other: never one person's votes."""

import json
import random
from collections import Counter
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from deliberate import positions, publication, votes
from deliberate.models import Choice, Conversation, Participant
from opinion_map import snapshots, worker
from opinion_map.models import OpinionMap, PublishedRow
from tests import factories

pytestmark = pytest.mark.django_db
STATEMENTS = 9
CHOICES = ("disagree", "pass", "agree")
# Who counts in a cell of a row, and as what: {person: choice}.
Cell = dict[int, int]


def room(people: int, **fields: Any) -> tuple[Conversation, list[Participant]]:
    conversation = factories.conversation(**fields)
    for _ in range(STATEMENTS):
        factories.statement(conversation=conversation)
    return conversation, [factories.participant(conversation=conversation) for _ in range(people)]


def cast(who: Participant, number: int, choice: int | None) -> None:
    votes.cast([votes.Ballot(who, number, None if choice is None else Choice(choice))])


def leaning(turn: int, number: int) -> int:
    """Two blocs that agree on every third statement."""
    if (turn * 7 + number) % 11 == 0:
        return 0
    return 1 if number % 3 == 0 or turn % 2 == number % 2 else -1


def two_blocs(people: list[Participant], *, statements: int = STATEMENTS) -> None:
    votes.cast(
        [
            votes.Ballot(who, number, Choice(leaning(turn, number)))
            for turn, who in enumerate(people)
            for number in range(statements)
        ]
    )


def counts(row: dict[str, Any]) -> list[int | None]:
    return [row[name] for name in CHOICES]


def numbers_of(document: dict[str, Any]) -> dict[tuple[int, str], list[int | None]]:
    """Every cell of a public map: how everyone, and each shown group, voted on a statement."""
    letters = document.get("display", {}).get("letters", {})
    found = {}
    for row in document["statements"]:
        if row["agree"] is not None:
            found[row["id"], "all"] = counts(row)
        for name, cell in row["groups"].items():
            found[row["id"], letters.get(name, name)] = counts(cell)
    return found


def cells_of(conversation: Conversation, drawn: OpinionMap) -> dict[tuple[int, str], Cell]:
    """Who is behind each cell, from the votes themselves and the stored map's groups."""
    shown = snapshots.maths.displayed(drawn.document)
    groups = {one["id"]: one["group"] for one in shown["participants"]}
    found: dict[tuple[int, str], Cell] = {}
    for who in conversation.participants.all():
        for number, choice in who.votes.values_list("statement__number", "choice"):
            found.setdefault((number, "all"), {})[who.pk] = choice
            if groups.get(who.pk):
                found.setdefault((number, groups[who.pk]), {})[who.pk] = choice
    for number in range(STATEMENTS):
        everyone = found.get((number, "all"), {})
        alone = [who for who in everyone if not groups.get(who)]
        if len(alone) < publication.FEWEST:
            # They are counted nowhere.
            found[number, "all"] = {who: one for who, one in everyone.items() if who not in alone}
    return found


def apart(one: Cell, other: Cell) -> int:
    return sum(one.get(who) != other.get(who) for who in one.keys() | other.keys())


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_each_published_cell_moves_by_five_people_or_not_at_all(seed: int) -> None:
    draw = random.Random(seed)
    conversation, people = room(44)
    two_blocs(people[:30], statements=7)
    published: dict[tuple[int, str], list[int | None]] = {}
    behind: dict[tuple[int, str], Cell] = {}
    moves = 0

    for look in range(10):
        # Many on one statement, a few on others, who move in and out of groups.
        busy = [(turn, look % 7) for turn in draw.sample(range(44), draw.randint(8, 30))]
        rare = [(draw.randrange(44), draw.randrange(STATEMENTS)) for _ in range(draw.randint(0, 9))]
        for turn, number in busy + rare:
            cast(people[turn], number, draw.choice([leaning(turn, number), 1, 0, -1, None]))
        if not worker.draw_stale():
            continue
        drawn = OpinionMap.objects.order_by("-id")[0]
        now = cells_of(conversation, drawn)
        for cell, numbers in numbers_of(drawn.public).items():
            assert sum(filter(None, numbers)) >= publication.FEWEST
            if cell[0] in drawn.public["held"]["statements"]:
                assert published.get(cell, numbers) == numbers
                continue
            if published.get(cell, numbers) != numbers:
                moves += 1
                assert apart(behind[cell], now[cell]) >= publication.STEP
            behind[cell], published[cell] = now[cell], numbers
    assert moves > 0


def test_counts_and_map_say_the_same_where_a_few_are_in_no_group(client: Client) -> None:
    _conversation, people = room(21, slug="x")
    two_blocs(people[:20])
    cast(people[20], 0, -1)
    cast(people[20], 3, 1)

    worker.draw_stale()

    document = client.get("/conversations/x/map.json").json()
    rows = {row["id"]: counts(row) for row in document["statements"]}
    listed = client.get("/api/v1/conversations/x/statements/").json()["items"]
    live = client.get("/conversations/x/live.json").json()
    assert {one["id"]: counts(one["counts"]) for one in listed} == rows
    assert sum(filter(None, rows[0])) == 20
    assert live["participants"] == document["counts"]["participants"] == 20
    assert live["votes"] == document["counts"]["votes"] == 20 * STATEMENTS


def test_seventh_vote_of_one_person_brings_their_six_others_into_no_count() -> None:
    _conversation, people = room(56)
    two_blocs(people[:44])
    two_blocs(people[44:], statements=6)
    worker.draw_stale()
    before = numbers_of(OpinionMap.objects.order_by("-id")[0].public)

    cast(people[44], 8, leaning(44, 8))
    for turn in (0, 2, 4, 6):
        cast(people[turn], 8, None)
    worker.draw_stale()

    after = numbers_of(OpinionMap.objects.order_by("-id")[0].public)
    assert {cell: after[cell] for cell in before if cell[0] < 6} == {
        cell: numbers for cell, numbers in before.items() if cell[0] < 6
    }


def test_row_that_is_held_moves_when_enough_have_gathered() -> None:
    conversation, people = room(40)
    two_blocs(people)
    worker.draw_stale()
    for turn in (0, 1, 2, 3, 4):
        cast(people[turn], 0, -1)
    worker.draw_stale()
    held = numbers_of(OpinionMap.objects.order_by("-id")[0].public)

    for turn in (5, 6, 7, 8, 9):
        cast(people[turn], 0, -1)
    worker.draw_stale()

    moved = numbers_of(OpinionMap.objects.order_by("-id")[0].public)
    stood = Counter(conversation.statements.get(number=0).votes.values_list("choice", flat=True))
    assert held[0, "all"] != moved[0, "all"] == [stood[-1], stood[0], stood[1]]


def everything(client: Client, conversation: Conversation) -> str:
    """What is published of a conversation, and what two fresh browsers are told of their place."""
    document = client.get(f"/conversations/{conversation.slug}/map.json").json()
    document.pop("votes_sha256")
    placing = positions.placing(conversation.pk)
    assert placing is not None
    told = [
        placing.place(placing.with_vote(placing.with_vote(positions.NO_VOTES, 8, choice), 1, 1))
        for choice in (1, -1)
    ]
    chances = list(conversation.statements.order_by("number").values_list("priority", flat=True))
    return json.dumps([document, told, chances])


def test_vote_on_a_statement_of_few_moves_nothing_that_anybody_can_read(client: Client) -> None:
    seen = set()
    for choice in (1, 0, -1):
        conversation, people = room(24)
        two_blocs(people, statements=8)
        cast(people[0], 8, 1)
        cast(people[1], 8, choice)
        worker.draw_stale()
        seen.add(everything(client, conversation).replace(conversation.slug, ""))

    assert len(seen) == 1


def test_open_map_names_people_anew_each_time(client: Client) -> None:
    _conversation, people = room(30, data_policy="open", slug="o")
    two_blocs(people)
    orders = []

    for choice in (-1, 0, 1):
        cast(people[0], 0, choice)
        worker.draw_stale()
        people_of = client.get("/conversations/o/map.json").json()["participants"]
        orders.append([(one["x"], one["y"]) for one in people_of])
        assert [one["id"] for one in people_of] == list(range(30))

    assert orders[0] != orders[1] != orders[2]


def test_conversation_whose_key_is_destroyed_keeps_no_list_of_who_counted() -> None:
    _conversation, people = room(24)
    two_blocs(people)
    worker.draw_stale()
    snapshots.forget_people()
    kept = PublishedRow.objects.exists()
    Conversation.objects.update(
        state="closed", closes_at=timezone.now(), secret=b"", key_destroyed_at=timezone.now()
    )

    snapshots.forget_people()

    assert kept
    assert not PublishedRow.objects.exists()
