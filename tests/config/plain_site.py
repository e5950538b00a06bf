"""The whole site over daphne's own sockets: the control of what ours do against floods."""

from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol

from config.asgi import application

WebSocketFactory.protocol = WebSocketProtocol

__all__ = ["application"]
