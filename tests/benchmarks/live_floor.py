"""What Channels itself can do, without Django's database: an echo, and a group of sockets."""

import json

from django.conf import settings

settings.configure(
    SECRET_KEY="of nothing",
    ALLOWED_HOSTS=["*"],
    # No layer under the default name: the echo has none to listen to.
    CHANNEL_LAYERS={"rooms": {"BACKEND": "channels.layers.InMemoryChannelLayer"}},
)

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path  # noqa: E402

ROOM = "room"


class Echo(AsyncWebsocketConsumer):
    """Sends back what comes."""

    async def receive(self, text_data=None, bytes_data=None):
        await self.send(text_data)


class Group(AsyncWebsocketConsumer):
    """Sends what comes to everyone in the room, as Channels' own tutorial does."""

    channel_layer_alias = "rooms"

    async def connect(self):
        await self.channel_layer.group_add(ROOM, self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        await self.channel_layer.group_discard(ROOM, self.channel_name)

    async def receive(self, text_data=None, bytes_data=None):
        await self.channel_layer.group_send(ROOM, {"type": "tell", "content": text_data})

    async def tell(self, message):
        await self.send(json.dumps(json.loads(message["content"])))


async def alive(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok\n"})


application = ProtocolTypeRouter(
    {
        "http": alive,
        "websocket": URLRouter([path("echo/", Echo.as_asgi()), path("group/", Group.as_asgi())]),
    }
)
