"""Asks the server without a browser, byte for byte as a line would carry it."""

import gzip
import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import quote, urlencode, urlsplit

import brotli


@dataclass(frozen=True)
class Answer:
    """A response as it came."""

    status: int
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    sent: bytes

    @property
    def text(self) -> str:
        """The body, unpacked."""
        unpack = {"gzip": gzip.decompress, "br": brotli.decompress}.get(
            self.headers.get("content-encoding", ""), bytes
        )
        return unpack(self.sent).decode()


def ask(
    url: str,
    *,
    cookies: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
    more_headers: Mapping[str, str] | None = None,
) -> Answer:
    """GET the address, or POST the form to it; redirects are not followed."""
    parts = urlsplit(url)
    headers = {"Accept-Encoding": "gzip", "Origin": f"{parts.scheme}://{parts.netloc}"}
    headers |= more_headers or {}
    if cookies:
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    body = None
    if form is not None:
        body = urlencode(form)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        address = quote(parts.path, safe="/%") + (
            f"?{quote(parts.query, safe='=&%/?+')}" if parts.query else ""
        )
        connection.request("GET" if form is None else "POST", address, body, headers)
        response = connection.getresponse()
        named = {name.lower(): value for name, value in response.getheaders()}
        cookies = SimpleCookie("; ".join(response.msg.get_all("set-cookie", [])))
        return Answer(
            status=response.status,
            headers=named,
            cookies={name: cookie.value for name, cookie in cookies.items()},
            sent=response.read(),
        )
    finally:
        connection.close()
