"""The socket's address."""

from django.urls import path

from deliberate.live_socket import application

websocket_urlpatterns = [
    path("ws/conversations/<slug:slug>/", application),  # type: ignore[arg-type]  # not a view
]
