"""How light the citizens' pages are on a slow line, and how fast the server makes them.

    python -m tests.benchmarks.bench_pages             both parts, on a demo of its own
    python -m tests.benchmarks.bench_pages --lines     slow lines alone
    python -m tests.benchmarks.bench_pages --server    the server's time and queries alone
    python -m tests.benchmarks.bench_pages --small     with the tests' smaller demo

Lines are Chromium's own emulation (Chrome DevTools Protocol): a rate and a delay for each request,
without TCP's slow start; real lines are worse, for us and for those we compare with. A browser
without a cache opens the page; "vote" is the moment at which the vote's button has been painted.
"""

import argparse
import http.client
import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from playwright.sync_api import Browser, sync_playwright

from tests.benchmarks import page_queries
from tests.gates.people import People
from tests.gates.samples import CITIZENS_PAGES, Role, Sample
from tests.journeys.browsers import ARGUMENTS, PHONE
from tests.journeys.server import DemoServer, fill, serving

CHROMIUM = "/usr/bin/chromium"
ROUNDS = 40
# The first ones fill the caches of templates and translations.
WARMING = 3
BAR_MS, BAR_QUERIES = 50, 12


@dataclass(frozen=True)
class Line:
    """What the emulation is told, and how soon a first vote has to be possible."""

    name: str
    kilobits: int
    delay_ms: int
    bar_seconds: float | None = None


LINES = [
    Line("GPRS", 50, 500, 6.0),
    Line("2G", 250, 300, 2.0),
    Line("slow 3G", 400, 400),
]
PAGES = [
    ("home", "/", "en", "main h1"),
    ("home", "/", "ur", "main h1"),
    ("conversation", "/conversations/{slug}/", "en", "button[value=agree]"),
    ("conversation", "/conversations/{slug}/", "ur", "button[value=agree]"),
    ("petition", "/petitions/{collecting}/", "ur", "main h1"),
    ("map", "/conversations/{slug}/map/", "ur", "main h1"),
]
# Measured in the same way, on the same kind of machine, against installations of them.
OTHERS = [
    ("Polis: first vote", "2G", "443 KB", "4", "15.2 s", ""),
    ("Rahvaalgatus: front page", "2G", "71 KB", "8", "3.2 s", "12.5 s"),
]
# The first frame in which the element has a size after something was painted.
WATCH = """
const look = () => {
    const seen = document.querySelector(%r);
    const painted = performance.getEntriesByName('first-contentful-paint').length;
    if (seen && seen.getBoundingClientRect().height && painted) window.usable = performance.now();
    else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""


@dataclass
class Visit:
    """What one opening of a page cost."""

    usable: float
    loaded: float
    first_bytes: int
    first_requests: int
    all_bytes: int
    all_requests: int


def visit(
    browser: Browser, site: str, path: str, language: str, selector: str, line: Line
) -> Visit:
    """Open the page with an empty cache."""
    context = browser.new_context(base_url=site, viewport=PHONE, locale="en-GB")
    context.add_cookies([{"name": "django_language", "value": language, "url": site}])
    context.add_init_script(WATCH % selector)
    page = context.new_page()
    wire = context.new_cdp_session(page)
    arrived: list[tuple[float, int]] = []
    wire.on(
        "Network.loadingFinished",
        lambda event: arrived.append((event["timestamp"], int(event["encodedDataLength"]))),
    )
    started: list[float] = []
    wire.on("Network.requestWillBeSent", lambda event: started.append(event["timestamp"]))
    wire.send("Network.enable")
    rate = line.kilobits * 1000 / 8
    wire.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": line.delay_ms,
            "downloadThroughput": rate,
            "uploadThroughput": rate,
        },
    )
    page.goto(path, wait_until="load", timeout=120_000)
    # Not wait_for_function: the site's policy lets it evaluate nothing.
    while not page.evaluate("window.usable"):
        page.wait_for_timeout(50)
    usable = page.evaluate("window.usable") / 1000
    loaded = page.evaluate("performance.timing.loadEventEnd - performance.timing.navigationStart")
    # What comes by itself afterwards: the worker, the statements to go on with.
    page.wait_for_timeout(6000)
    early = [size for at, size in arrived if at - started[0] <= usable]
    context.close()
    return Visit(
        usable=usable,
        loaded=loaded / 1000,
        first_bytes=sum(early),
        first_requests=len(early),
        all_bytes=sum(size for _, size in arrived),
        all_requests=len(arrived),
    )


def bytes_again(browser: Browser, site: str, path: str, language: str) -> int:
    """What a second visit fetches, without the worker, whose own requests are not shown here."""
    context = browser.new_context(base_url=site, viewport=PHONE, service_workers="block")
    context.add_cookies([{"name": "django_language", "value": language, "url": site}])
    page = context.new_page()
    page.goto(path, wait_until="load")
    page.goto("about:blank")
    wire = context.new_cdp_session(page)
    arrived: list[int] = []
    wire.on(
        "Network.loadingFinished", lambda event: arrived.append(int(event["encodedDataLength"]))
    )
    wire.send("Network.enable")
    page.goto(path, wait_until="load")
    page.wait_for_timeout(1000)
    context.close()
    return sum(arrived)


def measure_lines(browser: Browser, people: People) -> bool:
    """Print the table of pages and lines; whether the bars are kept."""
    print("\n| page | line | KB, all | requests | until usable | all loaded | KB again | bar |")
    print("|---|---|---|---|---|---|---|---|")
    kept = True
    for name, pattern, language, selector in PAGES:
        path = people.path(Sample(pattern))
        again = bytes_again(browser, people.site, path, language)
        for line in LINES:
            seen = visit(browser, people.site, path, language, selector, line)
            bar = line.bar_seconds if name == "conversation" else None
            kept &= bar is None or seen.usable <= bar
            print(
                f"| {name}, {language} | {line.name}"
                f" | {seen.first_bytes / 1000:.1f}, {seen.all_bytes / 1000:.1f}"
                f" | {seen.first_requests}, {seen.all_requests}"
                f" | {seen.usable:.2f} s | {seen.loaded:.2f} s | {again / 1000:.1f}"
                f" | {'' if bar is None else f'{bar:.0f} s: ' + _word(seen.usable <= bar)} |"
            )
    for other, line_name, size, requests, usable, loaded in OTHERS:
        print(f"| {other} | {line_name} | {size} | {requests} | {usable} | {loaded} | | |")
    print("\nKB and requests: until usable, and in all. KB again: a second visit.")
    return kept


def measure_server(server: DemoServer, people: People, process: int) -> bool:
    """Print the server's time and queries for each citizen's page; whether the bars are kept.

    Its time on the processor says what the page costs when others use the machine too.
    """
    paths = {
        str(sample): (people.path(sample), people.cookies(role=sample.role, language="ur"))
        for sample in CITIZENS_PAGES
        if sample.role in {Role.ANYONE, Role.CITIZEN}
    }
    queries = server.ask(page_queries.__name__, *_arguments(paths))
    print("\n| page | p50 | p95 | processor | queries | |\n|---|---|---|---|---|---|")
    kept = True
    for name, (path, cookies) in paths.items():
        before = _processor_ms(process)
        times = sorted(_times(people.site, path, cookies))
        processor = (_processor_ms(process) - before) / (ROUNDS + WARMING)
        p95 = times[int(0.95 * len(times)) - 1]
        fine = p95 <= BAR_MS and queries[name] <= BAR_QUERIES
        kept &= fine
        print(
            f"| {name} | {statistics.median(times):.1f} ms | {p95:.1f} ms | {processor:.1f} ms"
            f" | {queries[name]} | {_word(fine)} |"
        )
    print(
        f"\nBars: p95 of {BAR_MS} ms, {BAR_QUERIES} queries; one daphne, one reader after another."
    )
    return kept


def _arguments(paths: Mapping[str, tuple[str, Mapping[str, str]]]) -> Iterator[str]:
    for name, (path, cookies) in paths.items():
        yield f"{name}\t{path}\t{cookies.get('sessionid', '')}"


def _times(site: str, path: str, cookies: Mapping[str, str]) -> Iterator[float]:
    """Milliseconds from the request to the last byte, on one connection."""
    connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=30)
    headers = {
        "Accept-Encoding": "br, gzip",
        "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
    }
    for turn in range(ROUNDS + WARMING):
        start = time.perf_counter()
        connection.request("GET", quote(path, safe="/?=&%+"), headers=headers)
        connection.getresponse().read()
        if turn >= WARMING:
            yield (time.perf_counter() - start) * 1000
    connection.close()


def _processor_ms(process: int) -> float:
    """The processor's time that the process has used so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def _word(fine: bool) -> str:
    return "kept" if fine else "NOT KEPT"


@contextmanager
def _demo(*size: str) -> Iterator[tuple[DemoServer, int]]:
    with tempfile.TemporaryDirectory(prefix="deliberate-bench-") as name:
        server = fill(Path(name), *size)
        with serving(server, log=Path(name) / "server.log") as process:
            yield server, process.pid


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for option in ("lines", "server", "small"):
        parser.add_argument(f"--{option}", action="store_true")
    asked = parser.parse_args()
    both = not (asked.lines or asked.server)
    kept = True
    with _demo(*(["--small"] if asked.small else [])) as (server, process):
        people = People(server=server, group="bench")
        if asked.lines or both:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
                kept &= measure_lines(browser, people)
                browser.close()
        if asked.server or both:
            kept &= measure_server(server, people, process)
    raise SystemExit(not kept)


if __name__ == "__main__":
    main()
