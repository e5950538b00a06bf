"""A lean HTTP client that keeps its connection, for the live room's benchmark."""

import asyncio
import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.benchmarks.live_client import Door

# Of a form's token and its cookie: any 32 letters will do, as long as they are the same.
TOKEN = "benchmarkbenchmarkbenchmarkbench"


@dataclass(frozen=True)
class Response:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    # What it set.
    cookies: Mapping[str, str]

    def json(self) -> Any:
        packed = self.headers.get("content-encoding") == "gzip"
        return json.loads(gzip.decompress(self.body) if packed else self.body)


def get(door: Door, path: str, *, session: str = "", tag: str = "") -> bytes:
    """A request for a page, or for what changed since that tag."""
    return _request(door, "GET", path, {"If-None-Match": tag} if tag else {}, session=session)


def post_form(door: Door, path: str, session: str, fields: Mapping[str, object]) -> bytes:
    """A form sent by a browser, with its token."""
    body = urlencode({**fields, "csrfmiddlewaretoken": TOKEN}).encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return _request(door, "POST", path, kind, session=session, body=body)


def post_json(door: Door, path: str, session: str, content: object) -> bytes:
    """JSON sent by the page's script, with its token."""
    headers = {"Content-Type": "application/json", "X-CSRFToken": TOKEN}
    return _request(door, "POST", path, headers, session=session, body=json.dumps(content).encode())


def _request(
    door: Door,
    method: str,
    path: str,
    headers: Mapping[str, str],
    *,
    session: str = "",
    body: bytes = b"",
) -> bytes:
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {door.host}:{door.port}",
        "Accept-Encoding: gzip",
        f"Cookie: csrftoken={TOKEN}" + (f"; sessionid={session}" if session else ""),
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    if method == "POST":
        lines += [f"Origin: {door.origin}", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _cookies(head: Sequence[str]) -> dict[str, str]:
    set_here = [line.partition(":")[2] for line in head if line.lower().startswith("set-cookie:")]
    pairs = [one.split(";")[0].partition("=") for one in set_here]
    return {name.strip(): value for name, _sign, value in pairs}


class Line:
    """One kept connection; one request at a time."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, request: bytes) -> Response:
        """Send a request and read all of its answer.

        A server may have closed a connection that waited: then it is asked on a new one.
        """
        kept = self._writer is not None
        try:
            return await self._ask(request)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            await self.close()
            if not kept or getattr(error, "partial", b""):
                raise
        return await self._ask(request)

    async def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None

    async def _ask(self, request: bytes) -> Response:
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(
                self.door.host, self.door.port
            )
        self._writer.write(request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, _colon, value in (line.partition(":") for line in head[1:] if line)
        }
        status = int(head[0].split(" ")[1])
        body = b"" if status in {204, 304} else await self._body(self._reader, headers)
        if headers.get("connection", "").lower() == "close":
            await self.close()
        return Response(status, headers, body, _cookies(head))

    async def _body(self, reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
        if "content-length" in headers:
            return await reader.readexactly(int(headers["content-length"]))
        if headers.get("transfer-encoding") != "chunked":
            return await reader.read()
        parts = []
        while size := int((await reader.readline()).split(b";")[0], 16):
            parts.append(await reader.readexactly(size))
            await reader.readline()
        await reader.readline()
        return b"".join(parts)
