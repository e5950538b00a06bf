"""How many ballots one person may cast, and how many people may begin to vote from one address.

Counted within one process and asked of no cache: a vote waits for nothing but the database.
"""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from django.conf import settings

from accounts import client_address

# Allowances that one process remembers; those not asked for longest go first.
KEPT: Final = 20_000
# Ballots in the long run, each second, and at once: a phone brings what it kept.
RATE: Final = float(settings.LIVE_FRAMES_A_SECOND)
AT_ONCE: Final = 200.0


# In which time as many people may begin again as may at once.
NEWCOMERS_WITHIN: Final = 600.0


@dataclass(slots=True)
class Allowance:
    """What may still be done at once; it comes back with time."""

    most: float
    # So much comes back each second.
    rate: float
    left: float
    counted_at: float = field(default_factory=time.monotonic)

    def take(self, now: float) -> bool:
        """Whether one more is within the rate."""
        self.left = min(self.most, self.left + max(0.0, now - self.counted_at) * self.rate)
        self.counted_at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


# By pseudonym: of one person in one conversation; and by an address's stand-in.
_allowances: OrderedDict[bytes | str, Allowance] = OrderedDict()
_lock = threading.Lock()


def of(pseudonym: bytes) -> Allowance:
    """The allowance of whoever goes by that name in a conversation."""
    return _kept(pseudonym, most=AT_ONCE, rate=RATE)


def of_newcomers(address: str) -> Allowance:
    """How many more people without an account may begin to vote from that address.

    Generous: behind carrier-grade NAT a village has one, and comes when the television says so.
    """
    most = float(settings.NEW_VOTERS_PER_ADDRESS)
    return _kept(client_address.stand_in(address), most=most, rate=most / NEWCOMERS_WITHIN)


def _kept(name: bytes | str, *, most: float, rate: float) -> Allowance:
    with _lock:
        found = _allowances.setdefault(name, Allowance(most=most, rate=rate, left=most))
        _allowances.move_to_end(name)
        while len(_allowances) > KEPT:
            _allowances.popitem(last=False)
    return found
