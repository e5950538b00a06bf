"""Answers are packed as the browser takes them, and only where that is of use."""

import gzip
import zlib

import brotli
import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from config import compression

LONG = "یہ ایک لمبا صفحہ ہے۔ " * 200


def packed(
    accepts: str, *, body: str = LONG, content_type: str = "text/html; charset=utf-8", **headers
) -> HttpResponse:
    request = RequestFactory().get("/", headers={"Accept-Encoding": accepts})
    response = HttpResponse(body, content_type=content_type, headers=headers)
    return compression.pack(request, response)


@pytest.mark.parametrize(
    ("accepts", "encoding"),
    [
        ("br, gzip", "br"),
        ("gzip, deflate, br;q=0.9", "br"),
        ("gzip, br;q=0", "gzip"),
        ("gzip;q=0.5", "gzip"),
        ("GZIP", "gzip"),
        ("deflate", ""),
        ("gzip;q=0, br;q=0", ""),
        ("", ""),
        ("br;q=nonsense", ""),
    ],
)
def test_encoding_is_one_that_the_browser_takes(accepts: str, encoding: str) -> None:
    response = packed(accepts)

    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}[encoding]
    assert response.get("Content-Encoding", "") == encoding
    assert unpack(response.content).decode() == LONG
    assert "Accept-Encoding" in response["Vary"]


def test_answer_of_one_person_is_padded_to_a_random_length() -> None:
    answers = [packed("br, gzip", **{"Cache-Control": "private, no-store"}) for _ in range(20)]

    assert {answer["Content-Encoding"] for answer in answers} == {"gzip"}
    assert len({len(answer.content) for answer in answers}) > 1


def test_tiny_answer_is_left_alone() -> None:
    assert "Content-Encoding" not in packed("br, gzip", body="ok")


def test_picture_is_left_alone() -> None:
    assert "Content-Encoding" not in packed("br, gzip", content_type="image/png")


def test_answer_that_is_packed_already_is_left_alone() -> None:
    response = packed("br, gzip", **{"Content-Encoding": "identity"})

    assert response.content.decode() == LONG


def test_etag_of_a_packed_answer_is_weak() -> None:
    assert packed("br", ETag='"one"')["ETag"] == 'W/"one"'
    assert packed("", ETag='"one"')["ETag"] == '"one"'


def test_stream_is_packed_part_by_part() -> None:
    request = RequestFactory().get("/", headers={"Accept-Encoding": "br, gzip"})
    parts = iter([b"one " * 100, b"two " * 100])

    response = compression.pack(
        request, StreamingHttpResponse(parts, content_type="application/jsonl")
    )

    assert response["Content-Encoding"] == "gzip"
    assert gzip.decompress(response.getvalue()) == b"one " * 100 + b"two " * 100


async def test_asynchronous_stream_is_packed_part_by_part() -> None:
    async def parts():
        yield b"one " * 100
        yield b"two " * 100

    request = RequestFactory().get("/", headers={"Accept-Encoding": "gzip"})

    response = compression.pack(
        request, StreamingHttpResponse(parts(), content_type="text/csv; charset=utf-8")
    )
    sent = b"".join([part async for part in response])

    unpacker = zlib.decompressobj(31)
    first = unpacker.decompress(sent)
    assert first == b"one " * 100
    assert gzip.decompress(unpacker.unused_data) == b"two " * 100
