"""Opens a page in Chromium once and keeps everything that the gates ask of it."""

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Browser, Page, Response

from tests.gates.people import People
from tests.gates.samples import Role, Sample
from tests.journeys.browsers import PHONE

SCHEMES = ("light", "dark")
# Tokens of forms, new with every answer
ONE_TIME = re.compile(r'value="[A-Za-z0-9]{64}"')
NARROWEST = {"width": 320, "height": 640}
AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
# axe leaves out what it takes for icons by its own guess of visible letters, and so passes over
# Arabic script: every element with text of its own is to be measured.
MEASURE_EVERY_TEXT = """
axe.configure({rules: [{id: 'color-contrast', matches: node =>
    [...node.childNodes].some(child => child.nodeType === 3 && child.textContent.trim())}]})
"""
KEEP_VIOLATIONS = """
window.policyViolations = [];
document.addEventListener('securitypolicyviolation', event =>
    window.policyViolations.push(`${event.effectiveDirective} ${event.blockedURI}`));
"""
DESCRIBE = """() => {
const isShown = form => [...form.elements].some(element => element.checkVisibility());
return {
    language: document.documentElement.lang,
    direction: document.documentElement.dir,
    headings: [...document.querySelectorAll('main :is(h1, h2, h3)')]
        .filter(heading => heading.checkVisibility())
        .map(heading => heading.innerText.trim()),
    text: document.querySelector('main')?.innerText.trim() ?? '',
    forms: [...document.forms].filter(isShown).map(form => ({
        method: form.getAttribute('method'),
        origin: new URL(form.getAttribute('action') ?? '', location).origin,
        buttons: [...form.elements].filter(element => element.type === 'submit').length,
    })),
    deadLinks: [...document.querySelectorAll('a')]
        .filter(link => !link.href || link.getAttribute('href') === '#'
            || link.protocol === 'javascript:')
        .map(link => link.outerHTML),
    policyViolations: window.policyViolations ?? [],
}}"""

# The elements that stick out of a page which scrolls sideways.
FIND_TOO_WIDE = """() => {
    const root = document.scrollingElement;
    if (root.scrollWidth <= root.clientWidth) return [];
    return ['the page'].concat([...document.body.querySelectorAll('*')]
        .filter(element => element.checkVisibility())
        .filter(element => {
            const {right, left} = element.getBoundingClientRect();
            return right > root.clientWidth + 0.5 || left < -0.5;
        })
        .map(element => element.outerHTML.slice(0, 120)));
}"""

# Somebody's words may be one word: an address, a number, a name.
LENGTHEN = """() => document.querySelectorAll('bdi').forEach(words => {
    if (words.textContent.trim().length > 3) words.textContent = 'x'.repeat(60);
})"""

# What is wrong with the focus where it is now; null past the page's end.
DESCRIBE_FOCUS = """() => {
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    const name = element.outerHTML.slice(0, 120);
    const style = getComputedStyle(element);
    const isMarked = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
    const box = element.getClientRects()[0] ?? element.getBoundingClientRect();
    // Of something larger than the screen the part that is on it; somewhere it must lie open.
    const within = (low, high, most) => [1, 2, 3, 4, 5]
        .map(part => low + (high - low) * part / 6).map(at => Math.min(Math.max(at, 1), most - 1));
    const isCovered = !within(box.left, box.right, innerWidth).some(x =>
        within(box.top, box.bottom, innerHeight).some(y => {
            const top = document.elementFromPoint(x, y);
            return top && (element.contains(top) || top.contains(element) && top !== document.body);
        }));
    return {name, unmarked: !isMarked, covered: isCovered, visible: element.checkVisibility()};
}"""
MOST_STOPS = 30


@dataclass
class Visit:
    """What was seen of one page."""

    status: int = 0
    policy: str = ""
    language: str = ""
    direction: str = ""
    headings: list[str] = field(default_factory=list)
    text: str = ""
    forms: list[dict[str, Any]] = field(default_factory=list)
    dead_links: list[str] = field(default_factory=list)
    # As the browser has it, without tokens that are new with every answer
    markup: str = ""
    # By colour scheme
    axe_violations: dict[str, list[str]] = field(default_factory=dict)
    policy_violations: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    foreign_requests: list[str] = field(default_factory=list)
    # What the page asked for, by kind: script, image, font, fetch…
    requests: list[tuple[str, str]] = field(default_factory=list)
    too_wide: list[str] = field(default_factory=list)
    too_wide_with_long_words: list[str] = field(default_factory=list)


class Visitor:
    """Opens pages of one server for different people, languages and colours."""

    def __init__(self, *, browser: Browser, people: People) -> None:
        self.people = people
        self._browser = browser
        # One window for each kind of reader: opening one takes longer than most pages.
        self._windows: dict[tuple[object, ...], Window] = {}
        self._asked: dict[str, dict[str, list[str]]] = {}
        self.visit = cache(self._visit)

    def lost_focus(self, sample: Sample, language: str) -> list[str]:
        """Walk the page with the Tab key; the stops where nobody sees where they are."""
        window = self._window(role=sample.role, language=language, scripts=True)
        window.open(self.people.path(sample))
        return _walk(window.page)

    def width(self, sample: Sample, language: str) -> tuple[str, list[str]]:
        """The page's direction, and what sticks out of it on the narrowest phone."""
        window = self._window(role=sample.role, language=language, scripts=True)
        window.open(self.people.path(sample))
        direction = window.page.locator("html").get_attribute("dir") or ""
        return direction, _too_wide(window.page)

    def violations(self, sample: Sample, language: str, *, scripts: bool) -> dict[str, list[str]]:
        """What axe finds, by colour scheme.

        Where scripts change nothing of a page in English they change nothing of it in Urdu: then
        it is not opened once more.
        """
        if not scripts and language != "en" and self._is_plain(sample):
            scripts = True
        return self.visit(sample, language, scripts).axe_violations

    def _is_plain(self, sample: Sample) -> bool:
        return self.visit(sample, "en", True).markup == self.visit(sample, "en", False).markup

    def close(self) -> None:
        """Close every window."""
        for window in self._windows.values():
            window.page.context.close()

    def _visit(self, sample: Sample, language: str, scripts: bool = True) -> Visit:
        window = self._window(role=sample.role, language=language, scripts=scripts)
        response = window.open(self.people.path(sample))
        visit, page = window.visit, window.page
        _describe(visit, page, response)
        visit.too_wide = _too_wide(page)
        visit.markup = ONE_TIME.sub("", page.content())
        visit.axe_violations = self._violations(page, visit.markup)
        page.evaluate(LENGTHEN)
        visit.too_wide_with_long_words = _too_wide(page)
        return visit

    def _window(self, *, role: Role, language: str, scripts: bool) -> "Window":
        key = (role, language, scripts)
        if key not in self._windows:
            context = self._browser.new_context(
                base_url=self.people.site,
                viewport=PHONE,
                color_scheme="light",
                reduced_motion="reduce",
                # What is seen must come from the server, not from an earlier visit.
                service_workers="block",
            )
            if not scripts:
                # Blocked rather than switched off: axe needs timers. A page without <noscript>
                # and inline scripts, which other tests see to, is the same either way.
                context.route("**/*.js", lambda route: route.abort())
            context.add_cookies(
                [
                    {"name": name, "value": value, "url": self.people.site}
                    for name, value in self.people.cookies(role=role, language=language).items()
                ]
            )
            context.add_init_script(KEEP_VIOLATIONS)
            self._windows[key] = Window(context.new_page(), site=self.people.site)
        return self._windows[key]

    def _violations(self, page: Page, markup: str) -> dict[str, list[str]]:
        """What axe finds, by colour scheme; the same page again is not asked twice."""
        if markup not in self._asked:
            page.evaluate(AXE.read_text())
            page.evaluate(MEASURE_EVERY_TEXT)
            # Only contrast can change with the colours.
            dark = {"runOnly": ["color-contrast"]}
            self._asked[markup] = {"light": _axe(page, {}), "dark": _in_dark(page, dark)}
        return self._asked[markup]


class Window:
    """One reader's window; what happens in it belongs to the page that was opened last."""

    def __init__(self, page: Page, *, site: str) -> None:
        self.page = page
        self.visit = Visit()
        self._site = site
        page.on("console", lambda message: _complain(self.visit, message.type, message.text))
        page.on("pageerror", lambda error: self.visit.complaints.append(str(error)))
        page.on("request", lambda request: self._note(request.resource_type, request.url))

    def open(self, path: str) -> Response:
        """Open a page in the place of the one before."""
        self.visit = Visit()
        response = self.page.goto(path, wait_until="load")
        assert response is not None
        return response

    def _note(self, kind: str, url: str) -> None:
        self.visit.requests.append((kind, url))
        if not url.startswith((f"{self._site}/", "data:", "blob:")):
            self.visit.foreign_requests.append(url)


def _complain(visit: Visit, kind: str, text: str) -> None:
    # The windows refuse the service worker themselves.
    if kind in {"error", "warning"} and "Service Worker registration blocked" not in text:
        visit.complaints.append(f"{kind}: {text}")


def _describe(visit: Visit, page: Page, response: Response) -> None:
    seen = page.evaluate(DESCRIBE)
    visit.status = response.status
    visit.policy = response.headers.get("content-security-policy", "")
    visit.language = seen["language"]
    visit.direction = seen["direction"]
    visit.headings = seen["headings"]
    visit.text = seen["text"]
    visit.forms = seen["forms"]
    visit.dead_links = seen["deadLinks"]
    visit.policy_violations = seen["policyViolations"]


def _too_wide(page: Page) -> list[str]:
    page.set_viewport_size(NARROWEST)
    found: list[str] = page.evaluate(FIND_TOO_WIDE)
    page.set_viewport_size(PHONE)
    return found


def _in_dark(page: Page, options: dict[str, Any]) -> list[str]:
    page.emulate_media(color_scheme="dark")
    found = _axe(page, options)
    page.emulate_media(color_scheme="light")
    return found


def _axe(page: Page, options: dict[str, Any]) -> list[str]:
    found = page.evaluate(
        "options => axe.run(document, {resultTypes: ['violations'], preload: false, ...options})",
        options,
    )
    return [
        f"{violation['id']}: {node['html'][:200]} ({node['failureSummary'].splitlines()[-1]})"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def _walk(page: Page) -> list[str]:
    lost, first = [], None
    for stop in range(MOST_STOPS):
        page.keyboard.press("Tab")
        focus = page.evaluate(DESCRIBE_FOCUS)
        if focus is None or (stop and focus["name"] == first):
            break
        first = first or focus["name"]
        faults = [name for name in ("unmarked", "covered") if focus[name]]
        if faults or not focus["visible"]:
            lost.append(f"{focus['name']} is {' and '.join(faults) or 'not shown'}")
    assert first is not None, "a page has something to press"
    return lost
