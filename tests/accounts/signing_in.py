"""How tests sign people in: as they do, by a code, and with a passkey made of software."""

import base64
import hashlib
import json
import re
import struct
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.core import mail
from django.test import Client
from fido2 import cbor

from accounts import enrolment
from accounts.models import User

ORIGIN = "http://localhost"
DATA = re.compile(r'<script id="js_data" type="application/json">(.*?)</script>')
CODE = re.compile(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", re.MULTILINE)


def browser() -> Client:
    """A browser of its own, at the one host where passkeys work without HTTPS."""
    return Client(headers={"host": "localhost"})


def code_for(email: str) -> str:
    """The code in the newest mail to that address."""
    codes = [code for one in mail.outbox if email in one.to for code in CODE.findall(one.body)]
    assert codes, f"no code was mailed to {email}"
    return codes[-1]


def join(client: Client, email: str, **fields: str) -> Any:
    """Give an address, type the code that came; the answer to the code."""
    asked = client.post("/accounts/signup/", {"email": email} | fields)
    assert asked.status_code == 302, asked.content.decode()
    return client.post(asked.url, {"code": code_for(email)})


class Passkey:
    """A phone that makes one passkey and signs with it."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = hashlib.sha256(str(id(self)).encode()).digest()
        self.owner = b""
        self.signs = 0

    def create(self, options: dict[str, Any]) -> str:
        """What the phone answers to a page that asks for a new passkey."""
        asked = options["publicKey"]
        self.owner = _bytes(asked["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        data = self._data(asked["rp"]["id"], flags=0x45)
        data += bytes(16) + struct.pack(">H", len(self.id)) + self.id + cbor.encode(public)
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(
            clientDataJSON=_client_data("webauthn.create", asked["challenge"]),
            attestationObject=attestation,
        )

    def get(self, options: dict[str, Any]) -> str:
        """What the phone answers to a page that asks who is there."""
        asked = options["publicKey"]
        data = self._data(asked.get("rpId", "localhost"), flags=0x05)
        client_data = _client_data("webauthn.get", asked["challenge"])
        signed = data + hashlib.sha256(client_data).digest()
        return self._answer(
            clientDataJSON=client_data,
            authenticatorData=data,
            signature=self.key.sign(signed, ec.ECDSA(hashes.SHA256())),
            userHandle=self.owner,
        )

    def _data(self, host: str, *, flags: int) -> bytes:
        self.signs += 1
        return hashlib.sha256(host.encode()).digest() + struct.pack(">BI", flags, self.signs)

    def _answer(self, **response: bytes) -> str:
        return json.dumps(
            {
                "id": _text(self.id),
                "rawId": _text(self.id),
                "type": "public-key",
                "response": {name: _text(value) for name, value in response.items()},
                "clientExtensionResults": {"credProps": {"rk": True}},
            }
        )


def enrol(client: Client, user: User) -> None:
    """Type the code of the account's office, as its operator handed it over."""
    answer = client.post("/accounts/second-factor/", {"code": enrolment.issue(user)})
    assert answer.status_code == 302, answer.content.decode()


def options_on(page: Any) -> dict[str, Any]:
    """What a page asks the phone for."""
    found = DATA.search(page.content.decode())
    assert found, f"the page asks for no passkey: {page.status_code} {page.headers}"
    options: dict[str, Any] = json.loads(found[1])
    return options


def add_passkey(client: Client) -> Passkey:
    """Let a signed-in browser's account have a passkey, by its page."""
    passkey = Passkey()
    page = client.get("/accounts/2fa/webauthn/add/")
    assert page.status_code == 200, page.headers
    credential = passkey.create(options_on(page)["creation_options"])
    fields = {"credential": credential, "passwordless": "on", "name": "My phone"}
    answer = client.post("/accounts/2fa/webauthn/add/", fields)
    assert answer.status_code == 302, answer.content.decode()
    return passkey


def sign_in_with(client: Client, passkey: Passkey, **fields: str) -> Any:
    """Sign in by the passkey alone; the answer."""
    asked = client.get("/accounts/2fa/webauthn/login/", headers={"accept": "application/json"})
    credential = passkey.get(asked.json()["request_options"])
    return client.post("/accounts/2fa/webauthn/login/", {"credential": credential} | fields)


def prove_with(client: Client, passkey: Passkey, path: str, **fields: str) -> Any:
    """Answer a page that asks for the passkey of somebody it knows."""
    page = client.get(path)
    credential = passkey.get(options_on(page)["request_options"])
    return client.post(path, {"credential": credential} | fields)


def _client_data(kind: str, challenge: str) -> bytes:
    return json.dumps({"type": kind, "challenge": challenge, "origin": ORIGIN}).encode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
