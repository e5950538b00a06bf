"""Lets a websocket in only from our own pages: the Origin must match exactly."""

from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from deliberate.frames import Close

DEFAULT_PORTS = {"http": 80, "https": 443}
HIGHEST_PORT = 65535


class OriginRequired:
    """Refuses a handshake (403) whose Origin is not the site's, scheme and port included.

    Channels' validator by ALLOWED_HOSTS accepts other schemes and other ports of the host.
    """

    def __init__(self, application: Callable[..., Awaitable[None]]) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        headers = scope.get("headers", [])
        if matches(headers, secure=settings.HTTPS):
            await self.application(scope, receive, send)
            return
        await receive()
        await send({"type": "websocket.close", "code": Close.WRONG_ORIGIN})


def matches(headers: list[tuple[bytes, bytes]], *, secure: bool) -> bool:
    """Whether exactly one Origin came and it is the host that was asked, or a trusted origin."""
    origins = [value.decode("latin-1") for name, value in headers if name == b"origin"]
    hosts = [value.decode("latin-1") for name, value in headers if name == b"host"]
    if len(origins) != 1 or len(hosts) != 1:
        return False
    origin = origins[0]
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    domain, port = split_domain_port(hosts[0].lower())
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        return False
    if port and not 0 < int(port) <= HIGHEST_PORT:
        return False
    wanted = f"{'https' if secure else 'http'}://{hosts[0].lower()}"
    return _without_default_port(origin.lower()) == _without_default_port(wanted)


def _without_default_port(origin: str) -> str:
    """The same text, which is compared as it is: nothing that a parser would forgive gets in."""
    for scheme, port in DEFAULT_PORTS.items():
        if origin.startswith(f"{scheme}://"):
            return origin.removesuffix(f":{port}")
    return origin
