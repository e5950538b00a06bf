"""The address of a client: the proxies' word, never the client's own, and nowhere in full."""

import ipaddress
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts import client_address, limits
from tests import factories

FORGED = "203.0.113.66"


def asked(*, peer: str = "198.51.100.1", forwarded: str | None = None) -> str:
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return client_address.of_request(RequestFactory().get("/", REMOTE_ADDR=peer, **headers))


def asked_by_socket(*, peer: str = "198.51.100.1", forwarded: list[str]) -> str:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    return client_address.of_scope({"client": (peer, 4711), "headers": headers})


@pytest.mark.parametrize(
    ("proxies", "forwarded", "found"),
    [
        (0, FORGED, "198.51.100.1"),
        (0, None, "198.51.100.1"),
        (1, "192.0.2.7", "192.0.2.7"),
        (1, f"{FORGED}, 192.0.2.7", "192.0.2.7"),
        (1, f"{FORGED},{FORGED} , 192.0.2.7:4711", "192.0.2.7"),
        (2, f"{FORGED}, 192.0.2.7, 10.0.0.2", "192.0.2.7"),
        # Past the proxies, from the machine itself: what it says of itself counts for nothing.
        (1, None, "198.51.100.1"),
        (1, " , ", "198.51.100.1"),
        (2, "192.0.2.7", "198.51.100.1"),
        (1, "<script>", "unknown"),
        (1, "\x00", "unknown"),
    ],
)
def test_client_address_is_what_the_trusted_proxies_say(
    settings: Any, proxies: int, forwarded: str | None, found: str
) -> None:
    settings.TRUSTED_PROXY_COUNT = proxies

    assert asked(forwarded=forwarded) == found
    if forwarded is not None:
        assert asked_by_socket(forwarded=forwarded.split(",")) == found


@pytest.mark.parametrize(
    ("address", "group"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("[2001:db8:1:2::9]:443", "2001:db8:1:2::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::"),
        ("", "unknown"),
    ],
)
def test_client_address_of_ipv6_is_its_network(address: str, group: str) -> None:
    assert asked(peer=address) == group


def test_client_address_without_a_peer_is_unknown() -> None:
    assert client_address.of_scope({"client": None, "headers": []}) == "unknown"


def test_stand_in_is_an_address_of_nobody_and_differs_by_day(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    today = client_address.stand_in("192.0.2.7")
    again, other = client_address.stand_in("192.0.2.7"), client_address.stand_in("192.0.2.8")
    tomorrow = timezone.now() + timedelta(days=1)
    monkeypatch.setattr(client_address.timezone, "now", lambda: tomorrow)

    assert today == again
    assert len({today, other, client_address.stand_in("192.0.2.7")}) == 3
    # allauth groups by /64 too: nothing of it is lost there.
    assert ipaddress.ip_address(today) in ipaddress.ip_network("fd00::/8")
    assert int(ipaddress.ip_address(today)) % 2**64 == 0


@pytest.mark.django_db
def test_no_address_and_no_account_stands_in_the_cache(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    for name in ("get", "set", "add", "incr"):
        asked_for = getattr(type(cache._connections["default"]), name)
        monkeypatch.setattr(
            type(cache._connections["default"]),
            name,
            lambda self, key, *rest, _ask=asked_for, **more: (
                seen.append(f"{key} {rest}"),
                _ask(self, key, *rest, **more),
            )[1],
        )
    user = factories.user(email="canary@example.org")

    client.post("/accounts/login/", {"login": user.email, "password": "x"}, REMOTE_ADDR=FORGED)
    client.post("/accounts/login/code/", {"email": user.email}, REMOTE_ADDR=FORGED)
    limits.pause("search", account="canary@example.org", address=FORGED)

    assert len(seen) > 5
    assert not [line for line in seen if FORGED in line or "canary" in line]
