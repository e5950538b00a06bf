"""How many ballots one person may cast: in one process together, whatever sessions they hold."""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from django.conf import settings

# People whom one process remembers; the ones who have not voted for longest go first.
KEPT: Final = 20_000
# Ballots in the long run, each second, and at once: a phone brings what it kept.
RATE: Final = float(settings.LIVE_FRAMES_A_SECOND)
AT_ONCE: Final = 200.0


@dataclass(slots=True)
class Allowance:
    """What one person may still cast at once; it comes back with time."""

    left: float = AT_ONCE
    counted_at: float = field(default_factory=time.monotonic)

    def take(self, now: float) -> bool:
        """Whether one more ballot is within the rate."""
        self.left = min(AT_ONCE, self.left + max(0.0, now - self.counted_at) * RATE)
        self.counted_at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


# By pseudonym: of one person in one conversation.
_allowances: OrderedDict[bytes, Allowance] = OrderedDict()
_lock = threading.Lock()


def of(pseudonym: bytes) -> Allowance:
    """The allowance of whoever goes by that name in a conversation."""
    with _lock:
        found = _allowances.setdefault(pseudonym, Allowance())
        _allowances.move_to_end(pseudonym)
        while len(_allowances) > KEPT:
            _allowances.popitem(last=False)
    return found
