"""Opens a page in Chromium once and keeps everything that the gates ask of it."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Browser, BrowserContext, Page, Response

from tests.gates.people import People
from tests.gates.samples import Role, Sample
from tests.journeys.browsers import PHONE

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
    axe_violations: list[str] = field(default_factory=list)
    policy_violations: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    foreign_requests: list[str] = field(default_factory=list)
    too_wide: list[str] = field(default_factory=list)


class Visitor:
    """Opens pages of one server for different people, languages and colours."""

    def __init__(self, *, browser: Browser, people: People) -> None:
        self.people = people
        self._browser = browser
        self._contexts: dict[tuple[object, ...], BrowserContext] = {}
        self.visit = cache(self._visit)

    def close(self) -> None:
        """Close every window."""
        for context in self._contexts.values():
            context.close()

    def _visit(
        self, sample: Sample, language: str, scheme: str = "light", scripts: bool = True
    ) -> Visit:
        context = self._context(role=sample.role, language=language, scheme=scheme, scripts=scripts)
        page = context.new_page()
        try:
            return self._look(page, path=self.people.path(sample), scripts=scripts)
        finally:
            page.close()

    def _context(self, *, role: Role, language: str, scheme: str, scripts: bool) -> BrowserContext:
        key = (role, language, scheme, scripts)
        if key not in self._contexts:
            context = self._browser.new_context(
                base_url=self.people.site,
                viewport=PHONE,
                color_scheme=scheme,
                java_script_enabled=scripts,
                reduced_motion="reduce",
            )
            context.add_cookies(
                [
                    {"name": name, "value": value, "url": self.people.site}
                    for name, value in self.people.cookies(role=role, language=language).items()
                ]
            )
            context.add_init_script(KEEP_VIOLATIONS)
            self._contexts[key] = context
        return self._contexts[key]

    def _look(self, page: Page, *, path: str, scripts: bool) -> Visit:
        visit = Visit()
        page.on("console", lambda message: _complain(visit, message.type, message.text))
        page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        page.on("request", lambda request: self._note_foreign(visit, request.url))
        response = page.goto(path, wait_until="load")
        assert response is not None
        _describe(visit, page, response)
        page.set_viewport_size(NARROWEST)
        visit.too_wide = page.evaluate(FIND_TOO_WIDE)
        page.set_viewport_size(PHONE)
        if scripts:
            visit.axe_violations = _axe(page)
        return visit

    def _note_foreign(self, visit: Visit, url: str) -> None:
        if not url.startswith((f"{self.people.site}/", "data:", "blob:")):
            visit.foreign_requests.append(url)


def _complain(visit: Visit, kind: str, text: str) -> None:
    if kind in {"error", "warning"}:
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


def _axe(page: Page) -> list[str]:
    page.evaluate(AXE.read_text())
    page.evaluate(MEASURE_EVERY_TEXT)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{violation['id']}: {node['html'][:200]} ({node['failureSummary'].splitlines()[-1]})"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
