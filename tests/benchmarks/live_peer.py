"""Votes as a first version would store them: one `update_or_create` for each frame.

Who votes and where is looked up once, when the socket opens, and no rule is asked. In one way it
is not generous: `votes/` runs its queries one after another in a single thread, which is what
`database_sync_to_async` does unless told otherwise. `votes/side-by-side/` tells it otherwise.
"""

import json
import os
from urllib.parse import parse_qs

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"

from django.core.asgi import get_asgi_application

http = get_asgi_application()

from channels.db import database_sync_to_async  # noqa: E402
from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils import timezone  # noqa: E402

from config.serving import WithThreads  # noqa: E402
from deliberate import participants  # noqa: E402
from deliberate.frames import CHOICES  # noqa: E402
from deliberate.models import Conversation, Participant, Vote  # noqa: E402


class Voting(AsyncWebsocketConsumer):
    async def connect(self):
        asked = parse_qs(self.scope["query_string"].decode())
        self.participant, self.statements = await self.found(asked["room"][0], asked["key"][0])
        await self.accept()

    async def receive(self, text_data=None, bytes_data=None):
        frame = json.loads(text_data)
        await self.store(frame["content"]["statement"], CHOICES[frame["content"]["choice"]])
        answer = {"type": "ok", "reply_to": frame["id"], "content": frame["content"]}
        await self.send(json.dumps(answer))

    @database_sync_to_async
    def found(self, slug, key):
        conversation = Conversation.objects.get(slug=slug)
        name = participants.pseudonym(conversation=conversation, person_key=bytes.fromhex(key))
        participant = Participant.objects.get(conversation=conversation, key=name)
        return participant.pk, dict(conversation.statements.values_list("number", "pk"))

    async def store(self, number, choice):
        await database_sync_to_async(self.stored)(number, choice)

    def stored(self, number, choice):
        Vote.objects.update_or_create(
            participant_id=self.participant,
            statement_id=self.statements[number],
            defaults={"choice": choice, "cast_at": timezone.now()},
        )


class VotingSideBySide(Voting):
    """In as many threads as the site's own work, on connections of the same pool."""

    async def store(self, number, choice):
        act = database_sync_to_async(self.stored, thread_sensitive=False)
        await act(number, choice)


application = WithThreads(
    ProtocolTypeRouter(
        {
            "http": http,
            "websocket": URLRouter(
                [
                    path("votes/", Voting.as_asgi()),
                    path("votes/side-by-side/", VotingSideBySide.as_asgi()),
                ]
            ),
        }
    )
)
