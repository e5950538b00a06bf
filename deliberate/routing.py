"""The socket's address."""

from django.urls import path

from deliberate.consumers import ConversationConsumer

websocket_urlpatterns = [
    path("ws/conversations/<slug:slug>/", ConversationConsumer.as_asgi()),
]
