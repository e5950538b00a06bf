"""What an overseer needs to draw a conversation's published map again.

The votes are those that the map was drawn from: of an `aggregate` conversation as they were when
what everyone sees last moved. Participants keep their numbers of the table, because the
fingerprint of the votes is made of them; nothing that is published has them. There is no text, no
author, no time.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from deliberate import publication
from deliberate.export import Row
from deliberate.models import Conversation, PublishedTally, Statement, Vote
from opinion_map import snapshots


def votes(conversation: Conversation) -> Iterator[Row]:
    """votes.csv: who thought what of which statement, in no order of time."""
    yield ["comment-id", "voter-id", "vote"]
    back = _undone(conversation)
    rows = Vote.objects.filter(statement__conversation=conversation)
    columns = rows.order_by("participant_id", "statement__number").values_list(
        "statement__number", "participant_id", "choice"
    )
    for number, person, choice in columns.iterator(chunk_size=10_000):
        if (person, number) not in back:
            yield [number, person, choice]
    for (person, number), then in back.items():
        if then is not None:
            yield [number, person, then]


def statements(conversation: Conversation) -> Iterator[Row]:
    """statements.csv: which statements the map leaves out; those that wait, too.

    And those on which too few had voted for them to be in it.
    """
    drawn = snapshots.newest(conversation)
    rows = drawn.document["statements"] if drawn else []
    drawn_of = {row["id"] for row in rows}
    yield ["comment-id", "moderated", "is-meta"]
    for row in conversation.statements.order_by("number"):
        accepted = row.state == Statement.State.ACCEPTED and (not drawn or row.number in drawn_of)
        yield [row.number, 1 if accepted else -1, str(row.is_metadata).lower()]


def document(conversation: Conversation) -> dict[str, Any] | None:
    """The newest map as it is published, with the salt of its fingerprint; None before it."""
    drawn = snapshots.newest(conversation)
    if drawn is None:
        return None
    if publication.rows_are_public(conversation):
        # Under the ids of the votes beside it.
        return dict(drawn.document)
    return {**drawn.public, "votes_salt": bytes(drawn.votes_salt).hex()}


FILES: Final[dict[str, Callable[[Conversation], Iterator[Row]]]] = {
    "votes": votes,
    "statements": statements,
}


def _undone(conversation: Conversation) -> dict[tuple[int, int], int | None]:
    """What people have changed since: {(participant, statement's number): their choice then}."""
    if publication.rows_are_public(conversation):
        return {}
    tally = PublishedTally.objects.filter(conversation=conversation).first()
    changes = publication.undoing(conversation, last_change=tally.last_change if tally else 0)
    return {(person, number): then for person, number, then in changes}
