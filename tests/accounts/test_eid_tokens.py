"""ID tokens that are not what they should be, against keys that a server publishes over HTTP."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from accounts.eid import tokens

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ISSUER, CLIENT, NONCE = "https://state.example", "deliberate", "a-nonce-of-this-attempt"


class Keys(BaseHTTPRequestHandler):
    """Publishes the provider's keys."""

    def do_GET(self) -> None:
        public = jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
        # One of a kind that nobody knows stands beside it, as it may.
        strange = {"kty": "OKP", "crv": "Unheard", "x": "AA", "kid": "strange"}
        body = json.dumps({"keys": [{**public, "kid": "one"}, strange]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def config() -> Iterator[dict[str, str]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Keys)
    Thread(target=server.serve_forever, daemon=True).start()
    yield {"issuer": ISSUER, "jwks_uri": f"http://127.0.0.1:{server.server_port}/jwks"}
    server.shutdown()


def claims(**other: Any) -> dict[str, Any]:
    now = int(time.time())
    said = {
        "iss": ISSUER, "aud": CLIENT, "sub": "EE60001019906", "nonce": NONCE,
        "iat": now, "exp": now + 60, **other,
    }  # fmt: skip
    return {name: value for name, value in said.items() if value is not None}


def token(*, key: Any = KEY, algorithm: str = "RS256", kid: str = "one", **other: Any) -> str:
    return jwt.encode(claims(**other), key, algorithm=algorithm, headers={"kid": kid})


def packed(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def read(text: str, config: dict[str, str]) -> dict[str, Any]:
    return tokens.read(text, config=config, client_id=CLIENT, nonce=NONCE)


def test_token_of_the_provider_holds(config: dict[str, str]) -> None:
    assert read(token(), config)["sub"] == "EE60001019906"


def test_clocks_may_differ_a_little(config: dict[str, str]) -> None:
    assert read(token(exp=int(time.time()) - 10), config)["sub"] == "EE60001019906"


@pytest.mark.parametrize(
    "other",
    [
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"aud": "another-site"},
        {"aud": None},
        {"exp": 1000},
        {"exp": None},
        {"iat": None},
        {"sub": None},
        {"nonce": "of-another-attempt"},
        {"nonce": None},
        {"nonce": ["a-nonce-of-this-attempt"]},
        pytest.param({"key": OTHER}, id="another-key"),
        {"kid": "two"},
        {"kid": "strange"},
    ],
    ids=str,
)
def test_token_that_is_not_for_this_attempt_is_refused(
    config: dict[str, str], other: dict[str, Any]
) -> None:
    with pytest.raises(tokens.WrongToken):
        read(token(**other), config)


def test_token_without_a_signature_is_refused(config: dict[str, str]) -> None:
    unsigned = jwt.encode(claims(), None, algorithm="none", headers={"kid": "one"})

    with pytest.raises(tokens.WrongToken):
        read(unsigned, config)


def test_token_signed_with_the_public_key_as_a_secret_is_refused(config: dict[str, str]) -> None:
    public = KEY.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    head = packed({"alg": "HS256", "typ": "JWT", "kid": "one"})
    words = f"{head}.{packed(claims())}"
    signature = hmac.digest(public, words.encode(), hashlib.sha256)
    forged = f"{words}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"

    with pytest.raises(tokens.WrongToken):
        read(forged, config)


def test_token_that_was_changed_is_refused(config: dict[str, str]) -> None:
    head, _body, signature = token().split(".")

    with pytest.raises(tokens.WrongToken):
        read(f"{head}.{packed(claims(sub='EE1'))}.{signature}", config)


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "..", "é.é.é", "e30.e30.e30"])
def test_token_that_is_none_is_refused(config: dict[str, str], text: str) -> None:
    with pytest.raises(tokens.WrongToken):
        read(text, config)


def test_no_nonce_put_aside_lets_no_token_in(config: dict[str, str]) -> None:
    with pytest.raises(tokens.WrongToken):
        tokens.read(token(nonce=""), config=config, client_id=CLIENT, nonce="")
