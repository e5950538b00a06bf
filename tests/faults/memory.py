"""Whether a process's memory is flat: the slope of its line, with the interval it may lie in."""

import itertools
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from statistics import fmean

from scipy.stats import t as students_t

# Memory moves in steps that last: neighbours in time say the same thing. Means of so many stretches
# of the line are nearly independent, and the interval is made of those.
STRETCHES = 20
CONFIDENCE = 0.95
HOUR = 3600.0
# A process's first part of the run fills its pools and caches.
WARM_UP_SHARE = 0.25


@dataclass(frozen=True)
class Slope:
    """How a line grows in KiB an hour, between `low` and `high` with 95 % confidence."""

    an_hour: float
    low: float
    high: float
    level: float

    def is_flat(self, *, most: float) -> bool:
        """Whether it surely grows by less than that."""
        return self.high < most

    def is_leak(self, *, most: float) -> bool:
        """Whether it surely grows by more than that."""
        return self.low > most

    def verdict(self, *, most: float) -> str:
        """In a word: an interval that is too wide says nothing."""
        if self.is_flat(most=most):
            return "flat"
        return "LEAK" if self.is_leak(most=most) else "cannot say"

    def __str__(self) -> str:
        low, high = self.low / 1024, self.high / 1024
        return f"{self.an_hour / 1024:+.1f} MiB/h ({low:+.1f} to {high:+.1f})"


def is_as_it_should(verdicts: Collection[str], *, seconds: float, leaks: bool) -> bool:
    """Whether a run passes: a leak is found where there is one, and none where there is none.

    An hour is long enough to say so of every process; a shorter look may not know.
    """
    if leaks:
        return "LEAK" in verdicts
    return all(told == "flat" or (told != "LEAK" and seconds < HOUR) for told in verdicts)


def slope(seconds: Sequence[float], kib: Sequence[float]) -> Slope:
    """The line after the warm-up, by least squares over the means of its stretches.

    Raises:
        ValueError: too few samples.
    """
    begun = seconds[0] + WARM_UP_SHARE * (seconds[-1] - seconds[0])
    kept = [(at, size) for at, size in zip(seconds, kib, strict=True) if at >= begun]
    if len(kept) < 2 * STRETCHES:
        raise ValueError(f"{len(kept)} samples after the warm-up are too few")
    edges = [round(place * len(kept) / STRETCHES) for place in range(STRETCHES + 1)]
    stretches = [kept[start:end] for start, end in itertools.pairwise(edges)]
    x = [fmean(at for at, _size in stretch) / 3600 for stretch in stretches]
    y = [fmean(size for _at, size in stretch) for stretch in stretches]
    middle, level = fmean(x), fmean(y)
    spread = sum((at - middle) ** 2 for at in x)
    growth = sum((at - middle) * (size - level) for at, size in zip(x, y, strict=True)) / spread
    left = sum((size - level - growth * (at - middle)) ** 2 for at, size in zip(x, y, strict=True))
    error = math.sqrt(left / (STRETCHES - 2) / spread)
    wide = error * float(students_t.ppf((1 + CONFIDENCE) / 2, STRETCHES - 2))
    return Slope(growth, growth - wide, growth + wide, level)
