"""How often one account, and one address, may do what costs others something.

Tight for each account. Generous for each address: behind carrier-grade NAT a village has one.
Votes are not counted here: the ballot box has a limit of its own that asks no cache.
"""

import hashlib
import hmac
import math
import time
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.core.cache import cache

ALLAUTHS: Final = "allauth:rl:"
MINUTE: Final = 60
QUARTER: Final = 15 * MINUTE
HOUR: Final = 60 * MINUTE


@dataclass(frozen=True)
class Rate:
    """At most so many within any stretch of that length."""

    most: int
    seconds: int


@dataclass(frozen=True)
class Limit:
    """What is held against the account, against the address, and against both together."""

    account: Rate
    address: Rate
    pair: Rate | None = None


# By what is done; config/limiting.py says which address of the site does it.
LIMITS: Final = {
    # A mail goes to an address that somebody typed, who may not be its owner. An address of the
    # network that asks too often does not use up what its owner may ask for.
    "mail": Limit(Rate(20, HOUR), Rate(120, MINUTE), pair=Rate(5, QUARTER)),
    "code": Limit(Rate(60, HOUR), Rate(300, MINUTE), pair=Rate(15, QUARTER)),
    "proof": Limit(Rate(10, HOUR), Rate(300, HOUR)),
    "petition": Limit(Rate(60, HOUR), Rate(600, HOUR)),
    "signature": Limit(Rate(30, MINUTE), Rate(600, MINUTE)),
    "statement": Limit(Rate(30, HOUR), Rate(600, HOUR)),
    "report": Limit(Rate(20, HOUR), Rate(300, HOUR)),
    "similar": Limit(Rate(60, MINUTE), Rate(600, MINUTE)),
    "search": Limit(Rate(60, MINUTE), Rate(600, MINUTE)),
    "export": Limit(Rate(30, QUARTER), Rate(300, QUARTER)),
    "api": Limit(Rate(600, MINUTE), Rate(3000, MINUTE)),
    # Whatever else is posted.
    "form": Limit(Rate(120, MINUTE), Rate(3000, MINUTE)),
}


def pause(action: str, *, account: str, address: str) -> int:
    """Count one more of it; 0, or the seconds until it may be tried again (then it is not counted).

    `account` is whatever names the person, empty for nobody known; neither it nor the address is
    stored, only a keyed hash of them.
    """
    limit = LIMITS[action]
    counted: list[str] = []
    wanted = [(limit.address, f"address:{address}")]
    if account:
        wanted.append((limit.account, f"account:{account}"))
        if limit.pair:
            wanted.append((limit.pair, f"pair:{account}:{address}"))
    for rate, who in wanted:
        key, seconds = _count(rate, f"{action}:{who}")
        if seconds:
            for earlier in counted:
                _uncount(earlier)
            return seconds
        counted.append(key)
    return 0


def one_more(name: str, *, most: int, seconds: int) -> bool:
    """Count one more under that name; whether it is still allowed. Of parallel ones each counts."""
    return _add_one(_key(name), keep=seconds) <= most


def so_far(name: str) -> int:
    """How many were counted under that name, while it is remembered."""
    return int(cache.get(_key(name), 0))


def _key(name: str) -> str:
    return f"count:{_hidden(name)}"


def cache_name(key: str, prefix: str, version: int) -> str:
    """What a key is called in the cache (KEY_FUNCTION); of allauth's limits, without the person.

    Its own names are hashes without a key of e-mail addresses, which anybody could try.
    """
    return f"{prefix}:{version}:{_hidden(key) if key.startswith(ALLAUTHS) else key}"


def _count(rate: Rate, who: str) -> tuple[str, int]:
    """Count, and look at this stretch and at what of the one before still lies within."""
    number, elapsed = divmod(time.time(), rate.seconds)
    name = f"limit:{_hidden(who)}:{rate.seconds}"
    key, earlier = f"{name}:{int(number)}", f"{name}:{int(number) - 1}"
    now = _add_one(key, keep=2 * rate.seconds)
    before = int(cache.get(earlier, 0))
    if before * (1 - elapsed / rate.seconds) + now <= rate.most:
        return key, 0
    _uncount(key)
    return key, _seconds(rate, before, now - 1, elapsed)


def _seconds(rate: Rate, before: int, now: int, elapsed: float) -> int:
    """When one more will fit: later in this stretch, or in the next."""
    room = rate.most - now - 1
    if before and room >= 0:
        return max(1, math.ceil(rate.seconds * (1 - room / before) - elapsed))
    share = max(0.0, 1 - (rate.most - 1) / max(now, 1))
    return max(1, math.ceil(rate.seconds - elapsed + rate.seconds * share))


def _add_one(key: str, *, keep: int) -> int:
    try:
        return cache.incr(key)
    except ValueError:
        # Of two that begin a stretch together one adds the key, and both are counted.
        return 1 if cache.add(key, 1, timeout=keep) else cache.incr(key)


def _uncount(key: str) -> None:
    try:
        cache.decr(key)
    except ValueError:
        return


def _hidden(who: str) -> str:
    key = hashlib.sha256(b"limits:" + settings.SECRET_KEY.encode()).digest()
    return hmac.new(key, who.encode(errors="replace"), hashlib.sha256).hexdigest()[:32]
