"""Many people at once on one process: it never takes more connections than its pool has."""

import asyncio
import json
import re
import time
import uuid

import psycopg
import pytest
from websockets.asyncio.client import connect

from tests.config import site_process
from tests.faults import web

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db,
    pytest.mark.slow,
]

POOL = 5
PEOPLE = 40


@pytest.fixture(scope="module")
def site(
    own_database: str, own_redis: str, tmp_path_factory: pytest.TempPathFactory
) -> site_process.Site:
    return site_process.make(
        tmp_path_factory.mktemp("site"),
        DATABASE_URL=own_database,
        REDIS_URL=own_redis,
        BACKGROUND_IN_WEB="1",
    )


# Two requests hold the pool's two connections, as a page does that has read its session, when a
# socket's ballot, which has none yet, gets the turn to store.
HELD = """
import threading, time
import django
django.setup()
from django.db import connection
from deliberate import ballot_box
from deliberate.models import Choice

held = threading.Barrier(3)
answers = []

def cast():
    ballot = ballot_box.Ballot(0, Choice.AGREE, None)
    answers.extend(
        ballot_box.BOX.cast([ballot_box.Act("water", "nobody", "en", "socket", ballot)])
    )

def page():
    connection.ensure_connection()
    held.wait()
    time.sleep(0.5)
    cast()
    connection.close()

threads = [threading.Thread(target=page) for _ in range(2)]
for thread in threads:
    thread.start()
held.wait()
began = time.monotonic()
socket = threading.Thread(target=cast)
socket.start()
for thread in [*threads, socket]:
    thread.join()
print(time.monotonic() - began, *(answer.code for answer in answers))
"""


async def visit(port: int) -> list[int]:
    """One person reads, votes on all there is, and reads again; the status of each answer."""
    page = await web.ask(port, "/conversations/water/", seconds=60)
    session = re.search(r"sessionid=([^;]+)", str(page.headers))
    if session is None:
        return [page.status]
    cookies = {"sessionid": session[1]}
    ballots = [
        {"id": str(uuid.uuid4()), "statement": number, "choice": "agree"} for number in range(2)
    ]
    # Both at once: forms that wait for the ballots of sockets, and the other way round.
    voted, by_socket, report = await asyncio.gather(
        web.ask(
            port,
            "/conversations/water/votes/",
            cookies=cookies,
            post={"ballots": ballots},
            seconds=60,
        ),
        vote_by_socket(port, session[1]),
        web.ask(port, "/conversations/water/report/", cookies=cookies, seconds=60),
    )
    return [page.status, voted.status, by_socket, report.status]


async def vote_by_socket(port: int, session: str) -> int:
    """A vote on the third statement; 200 when it was counted."""
    async with (
        asyncio.timeout(60),
        connect(
            f"ws://127.0.0.1:{port}/ws/conversations/water/",
            origin=f"http://127.0.0.1:{port}",
            additional_headers={"Cookie": f"sessionid={session}"},
            open_timeout=60,
            proxy=None,
        ) as socket,
    ):
        frame = {"type": "vote", "id": str(uuid.uuid4())}
        await socket.send(json.dumps({**frame, "content": {"statement": 2, "choice": "agree"}}))
        while (told := json.loads(await socket.recv())).get("reply_to") != frame["id"]:
            pass
        return 200 if told["type"] == "ok" else 503


async def crowd(port: int, database: str) -> tuple[list[int], int]:
    """The statuses of all answers, and the most connections that PostgreSQL saw meanwhile."""
    most = 0
    # Its own connection is to another database, and so not among those it counts.
    name = database.partition("?")[0].rpartition("/")[2]
    question = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE backend_type = 'client backend' AND datname = %s"
    )
    other = database.replace(f"/{name}", "/postgres")
    async with await psycopg.AsyncConnection.connect(other, autocommit=True) as watcher:

        async def watch() -> None:
            nonlocal most
            while True:
                cursor = await watcher.execute(question, [name])
                row = await cursor.fetchone()
                most = max(most, row[0] if row else 0)
                await asyncio.sleep(0.01)

        watching = asyncio.create_task(watch())
        statuses = await asyncio.gather(*(visit(port) for _ in range(PEOPLE)))
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    return [status for statuses_ in statuses for status in statuses_], most


@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
def test_crowd_shares_the_pool_and_meets_no_error(
    site: site_process.Site, own_database: str, server: str
) -> None:
    with site.web(DATABASE_POOL=str(POOL), SERVER=server) as port:
        began = time.monotonic()
        statuses, most = asyncio.run(crowd(port, own_database))
        took = time.monotonic() - began

    assert set(statuses) == {200}
    assert len(statuses) == 4 * PEOPLE
    # Nobody waited for a connection that somebody held who waited for them (20 s, then 503).
    assert took < 20
    assert most == POOL


def test_crowd_would_take_more_if_there_were_more(
    site: site_process.Site, own_database: str
) -> None:
    """The control: it is the pool that holds them back."""
    with site.web(DATABASE_POOL=str(PEOPLE)) as port:
        _statuses, most = asyncio.run(crowd(port, own_database))

    assert most > POOL


def test_ballots_do_not_wait_for_connections_that_wait_for_them(site: site_process.Site) -> None:
    """Whoever has the turn to store must have a connection: the pool's patience is 20 s."""
    environment = {**site.environment, "DATABASE_POOL": "2"}

    took, *codes = site_process.Site(site.folder, environment).run("-c", HELD).split()

    assert codes == ["sign_in_needed"] * 3
    assert float(took) < 10


def test_votes_of_the_crowds_are_all_stored(site: site_process.Site) -> None:
    counted = site.run(
        "-c",
        "import django; django.setup(); from deliberate.models import Vote; "
        "print(Vote.objects.count())",
    )

    assert int(counted) == 3 * 3 * PEOPLE
