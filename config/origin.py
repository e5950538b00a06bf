"""Lets a websocket in only from our own pages: the Origin must match exactly."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from deliberate.frames import Close

DEFAULT_PORTS = {"http": 80, "https": 443}


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
    domain, _port = split_domain_port(hosts[0].lower())
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        return False
    return _parts(origin) == _parts(f"{'https' if secure else 'http'}://{hosts[0]}")


def _parts(origin: str) -> tuple[str, str, int] | None:
    """Scheme, host and port; None for anything that is not exactly an origin."""
    try:
        parts = urlsplit(origin.lower())
        port = parts.port or DEFAULT_PORTS[parts.scheme]
    except (ValueError, KeyError):
        return None
    if parts.path or parts.query or parts.fragment or "@" in parts.netloc or not parts.hostname:
        return None
    return parts.scheme, parts.hostname, port
