"""The whole site, impatient with slow readers, for tests that cannot wait 20 s for its patience."""

from config.asgi import application
from deliberate import live_socket

live_socket.SLOW_FOR = 1.0  # type: ignore[misc]

__all__ = ["application"]
