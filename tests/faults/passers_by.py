"""People who open a room's page, look for a moment and go: thousands in an hour."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator

from tests.faults.client import Client
from tests.faults.history import History
from tests.faults.run import Run

AT_ONCE = 4
STAY = (0.1, 1.0)


class PassersBy:
    """How many have come, and how many of them got in."""

    def __init__(self) -> None:
        self.came = self.got_in = 0

    async def come_and_go(self, run: Run, seed: int) -> None:
        """One after another, without end."""
        draw = random.Random(seed)
        while True:
            session = draw.choice(list(run.room.sessions.values()))
            client = Client(
                name="passer-by",
                session=session,
                slug=run.room.slug,
                port=lambda: run.proxy.port,
                history=History(),
                seed=seed,
            )
            async with client.here():
                await asyncio.sleep(draw.uniform(*STAY))
            self.came += 1
            self.got_in += client.sockets > 0


@contextlib.asynccontextmanager
async def passing_by(run: Run) -> AsyncIterator[PassersBy]:
    """Some come and go inside the block."""
    people = PassersBy()
    tasks = [asyncio.create_task(people.come_and_go(run, seed)) for seed in range(AT_ONCE)]
    try:
        yield people
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
