"""Where a request comes from: one rule for every limit, over HTTP and over sockets.

Proxies append to X-Forwarded-For, so only its last entries are their word; what stands further
left is the client's own and may be forged. The address itself is used in the moment and kept
nowhere: caches, rows and mails get a stand-in, which differs from day to day.
"""

import hashlib
import hmac
import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

# A home or a phone has a whole /64 of IPv6 to itself and may change within it at will.
IPV6_PREFIX: Final = 64
UNKNOWN: Final = "unknown"


def of_request(request: HttpRequest) -> str:
    """The address of whoever asks, grouped; `unknown` where there is none."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    return _grouped(_client(request.META.get("REMOTE_ADDR", ""), forwarded))


def of_scope(scope: Mapping[str, Any]) -> str:
    """The same for a socket's handshake."""
    entries: Iterable[tuple[bytes, bytes]] = scope.get("headers", ())
    forwarded = [value.decode("latin-1") for name, value in entries if name == b"x-forwarded-for"]
    peer = scope.get("client") or ("",)
    return _grouped(_client(str(peer[0]), ",".join(forwarded)))


def stand_in(address: str) -> str:
    """What is kept instead of an address: of the form of one, and nobody's.

    A random-looking prefix of IPv6 that no network routes (fd00::/8). Under the site's key and
    the day, so that a copy of a cache or a table does not tell who was where.
    """
    told = f"{timezone.now():%Y-%m-%d} {address}".encode()
    key = hashlib.sha256(b"client-address:" + settings.SECRET_KEY.encode()).digest()
    digest = hmac.new(key, told, hashlib.sha256).digest()
    return str(ipaddress.IPv6Address(b"\xfd" + digest[:7] + bytes(8)))


def _client(peer: str, forwarded: str) -> str:
    proxies: int = settings.TRUSTED_PROXY_COUNT
    if proxies < 1:
        return peer
    entries = [entry.strip() for entry in forwarded.split(",") if entry.strip()]
    # Too few: it came past the proxies, from the machine itself or another process of ours.
    return entries[-proxies] if len(entries) >= proxies else peer


def _grouped(address: str) -> str:
    try:
        found = ipaddress.ip_address(_without_port(address))
    except ValueError:
        return UNKNOWN
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    network = ipaddress.IPv6Network((int(found), IPV6_PREFIX), strict=False)
    return str(network.network_address)


def _without_port(address: str) -> str:
    """Some proxies write `192.0.2.1:4711` or `[2001:db8::1]:4711`."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    if address.count(":") == 1:
        return address.partition(":")[0]
    return address.partition("%")[0]
