"""Packs answers for the line: brotli or gzip, whichever the reader's browser takes.

Static files are packed when they are collected (static.py); this is for what is made anew.

About BREACH: who can make a browser ask for a page again and again with guesses in its address,
and sees the length of each answer, may read a secret in the page that stands beside an echo of
the guess. Cookies here are SameSite=Lax, so another site's requests come without them; CSRF
tokens are masked anew in every answer. What is one person's own (`no-store`) is besides packed
with gzip, whose header Django fills to a random length.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, Final, cast

import brotli
from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.decorators import sync_and_async_middleware
from django.utils.text import compress_sequence, compress_string

# A shorter answer gains nothing: with its headers it is one packet either way.
SHORTEST: Final = 300
# Of 11: packs a page in a millisecond or two, to within a few per cent of the best.
BROTLI_QUALITY: Final = 5
RANDOM_BYTES: Final = 100
PACKED: Final = re.compile(
    r"text/|application/(json|jsonl|javascript|manifest\+json|xml)|image/svg"
)
ACCEPTED: Final = re.compile(r"\s*([\w*-]+)\s*(?:;\s*q\s*=\s*([\d.]+)\s*)?(?:,|$)")

Response = HttpResponseBase


@sync_and_async_middleware
def compress(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """The middleware; outside of the one that makes ETags, which become weak here."""
    if iscoroutinefunction(get_response):
        answer = cast("Callable[[HttpRequest], Awaitable[Response]]", get_response)

        async def packing(request: HttpRequest) -> Response:
            return pack(request, await answer(request))

        return packing

    def packing_now(request: HttpRequest) -> Response:
        return pack(request, get_response(request))

    return packing_now


def pack(request: HttpRequest, response: Response) -> Response:
    """The same answer, its body packed if that is of use."""
    if not PACKED.match(response.get("Content-Type", "")) or response.has_header(
        "Content-Encoding"
    ):
        return response
    patch_vary_headers(response, ["Accept-Encoding"])
    accepted = encodings(request.headers.get("Accept-Encoding", ""))
    if isinstance(response, StreamingHttpResponse):
        _pack_stream(response, accepted)
    elif isinstance(response, HttpResponse) and len(response.content) >= SHORTEST:
        _pack_whole(response, accepted)
    return response


def encodings(header: str) -> set[str]:
    """What the browser takes: `br;q=0` is a refusal."""
    weights: dict[str, float] = {}
    for name, weight in ACCEPTED.findall(header.lower()):
        try:
            weights[name] = float(weight or 1)
        except ValueError:
            weights[name] = 0.0
    return {name for name, weight in weights.items() if weight > 0}


def _pack_whole(response: HttpResponse, accepted: set[str]) -> None:
    if "br" in accepted and "no-store" not in response.get("Cache-Control", ""):
        body = brotli.compress(response.content, mode=brotli.MODE_TEXT, quality=BROTLI_QUALITY)
        _send(response, body, "br")
    elif "gzip" in accepted:
        body = compress_string(response.content, max_random_bytes=RANDOM_BYTES)
        _send(response, body, "gzip")


def _send(response: HttpResponse, body: bytes, encoding: str) -> None:
    if len(body) >= len(response.content):
        return
    response.content = body
    response.headers["Content-Length"] = str(len(body))
    _mark(response, encoding)


def _pack_stream(response: StreamingHttpResponse, accepted: set[str]) -> None:
    if "gzip" not in accepted:
        return
    if response.is_async:
        parts = cast("AsyncIterator[bytes]", response.streaming_content)
        response.streaming_content = _pack_parts(parts)
    else:
        response.streaming_content = compress_sequence(
            cast("Iterator[bytes]", response.streaming_content), max_random_bytes=RANDOM_BYTES
        )
    del response.headers["Content-Length"]
    _mark(response, "gzip")


async def _pack_parts(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Each part by itself: gzip allows one archive after another."""
    async for part in parts:
        yield compress_string(part, max_random_bytes=RANDOM_BYTES)


def _mark(response: Response, encoding: str) -> None:
    response.headers["Content-Encoding"] = encoding
    etag = response.get("ETag", "")
    if etag.startswith('"'):
        # The bytes are others, the meaning is the same.
        response.headers["ETag"] = f"W/{etag}"
