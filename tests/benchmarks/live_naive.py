"""A server that answers every frame at once and never asks whether its reader takes anything.

The control of the guest that never reads: what it does not take stays in this process's memory.
"""

from urllib.parse import parse_qs

from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import path

from tests.benchmarks.live_floor import alive


class Naive(AsyncWebsocketConsumer):
    """Answers with as many bytes as its address says."""

    async def connect(self):
        asked = parse_qs(self.scope["query_string"].decode())
        self.answer = "a" * int(asked["bytes"][0])
        await self.accept()

    async def receive(self, text_data=None, bytes_data=None):
        await self.send(self.answer)


application = ProtocolTypeRouter(
    {"http": alive, "websocket": URLRouter([path("naive/", Naive.as_asgi())])}
)
