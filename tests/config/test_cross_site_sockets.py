"""A page of another site opens no socket, on the server that runs in earnest."""

import asyncio
import socket
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.config import site_process

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cross-site")]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> site_process.Site:
    return site_process.make(tmp_path_factory.mktemp("site"))


async def try_from(port: int, origin: str | None, session: str) -> int:
    """The status of the handshake, with the victim's cookie."""
    try:
        async with connect(
            f"ws://127.0.0.1:{port}/ws/conversations/water/",
            origin=origin,  # type: ignore[arg-type]
            additional_headers={"Cookie": f"sessionid={session}"},
            proxy=None,
            open_timeout=20,
        ):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


def raw_handshake(port: int, *headers: bytes) -> bytes:
    """The first line that comes back for a handshake byte by byte."""
    lines = [
        b"GET /ws/conversations/water/ HTTP/1.1",
        b"Host: 127.0.0.1:%d" % port,
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        *headers,
    ]
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(b"\r\n".join(lines) + b"\r\n\r\n")
        return line.recv(200).partition(b"\r\n")[0]


@pytest.mark.django_db
def test_page_of_another_site_opens_no_socket(place: site_process.Site) -> None:
    with place.web(SERVER="daphne") as port:
        here = f"http://127.0.0.1:{port}"
        session = site_process.session_of(here)
        others = [
            None,
            "null",
            "http://evil.example",
            f"https://127.0.0.1:{port}",
            f"http://127.0.0.1:{port + 1}",
            "http://127.0.0.1",
            f"http://localhost:{port}",
            f"http://127.0.0.1:{port}.evil.example",
            f"http://127.0.0.1:{port}@evil.example",
            f"chrome-extension://127.0.0.1:{port}",
        ]

        own = asyncio.run(try_from(port, here, session))
        refused = {origin: asyncio.run(try_from(port, origin, session)) for origin in others}
        good = b"Origin: " + here.encode()
        control = raw_handshake(port, good)
        smuggled = [
            raw_handshake(port, b"Origin: http://evil.example", good),
            raw_handshake(port, good, b"Origin: http://evil.example"),
            raw_handshake(port, b"Origin: http://evil.example\x0b" + here.encode()),
            raw_handshake(port, good + b"\x85.evil.example"),
        ]

    assert own == 101
    assert set(refused.values()) <= {400, 403}, refused
    assert b" 101 " in control
    assert not [line for line in smuggled if b" 101 " in line]
    assert Path(place.folder).is_dir()
