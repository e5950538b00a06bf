"""A conversation with people for the live room's benchmark, run in the server's environment.

python -m tests.benchmarks.live_room make FILE SLUG PEOPLE [--new] [--signed-in SHARE] …
python -m tests.benchmarks.live_room stored FILE      what the database holds of it
python -m tests.benchmarks.live_room announce FILE    accepts statements when told on stdin
"""

import argparse
import json
import os
import random
import secrets
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY
from django.contrib.auth import SESSION_KEY as USER_SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import get_random_string

from accounts.models import User
from deliberate import folding, participants, statements, votes
from deliberate.models import BallotReceipt, Conversation, Participant, Statement, Vote, VoteChange
from opinion_map import snapshots

EARLIER_VOTERS, VOTES_OF_EACH = 300, 40
# Six of them stay below the 16 KiB that scripts/serve lets daphne send in a message.
LONG = 600
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def make(wanted: argparse.Namespace) -> None:
    """Make the room, and keep in the file what its clients need to know."""
    conversation = Conversation.objects.create(
        slug=wanted.slug,
        title=f"How the square is to be used: {wanted.slug}",
        state=Conversation.State.OPEN,
        opens_at=timezone.now() - timedelta(days=1),
        data_policy=Conversation.DataPolicy.AGGREGATE,
        next_statement_number=wanted.statements + wanted.pending,
    )
    say = _say_at_length if wanted.long else _say
    say(conversation, range(wanted.statements), Statement.State.ACCEPTED)
    say(
        conversation,
        range(wanted.statements, wanted.statements + wanted.pending),
        Statement.State.PENDING,
    )
    if wanted.map:
        _vote_earlier(conversation)
        snapshots.draw(conversation)
    people = _people(wanted.people, signed_in=wanted.signed_in)
    if not wanted.new:
        participants.load(
            conversation=conversation,
            person_keys=[bytes.fromhex(person["key"]) for person in people],
        )
    room = {
        "slug": wanted.slug,
        "id": conversation.pk,
        "numbers": list(range(wanted.statements)),
        "people": people,
    }
    Path(wanted.file).write_text(json.dumps(room))


def _say(conversation: Conversation, numbers: range, state: Statement.State) -> None:
    texts = {
        number: f"Number {number}: the square should be used in another way than it is now, "
        f"and so should street {number}."
        for number in numbers
    }
    _keep(conversation, texts, state)


def _say_at_length(conversation: Conversation, numbers: range, state: Statement.State) -> None:
    """Letters of four bytes each, as many as the room's state has room for in one message."""
    texts = {
        number: f"Number {number} ".ljust(LONG, "\N{CJK UNIFIED IDEOGRAPH-20000}")
        for number in numbers
    }
    _keep(conversation, texts, state)


def _keep(conversation: Conversation, texts: dict[int, str], state: Statement.State) -> None:
    Statement.objects.bulk_create(
        Statement(
            conversation=conversation,
            number=number,
            text=text,
            folded=folding.fold(text),
            language="en",
            state=state,
        )
        for number, text in texts.items()
    )


def _vote_earlier(conversation: Conversation) -> None:
    """Two camps, so that there is a map and everyone has a place on it."""
    rng = random.Random(5)
    ids = list(conversation.statements.accepted().values_list("pk", flat=True))
    named = participants.load(
        conversation=conversation,
        person_keys=[secrets.token_bytes(32) for _ in range(EARLIER_VOTERS)],
    )
    now = timezone.now() - timedelta(hours=1)
    changes = [
        (participant, statement, _of_a_camp(rng, camp=place % 2, statement=statement), now)
        for place, participant in enumerate(named.values())
        for statement in rng.sample(ids, min(VOTES_OF_EACH, len(ids)))
    ]
    votes.load(conversation_id=conversation.pk, changes=changes)


def _of_a_camp(rng: random.Random, *, camp: int, statement: int) -> int:
    if rng.random() < 0.2:
        return rng.choice((-1, 0, 1))
    return 1 if (statement + camp) % 2 else -1


def _people(count: int, *, signed_in: float) -> list[dict[str, str]]:
    """Browsers with a session each; the given share of them is signed in."""
    with_account = round(count * signed_in)
    name = secrets.token_hex(4)
    accounts = User.objects.bulk_create(
        User(email=f"{name}{place}@example.org", password=f"!{secrets.token_hex(20)}")
        for place in range(with_account)
    )
    people, sessions = [], []
    expires = timezone.now() + timedelta(days=30)
    for place in range(count):
        browser = secrets.token_hex(32)
        data: dict[str, Any] = {participants.SESSION_KEY: browser}
        key = browser
        if place < with_account:
            account = accounts[place]
            key = bytes(account.participation_key).hex()
            data |= {
                USER_SESSION_KEY: str(account.pk),
                BACKEND_SESSION_KEY: BACKEND,
                HASH_SESSION_KEY: account.get_session_auth_hash(),
            }
        session = get_random_string(32, "abcdefghijklmnopqrstuvwxyz0123456789")
        sessions.append(
            Session(
                session_key=session, session_data=SessionStore().encode(data), expire_date=expires
            )
        )
        people.append({"session": session, "key": key})
    Session.objects.bulk_create(sessions)
    # Those with and those without an account come in turns.
    random.Random(5).shuffle(people)
    return people


def stored(wanted: argparse.Namespace) -> None:
    """Print every vote and its history: by the person's place in the file, -1 for all others."""
    room = json.loads(Path(wanted.file).read_text())
    conversation = Conversation.objects.get(pk=room["id"])
    places = {
        participants.pseudonym(
            conversation=conversation, person_key=bytes.fromhex(_key_of(person))
        ): place
        for place, person in enumerate(room["people"])
    }
    of = {
        pk: places.get(bytes(key), -1)
        for pk, key in Participant.objects.filter(conversation=conversation).values_list(
            "pk", "key"
        )
    }
    columns = ("participant_id", "statement__number", "choice")
    here = {"statement__conversation": conversation}
    print(
        json.dumps(
            {
                "participants": sum(place >= 0 for place in of.values()),
                "votes": [
                    (of[pk], number, choice)
                    for pk, number, choice in Vote.objects.filter(**here).values_list(*columns)
                ],
                "changes": [
                    (of[pk], number, choice)
                    for pk, number, choice in VoteChange.objects.filter(**here)
                    .order_by("pk")
                    .values_list(*columns)
                ],
                "receipts": BallotReceipt.objects.filter(**here).count(),
            }
        )
    )


def _key_of(person: dict[str, str]) -> str:
    """Whoever began on the page has theirs in the session alone."""
    return person.get("key") or SessionStore(person["session"])[participants.SESSION_KEY]


def announce(wanted: argparse.Namespace) -> None:
    """Accept as many waiting statements as each line of stdin says, in one transaction.

    Prints when it began, when it had committed, when all news were sent, and the room's version.
    """
    room = json.loads(Path(wanted.file).read_text())
    waiting = list(
        Statement.objects.filter(
            conversation_id=room["id"], state=Statement.State.PENDING
        ).values_list("pk", "version")
    )
    print(json.dumps({"version": _version(room["id"])}), flush=True)
    for line in sys.stdin:
        began = time.monotonic()
        count = int(line)
        committed = _accept(waiting[:count])
        del waiting[:count]
        told = {
            "began": began,
            "committed": committed,
            "ended": time.monotonic(),
            "version": _version(room["id"]),
        }
        print(json.dumps(told), flush=True)


def _accept(some: list[tuple[int, int]]) -> float:
    """When it was committed."""
    commits: list[float] = []
    with transaction.atomic():
        # Registered first, so it runs before the news goes out.
        transaction.on_commit(lambda: commits.append(time.monotonic()))
        for pk, version in some:
            statements.accept(statement_id=pk, version=version)
    return commits[0]


def _version(conversation_id: int) -> int:
    return Conversation.objects.values_list("room_version", flat=True).get(pk=conversation_id)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    acts = parser.add_subparsers(required=True)
    for act in (make, stored, announce):
        command = acts.add_parser(act.__name__)
        command.set_defaults(act=act)
        command.add_argument("file")
        if act is make:
            command.add_argument("slug")
            command.add_argument("people", type=int)
            command.add_argument("--statements", type=int, default=150)
            command.add_argument("--pending", type=int, default=0)
            command.add_argument("--signed-in", type=float, default=0.5)
            command.add_argument("--long", action="store_true", help="long statements")
            command.add_argument("--new", action="store_true", help="nobody has taken part yet")
            command.add_argument("--map", action="store_true", help="draw one of earlier votes")
    wanted = parser.parse_args()
    wanted.act(wanted)


if __name__ == "__main__":
    main()
