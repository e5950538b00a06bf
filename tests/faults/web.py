"""Plain HTTP as a browser's page does it, over the same bad network: one request a connection."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

SECONDS = 6.0


class Lost(Exception):
    """No whole answer came: the request may have had its effect, or may not."""


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content(self) -> Any:
        """The body as JSON, or None when it is none (an error page of whoever is between)."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


async def ask(
    port: int,
    path: str,
    *,
    cookies: Mapping[str, str] | None = None,
    post: object = None,
    seconds: float = SECONDS,
) -> Answer:
    """Get a page, or send it JSON with the token that Django wants.

    Raises:
        Lost: the connection failed, was cut, or nothing came in time.
    """
    lines = [f"Host: 127.0.0.1:{port}", "Connection: close"]
    kept = dict(cookies or {})
    body = b""
    if post is not None:
        # Django compares the header with the cookie: any token of 32 letters, twice.
        token = kept.setdefault("csrftoken", "t" * 32)
        body = json.dumps(post).encode()
        lines += [
            f"X-CSRFToken: {token}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
        ]
    if kept:
        lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in kept.items()))
    verb = "GET" if post is None else "POST"
    head = f"{verb} {path} HTTP/1.1\r\n" + "".join(f"{line}\r\n" for line in lines) + "\r\n"
    try:
        async with asyncio.timeout(seconds):
            raw = await _exchange(port, head.encode() + body)
    except (OSError, TimeoutError) as error:
        raise Lost from error
    return _parsed(raw)


async def _exchange(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        await writer.drain()
        return await reader.read()
    finally:
        writer.close()


def _parsed(raw: bytes) -> Answer:
    head, end, body = raw.partition(b"\r\n\r\n")
    if not end:
        raise Lost
    first, *rest = head.decode("latin-1").split("\r\n")
    headers = {
        name.strip().lower(): value.strip()
        for name, _colon, value in (line.partition(":") for line in rest)
    }
    if headers.get("transfer-encoding") == "chunked":
        body = _unchunked(body)
    elif len(body) < int(headers.get("content-length", 0)):
        raise Lost
    return Answer(int(first.split(" ")[1]), headers, body)


def _unchunked(body: bytes) -> bytes:
    whole = b""
    while True:
        size, end, body = body.partition(b"\r\n")
        if not end:
            raise Lost
        length = int(size, 16)
        if not length:
            return whole
        if len(body) < length + 2:
            raise Lost
        whole, body = whole + body[:length], body[length + 2 :]
