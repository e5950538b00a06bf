"""The line of memory: noise is flat, a leak is none, and a short look says nothing."""

import numpy as np
import pytest

from tests.faults import memory

MOST = 4 * 1024
HOUR = np.arange(0, 3600, 5.0)


@pytest.mark.parametrize("seed", range(10))
def test_noise_around_a_level_is_flat(seed: int) -> None:
    noise = np.random.default_rng(seed).normal(0, 400, HOUR.size)

    found = memory.slope(HOUR, 120_000 + noise)

    assert found.verdict(most=MOST) == "flat"
    assert found.low < 0 < found.high or abs(found.an_hour) < 300


@pytest.mark.parametrize("seed", range(10))
def test_leak_under_noise_is_found(seed: int) -> None:
    noise = np.random.default_rng(seed).normal(0, 400, HOUR.size)

    found = memory.slope(HOUR, 120_000 + noise + 10 * 1024 * HOUR / 3600)

    assert found.verdict(most=MOST) == "LEAK"
    assert found.low < 10 * 1024 < found.high or abs(found.an_hour - 10 * 1024) < 300


def test_growth_while_warming_up_counts_not() -> None:
    grown = 120_000 + np.minimum(HOUR, 800) * 50

    assert memory.slope(HOUR, grown).verdict(most=MOST) == "flat"


def test_restless_line_of_a_short_look_says_nothing() -> None:
    seconds = np.arange(0, 120, 1.0)
    restless = 120_000 + 1000 * np.sign(np.sin(seconds))

    assert memory.slope(seconds, restless).verdict(most=MOST) == "cannot say"


def test_few_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        memory.slope([0.0, 5.0, 10.0], [1.0, 1.0, 1.0])


@pytest.mark.parametrize(
    ("verdicts", "seconds", "leaks", "passes"),
    [
        (["flat", "flat"], 3600, False, True),
        (["flat", "cannot say"], 3600, False, False),
        (["flat", "cannot say"], 600, False, True),
        (["flat", "LEAK"], 600, False, False),
        (["LEAK"], 180, True, True),
        (["cannot say"], 180, True, False),
    ],
)
def test_soak_of_an_hour_has_to_know(
    verdicts: list[str], seconds: float, leaks: bool, passes: bool
) -> None:
    assert memory.is_as_it_should(verdicts, seconds=seconds, leaks=leaks) is passes
