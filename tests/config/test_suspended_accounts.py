"""Two processes at scale: a suspended account's sockets close within two seconds on either."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from websockets.exceptions import ConnectionClosed

from tests.config import site_process
from tests.config.bad_guest import Guest
from tests.config.test_bad_guests import SOCKETS, Served, served
from tests.config.test_serving import room

pytestmark = [pytest.mark.postgres, pytest.mark.django_db, pytest.mark.slow]

PROMISED = 2.0
# The clocks' grain, and a machine of two processors that runs other tests beside this one.
GRACE = 1.5
OPEN = """
import django
django.setup()
from django.test import Client
from tests import factories
for name in ("ann", "ben"):
    client = Client()
    client.force_login(
        factories.user(email=f"{name}@example.org"),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    print(client.session.session_key)
"""
SUSPEND = """
import time
import django
django.setup()
from accounts.models import User
User.objects.filter(email__in=["ann@example.org", "ben@example.org"]).update(is_active=False)
print(time.time())
"""


@pytest.fixture(scope="module")
def site(
    own_database: str, own_redis: str, tmp_path_factory: pytest.TempPathFactory
) -> site_process.Site:
    return site_process.make(
        tmp_path_factory.mktemp("site"), DATABASE_URL=own_database, REDIS_URL=own_redis
    )


@pytest.fixture
def processes(site: site_process.Site) -> Iterator[tuple[Served, Served]]:
    """A daphne and a uvicorn, in which a socket may ask as much as it likes."""
    with ExitStack() as stack:
        first, second = (
            stack.enter_context(
                served(site, server, "config.asgi:application", LIVE_FRAMES_A_SECOND="100000")
            )
            for server in ("daphne", "uvicorn")
        )
        yield first, second


def test_sockets_of_a_suspended_account_close_in_time_also_full_ones(
    site: site_process.Site, processes: tuple[Served, Served]
) -> None:
    ann, ben = site.run("-c", OPEN).split()

    async def closed(port: int) -> tuple[int | None, float]:
        async with room(port, ann) as line:
            try:
                while True:
                    await line.recv()
            except ConnectionClosed:
                return line.close_code, time.time()

    async def watch() -> tuple[float, list[tuple[int | None, float]], list[float]]:
        closing = [asyncio.create_task(closed(process.port)) for process in processes]
        # Until the server holds for the deaf what the machine does not take any more.
        await asyncio.sleep(5)
        for guest in guests:
            guest.fall_silent()
        suspended = float(await asyncio.to_thread(site.run, "-c", SUSPEND))
        empty = [
            await asyncio.to_thread(
                lambda process=process: (
                    time.time()
                    if process.within(10, lambda: process.number(SOCKETS) == 0)
                    else float("inf")
                )
            )
            for process in processes
        ]
        return suspended, await asyncio.gather(*closing), empty

    with ExitStack() as stack:
        guests = [
            stack.enter_context(Guest().at_deaf(process.port, session=ben)) for process in processes
        ]
        suspended, closes, empty = asyncio.run(watch())

    assert [code for code, _at in closes] == [4401, 4401]
    assert max(at for _code, at in closes) - suspended < PROMISED + GRACE
    assert max(empty) - suspended < PROMISED + GRACE
