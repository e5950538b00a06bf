"""Votes as a first version would store them: one `update_or_create` for each frame.

Generous to it: who votes and where is looked up once, when the socket opens; no rule is asked.
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

    @database_sync_to_async
    def store(self, number, choice):
        Vote.objects.update_or_create(
            participant_id=self.participant,
            statement_id=self.statements[number],
            defaults={"choice": choice, "cast_at": timezone.now()},
        )


application = ProtocolTypeRouter(
    {"http": http, "websocket": URLRouter([path("votes/", Voting.as_asgi())])}
)
