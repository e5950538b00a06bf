"""The exact-origin rule of sockets."""

import pytest

from config import origin


def headers(origin_value: str | None, host: str = "localhost:8000") -> list[tuple[bytes, bytes]]:
    rows = [(b"host", host.encode())]
    return rows if origin_value is None else [*rows, (b"origin", origin_value.encode())]


@pytest.mark.parametrize(
    ("sent", "host", "secure", "let_in"),
    [
        ("http://localhost:8000", "localhost:8000", False, True),
        ("HTTP://LOCALHOST:8000", "localhost:8000", False, True),
        ("http://localhost", "localhost", False, True),
        ("http://localhost:80", "localhost", False, True),
        ("https://localhost", "localhost", True, True),
        ("http://localhost", "localhost", True, False),
        ("https://localhost:8000", "localhost:8000", False, False),
        ("http://localhost:8001", "localhost:8000", False, False),
        ("http://localhost", "localhost:8000", False, False),
        ("http://evil.example", "localhost:8000", False, False),
        ("http://evil.example", "evil.example", False, False),
        ("http://sub.localhost:8000", "localhost:8000", False, False),
        ("http://localhost:8000.evil.example", "localhost:8000", False, False),
        ("http://localhost:8000@evil.example", "localhost:8000", False, False),
        ("http://evil@localhost:8000", "localhost:8000", False, False),
        ("http://localhost:8000/path", "localhost:8000", False, False),
        ("ftp://localhost:8000", "localhost:8000", False, False),
        ("chrome-extension://localhost", "localhost", False, False),
        ("null", "localhost:8000", False, False),
        ("", "localhost:8000", False, False),
        ("http://localhost:99999", "localhost:8000", False, False),
        ("null", "localhost:99999", False, False),
        ("http://localhost:99999", "localhost:99999", False, False),
        ("http://localhost:0", "localhost", False, False),
        ("http://localhost:0", "localhost:0", False, False),
        ("http://localhost?", "localhost", False, False),
        ("http://localhost#", "localhost", False, False),
        ("http://localhost/", "localhost", False, False),
        ("http://localhost:", "localhost", False, False),
        ("http://local\thost", "localhost", False, False),
        ("\thttp://localhost", "localhost", False, False),
        ("http://localhost\n", "localhost", False, False),
        ("http://localhost:443", "localhost", False, False),
        ("https://localhost:443", "localhost", True, True),
        ("https://localhost", "localhost:443", True, True),
        ("http://[::1]:8000", "[::1]:8000", False, True),
        ("http://[::1]", "[::1]:80", False, True),
        ("", "", False, False),
        (None, "localhost:8000", False, False),
    ],
)
def test_origin_must_match_exactly(
    sent: str | None, host: str, *, secure: bool, let_in: bool
) -> None:
    assert origin.matches(headers(sent, host), secure=secure) is let_in


def test_origin_sent_twice_is_refused() -> None:
    twice = [*headers("http://localhost:8000"), (b"origin", b"http://localhost:8000")]

    assert not origin.matches(twice, secure=False)


def test_origin_that_is_trusted_is_let_in(settings: pytest.FixtureRequest) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://talk.example.org"]

    assert origin.matches(headers("https://talk.example.org"), secure=True)
