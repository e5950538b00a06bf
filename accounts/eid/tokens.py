"""Whether an ID token is the provider's, for this site, for this attempt, and of now.

allauth leaves the signature of a token unchecked that it has fetched itself, and knows no nonce;
here both are asked for, so that a mistake in one layer lets nobody in.
"""

import hmac
from collections.abc import Mapping
from typing import Any, Final

import jwt
from allauth.socialaccount.adapter import get_adapter

# Signatures by a key pair only: a token signed with a shared secret could be anybody's who has it.
ALGORITHMS: Final = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384"]
NEEDED: Final = ["iss", "aud", "exp", "iat", "sub"]
# Clocks differ.
LEEWAY_SECONDS: Final = 30


class WrongToken(Exception):
    """The token is not what the provider would have sent for this attempt."""


def read(token: str, *, config: Mapping[str, Any], client_id: str, nonce: str) -> dict[str, Any]:
    """The claims of a token that holds.

    Raises:
        WrongToken: signature, issuer, audience, time or nonce is wrong.
    """
    try:
        header = jwt.get_unverified_header(token)
        claims = jwt.decode(
            token,
            key=_key(header, _published(str(config["jwks_uri"]))),
            algorithms=ALGORITHMS,
            issuer=config["issuer"],
            audience=client_id,
            leeway=LEEWAY_SECONDS,
            options={"require": NEEDED},
        )
    except (jwt.PyJWTError, KeyError, TypeError, ValueError) as error:
        raise WrongToken(type(error).__name__) from None
    said = claims.get("nonce")
    if not nonce or not isinstance(said, str) or not hmac.compare_digest(said, nonce):
        raise WrongToken("nonce")
    return dict(claims)


def _published(address: str) -> list[jwt.PyJWK]:
    with get_adapter().get_requests_session() as session:
        response = session.get(address)
        response.raise_for_status()
        return jwt.PyJWKSet.from_dict(response.json()).keys


def _key(header: Mapping[str, Any], keys: list[jwt.PyJWK]) -> jwt.PyJWK:
    wanted = header.get("kid")
    found = [key for key in keys if wanted is None or key.key_id == wanted]
    if len(found) != 1:
        raise WrongToken("key")
    return found[0]
