"""Floods and deaf readers at real servers: bounded memory, others unharmed, each dropped once."""

import asyncio
import json
import logging
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from config import serving
from deliberate import live_socket
from tests.config import bad_guest, site_process
from tests.config.bad_guest import FLOODS, Guest
from tests.config.test_metrics import scraped
from tests.config.test_serving import hear, room
from tests.journeys.server import ROOT, free_port

pytestmark = [pytest.mark.slow]

MOST_GROWN = 50e6
SECONDS = 2.0
SOCKETS = "deliberate_sockets"
DROPPED = "deliberate_sockets_dropped_total"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> site_process.Site:
    return site_process.make(tmp_path_factory.mktemp("site"), BACKGROUND_IN_WEB="0")


class Served:
    """A server process with what it tells of itself."""

    def __init__(self, port: int, numbers: int, process: int, log: Path) -> None:
        self.port, self._numbers, self._process, self._log = port, numbers, process, log

    @property
    def memory(self) -> int:
        """Its resident bytes."""
        status = Path(f"/proc/{self._process}/status").read_text()
        return 1024 * int(re.findall(r"^VmRSS:\s+(\d+)", status, re.MULTILINE)[0])

    def number(self, name: str) -> float:
        """One of its metrics; 0 if it was never counted."""
        return scraped(self._numbers).get(name, 0.0)

    @property
    def log(self) -> str:
        """What it has written, but for where its own numbers are."""
        lines = self._log.read_text().splitlines()
        return "\n".join(line for line in lines if "Metrics are on" not in line)

    def within(self, seconds: float, is_so: Callable[[], bool]) -> bool:
        """Whether it comes to be so."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if is_so():
                return True
            time.sleep(0.05)
        return is_so()


@contextmanager
def served(
    site: site_process.Site, server: str, application: str, **environment: str
) -> Iterator[Served]:
    port, numbers = free_port(), free_port()
    command = serve_command(server, application, port)
    environment = {"METRICS_PORT": str(numbers), "SERVER": server, **environment}
    with site.serving(command, port=port, **environment) as running:
        assert running.process is not None
        yield Served(port, numbers, running.process.pid, site.folder / f"{port}.log")


def serve_command(server: str, application: str, port: int) -> list[str]:
    """scripts/serve's own, with another application."""
    script = (ROOT / "scripts" / "serve").read_text()
    found = re.search(rf'exec "\$\(program {server}\)" (.+?)\n\s+;;', script, re.DOTALL)
    assert found
    words = found[1].replace("\\\n", " ").replace('"$1"', "127.0.0.1").replace('"$2"', str(port))
    return [str(site_process.BIN / server), *words.split()[:-1], application]


async def asked(port: int, *, seconds: float) -> list[float]:
    """How long somebody else waits for each answer meanwhile."""
    waits = []
    end = time.monotonic() + seconds
    async with room(port) as other:
        while time.monotonic() < end:
            began = time.monotonic()
            await other.send(json.dumps({"type": "statement.next", "id": 1, "content": {}}))
            await hear(other, "ok", "error")
            waits.append(time.monotonic() - began)
            await asyncio.sleep(0.1)
    return sorted(waits)


@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
def test_floods_of_frames_are_cut_off_and_harm_nobody(site: site_process.Site, server: str) -> None:
    with served(site, server, "config.asgi:application") as web:
        asyncio.run(asked(web.port, seconds=0.5))
        before = web.memory
        for name, (first, ever, reads) in FLOODS.items():
            with Guest().at_flood(web.port, first, ever, reads=reads) as guest:
                waits = asyncio.run(asked(web.port, seconds=SECONDS))
            # What the machine's own buffers took of it is a few MB.
            assert (guest.was_dropped, guest.sent < 10e6) == (True, True), name
            assert waits[len(waits) // 2] < 0.5, name
        grown = web.memory - before
        dropped = web.number(f"{DROPPED} flood")
        are_gone = web.within(2, lambda: web.number(SOCKETS) == 0)

    assert grown < MOST_GROWN
    assert dropped == len(FLOODS)
    assert are_gone
    assert not re.search(r"127\.0\.0\.1:\d|water", web.log)


def test_plain_protocol_bears_the_floods_for_ever(site: site_process.Site) -> None:
    """The control: the same guests are dropped by nothing else."""
    guests = {}
    with served(site, "daphne", "tests.config.plain_site:application") as web:
        for name, (first, ever, reads) in FLOODS.items():
            with Guest().at_flood(web.port, first, ever, reads=reads) as guests[name]:
                time.sleep(SECONDS)

    assert not any(guest.was_dropped for guest in guests.values())
    assert all(guest.sent for guest in guests.values())


@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
def test_reader_who_never_reads_is_dropped_once_and_leaves_nothing(
    site: site_process.Site, server: str
) -> None:
    application = "tests.config.impatient_site:application"
    # It would be taken for a flood before the machine's own buffers are full.
    with served(site, server, application, LIVE_FRAMES_A_SECOND="100000") as web:
        asyncio.run(asked(web.port, seconds=0.5))
        before, most = web.memory, 0
        with Guest().at_deaf(web.port) as guest:
            while not web.number(f"{DROPPED} slow_reader") and most < before + 2 * MOST_GROWN:
                most = max(most, web.memory)
                time.sleep(0.05)
            is_gone = web.within(2, lambda: web.number(SOCKETS) == 0)
            # It is looked after each second: once more does not count.
            time.sleep(1.5)
        dropped = web.number(f"{DROPPED} slow_reader")

    assert is_gone
    assert guest.was_dropped
    assert dropped == 1
    assert most - before < MOST_GROWN
    assert not re.search(r"127\.0\.0\.1:\d|water", web.log)


def test_masses_before_the_handshake_are_cut_off(site: site_process.Site) -> None:
    """A room that takes its time to let somebody in holds nothing for them meanwhile."""
    early = b"x" * (serving.MOST_TOO_EARLY + 1)
    protocol = serving.HonestProtocol()
    protocol.state, protocol.data = protocol.STATE_CONNECTING, b""
    cut: list[bool] = []
    protocol.dropConnection = lambda *, abort: cut.append(abort)

    protocol._dataReceived(early)

    assert cut == [True]
    assert protocol.data == b""


def test_protocol_lets_through_what_the_application_answers() -> None:
    most = live_socket.BURST + live_socket.WARNINGS
    count = serving.FrameCount()

    # Each in two pieces would be as many again.
    assert all(count.may_take(bad_guest.TEXT) for _ in range(int(most)))
    assert count.may_take(bad_guest.PING)


def test_message_in_many_pieces_is_too_many() -> None:
    count = serving.FrameCount()
    pieces = [bad_guest.TEXT] + [bad_guest.CONTINUATION] * serving.MOST_PIECES

    taken = [count.may_take(piece) for piece in pieces]

    assert taken == [True] * serving.MOST_PIECES + [False]


def test_daphne_writes_nobodys_address_down() -> None:
    protocol = serving.HonestProtocol()
    protocol.client_addr, protocol.path = ["203.0.113.9", 1], b"/ws/conversations/water/"

    assert not re.search("203|water", repr(protocol))
    assert not logging.getLogger("daphne.server").isEnabledFor(logging.WARNING)
