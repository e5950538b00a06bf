"""What the database holds of a conversation, read without the code that is tested."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

import psycopg

Pair = tuple[str, int]


class Change(NamedTuple):
    """A row of the history, in the order of ids; without a choice it took a vote back."""

    id: int
    client: str
    statement: int
    choice: int | None
    cast_at: str = ""


class Receipt(NamedTuple):
    statement: int
    choice: int | None


class Tally(NamedTuple):
    votes: int
    participants: int
    votes_version: int


@dataclass(frozen=True)
class Stored:
    """One conversation's rows, people under the names that their clients go by."""

    changes: Sequence[Change]
    votes: Mapping[Pair, int]
    receipts: Mapping[tuple[str, UUID], Receipt]
    tally: Tally
    votes_version: int
    room_version: int
    # Who wrote a statement; it is their own agree vote too.
    authors: Mapping[int, str]
    # The version that the newest map was drawn at, None before the first.
    drawn: int | None = None

    def save(self, path: Path) -> None:
        """Write the rows down."""
        told = {
            **asdict(self),
            "changes": [list(change) for change in self.changes],
            "votes": [[*pair, choice] for pair, choice in self.votes.items()],
            "receipts": [
                [client, str(ballot), *receipt]
                for (client, ballot), receipt in self.receipts.items()
            ],
        }
        path.write_text(json.dumps(told, indent=1))


def read(url: str, *, slug: str, names: Mapping[bytes, str]) -> Stored:
    """Read a conversation; `names` are those of the people behind the pseudonyms' keys."""
    with Database(url) as database:
        ((conversation, votes_version, room_version),) = database.rows(
            "SELECT id, votes_version, room_version FROM deliberate_conversation WHERE slug = ?",
            slug,
        )
        here = f"WHERE statement_id IN ({_STATEMENTS})"
        people = {
            pk: names.get(bytes(key), f"participant {pk}")
            for pk, key in database.rows(
                "SELECT id, key FROM deliberate_participant WHERE conversation_id = ?", conversation
            )
        }
        statements = database.rows(
            "SELECT id, number, author_id FROM deliberate_statement WHERE conversation_id = ?",
            conversation,
        )
        numbers = {pk: number for pk, number, _author in statements}
        tally = database.rows(
            "SELECT votes, participants, votes_version FROM deliberate_publishedtally"
            " WHERE conversation_id = ?",
            conversation,
        )
        drawn = database.rows(
            "SELECT votes_version FROM opinion_map_drawing WHERE conversation_id = ?", conversation
        )
        return Stored(
            changes=[
                Change(pk, people[who], numbers[what], choice, str(at))
                for pk, who, what, choice, at in database.rows(
                    "SELECT id, participant_id, statement_id, choice, cast_at"
                    f" FROM deliberate_votechange {here} ORDER BY id",
                    conversation,
                )
            ],
            votes={
                (people[who], numbers[what]): choice
                for who, what, choice in database.rows(
                    f"SELECT participant_id, statement_id, choice FROM deliberate_vote {here}",
                    conversation,
                )
            },
            receipts={
                (people[who], UUID(str(ballot))): Receipt(numbers[what], choice)
                for who, ballot, what, choice in database.rows(
                    "SELECT participant_id, ballot_id, statement_id, choice"
                    f" FROM deliberate_ballotreceipt {here}",
                    conversation,
                )
            },
            tally=Tally(*tally[0]) if tally else Tally(0, 0, 0),
            votes_version=votes_version,
            room_version=room_version,
            authors={number: people[who] for _pk, number, who in statements if who is not None},
            drawn=drawn[0][0] if drawn else None,
        )


_STATEMENTS = "SELECT id FROM deliberate_statement WHERE conversation_id = ?"


class Database:
    """A connection of our own to either kind of database, in one snapshot."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")

    def __enter__(self) -> "Database":
        if self.is_sqlite:
            path = "/" + urlsplit(self.url).path.lstrip("/")
            self.connection: Any = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)
            self.connection.execute("BEGIN")
        else:
            self.connection = psycopg.connect(self.url)
            self.connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def rows(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        """The answer to a question whose places are written as `?`."""
        if not self.is_sqlite:
            question = question.replace("?", "%s")
        return self.connection.execute(question, values).fetchall()
