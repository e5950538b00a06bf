"""A real OpenID provider on this machine, another program's code, spoken to over HTTP.

It publishes a configuration and keys, asks who signs in, gives codes and signed tokens. The tests
walk the browser's part of the way: to it, and back with what it says.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from django.test import Client
from oidc_provider_mock import run_server_in_thread


@dataclass(frozen=True)
class Peer:
    """The provider at its address."""

    url: str

    def knows(self, sub: str, **claims: Any) -> str:
        """Let it know somebody; the name to sign in with."""
        answer = requests.put(f"{self.url}/users/{sub}", json=claims, timeout=10)
        answer.raise_for_status()
        return sub

    def sign_in(self, address: str, *, sub: str) -> str:
        """What a person does on its page; the address it sends their browser back to."""
        answer = requests.post(address, data={"sub": sub}, allow_redirects=False, timeout=10)
        assert answer.status_code in {302, 303}, answer.text
        return answer.headers["Location"]

    def cancel(self, address: str) -> str:
        """The same for a person who says no."""
        answer = requests.post(address, data={"action": "deny"}, allow_redirects=False, timeout=10)
        return answer.headers["Location"]


@contextmanager
def running(port: int = 0) -> Iterator[Peer]:
    """The provider, for as long as it is needed."""
    with run_server_in_thread(port=port, require_nonce=True) as server:
        yield Peer(f"http://localhost:{server.server_port}")


def entry(peer: Peer, **more: Any) -> dict[str, Any]:
    """What a site writes into OIDC_PROVIDERS for it."""
    return {
        "id": "state",
        "name": "The State",
        "issuer": peer.url,
        "client_id": "deliberate",
        "client_secret": "a secret between the two",
        "number_claim": "sub",
        "national_prefix": "EE",
        "birth_date_claim": "profile_attributes.date_of_birth",
        "area_claim": "district",
        "areas": {"Vehari": "vehari"},
        **more,
    }


def begin(client: Client, *, back: str = "", **form: str) -> str:
    """Press the button; the provider's address that the browser is sent to."""
    answer = client.post("/accounts/identity/state/", {"next": back, **form})
    assert answer.status_code == 302, answer.content
    return str(answer["Location"])


def come_back(client: Client, address: str) -> Any:
    """Follow the provider's way back to this site."""
    parts = urlsplit(address)
    return client.get(f"{parts.path}?{parts.query}")


def asked(address: str) -> dict[str, str]:
    """What stands in an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
