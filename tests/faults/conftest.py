"""The site at scale, started once for all of its faults."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import system
from tests.faults.clock import Clock


@pytest.fixture(scope="session")
def site() -> Iterator[system.Site]:
    """Whoever breaks a part of it mends it again."""
    with (
        system.short_folder() as folder,
        system.site(
            Path(folder),
            rooms=24,
            people=10,
            statements=8,
            clock=Clock(Path(folder) / "clock"),
        ) as made,
    ):
        yield made
