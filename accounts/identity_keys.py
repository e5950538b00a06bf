"""The site's identity keys by their ids: what pseudonyms, signatures and links are made with.

The keys are not in the database. IDENTITY_KEY is one secret, or `id:secret` pairs with commas
between them. The first is in use; the others are kept for what was made with them before.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

# The id of a secret that is written without one.
ONLY: Final = "1"
PAIR: Final = re.compile(r"([a-z0-9-]{1,16}):(\S{32,})")


class KeyMissing(KeyError):
    """Something was made under a key that IDENTITY_KEY does not name (any more)."""


def ids() -> list[str]:
    """The ids of the keys, the one in use first."""
    return list(parse(settings.IDENTITY_KEY))


def current_id() -> str:
    """The id of the key that new rows are made with."""
    return ids()[0]


def secret(key_id: str) -> bytes:
    """The site's key of that id.

    Raises:
        KeyMissing: this site has no key of that id (any more).
    """
    found = parse(settings.IDENTITY_KEY).get(key_id)
    if found is None:
        raise KeyMissing(key_id)
    return found.encode()


@lru_cache(maxsize=16)
def parse(text: str) -> Mapping[str, str]:
    """The secrets by their ids, the one in use first.

    Raises:
        ImproperlyConfigured: some are pairs and others not, or two have the same id.
    """
    pairs = [PAIR.fullmatch(part.strip()) for part in text.split(",")]
    found = [(pair[1], pair[2]) for pair in pairs if pair]
    if not found:
        return {ONLY: text}
    if len(found) < len(pairs) or len(dict(found)) < len(found):
        raise ImproperlyConfigured(
            "IDENTITY_KEY: one secret, or id:secret pairs of at least 32 characters, each with "
            "an id of its own."
        )
    return dict(found)
