"""Run by itself, in an empty folder (VAR_DIR): what some rooms went through, as the wire tells it.

The arguments are seeds. What is printed is JSON: for each seed a list of steps, each with the news
of an act, as they were announced, and the snapshot after it; the first step has no news.
"""

import json
import os
import random
import sys
from collections.abc import Callable
from typing import Any

import django

ACTS = 40


def main(seeds: list[int]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    json.dump([history(seed) for seed in seeds], sys.stdout)


def history(seed: int) -> list[dict[str, Any]]:
    """The steps of one room, from its opening to its closing."""
    room = Room(seed)
    steps = [{"news": room.news(), "snapshot": room.snapshot()}]
    for act in [*[room.act] * ACTS, room.draw, room.end]:
        act()
        steps.append({"news": room.news(), "snapshot": room.snapshot()})
    return steps


class Room:
    """A conversation in which things happen by chance."""

    def __init__(self, seed: int) -> None:
        from asgiref.sync import async_to_sync
        from channels.layers import get_channel_layer

        from deliberate import announcements, conversations, participants

        self.chance = random.Random(seed)
        self.topic = conversations.open_new(
            slug=f"history-{seed}",
            title="What a room goes through",
            moderation=self.chance.choice(["open", "strict"]),
            data_policy=self.chance.choice(["open", "aggregate"]),
        )
        self.people = [
            participants.Participant.objects.create(
                conversation=self.topic, key=self.chance.randbytes(32)
            )
            for _ in range(12)
        ]
        self.layer: Any = get_channel_layer()
        self.channel = async_to_sync(self.layer.new_channel)()
        async_to_sync(self.layer.group_add)(announcements.room(self.topic.pk), self.channel)
        self.said = 0

    def act(self) -> None:
        """One thing happens."""
        acts: list[tuple[Callable[[], None], int]] = [
            (self.say, 5),
            (self.vote, 6),
            (self.decide, 5),
            (self.count, 3),
            (self.draw, 1),
        ]
        (chosen,) = self.chance.choices([act for act, _ in acts], [often for _, often in acts])
        chosen()

    def end(self) -> None:
        """The conversation closes."""
        from deliberate import conversations

        conversations.close(self.topic)

    def say(self) -> None:
        """Somebody writes a statement."""
        from deliberate import statements

        self.said += 1
        statements.submit(
            conversation=self.topic,
            participant=self.chance.choice(self.people),
            text=f"Statement {self.said}: شجرکاری {self.chance.random()}",
            language=self.chance.choice(["en", "ur"]),
        )

    def vote(self) -> None:
        """Some people vote."""
        from deliberate import votes
        from deliberate.models import Choice

        numbers = list(self.topic.statements.accepted().values_list("number", flat=True))
        for person in self.chance.sample(self.people, 7):
            if numbers:
                votes.cast_one(
                    participant=person,
                    statement_number=self.chance.choice(numbers),
                    choice=self.chance.choice(list(Choice)),
                )

    def decide(self) -> None:
        """A moderator accepts or removes a statement."""
        from deliberate import statements

        row = self.topic.statements.order_by("?").first()
        if row is None:
            return
        if row.state == "accepted":
            statements.reject(
                statement_id=row.pk, version=row.version, reason="advert", explanation=""
            )
        else:
            statements.accept(statement_id=row.pk, version=row.version)

    def count(self) -> None:
        """The counts that everyone sees are brought up to date."""
        from tests.publishing import publish

        publish()

    def draw(self) -> None:
        """A new map is drawn, if there are votes to draw."""
        from deliberate.models import Vote
        from opinion_map import snapshots

        self.topic.refresh_from_db()
        if Vote.objects.filter(statement__in=self.topic.statements.accepted()).exists():
            snapshots.draw(self.topic)

    def news(self) -> list[dict[str, Any]]:
        """What was announced since it was last asked for."""
        from asgiref.sync import async_to_sync

        heard = []
        while self.channel in self.layer.channels:
            message = async_to_sync(self.layer.receive)(self.channel)
            heard.append({"type": message["event"], "content": message["content"]})
        return heard

    def snapshot(self) -> dict[str, Any]:
        """What whoever comes now is given."""
        from deliberate import snapshot

        self.topic.refresh_from_db()
        return snapshot.snapshot(self.topic)


if __name__ == "__main__":
    main([int(seed) for seed in sys.argv[1:]])
