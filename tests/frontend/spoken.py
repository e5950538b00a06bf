"""Reads a page's HTML for what it says: each text with its language, and who wrote it."""

from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
UNSPOKEN = {"script", "style", "template"}
SPOKEN_ATTRIBUTES = {"alt", "aria-description", "aria-label", "placeholder", "title", "data-label"}


@dataclass(frozen=True)
class Element:
    """One open element, as far as these tests ask."""

    tag: str
    language: str
    # A direction of its own: <bdi> or dir.
    is_isolated: bool


@dataclass(frozen=True)
class Text:
    """A text of the page, and where it stands."""

    words: str
    language: str
    is_isolated: bool
    # Whether it says another language than the page.
    is_foreign: bool
    where: str


class Reader(HTMLParser):
    """Keeps the texts and the spoken attributes of a page, in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[Text] = []
        self.attributes: list[Text] = []
        self._open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        above = self._open[-1] if self._open else Element("", "", False)
        element = Element(
            tag,
            found.get("lang") or above.language,
            tag == "bdi" or (tag != "html" and "dir" in found) or above.is_isolated,
        )
        for name, value in found.items():
            if value and (name in SPOKEN_ATTRIBUTES or name.startswith(("data-said", "data-line"))):
                self.attributes.append(self._text(value, [*self._open, element], f"{tag} {name}"))
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        for place in range(len(self._open) - 1, -1, -1):
            if self._open[place].tag == tag:
                del self._open[place:]
                return

    def handle_data(self, data: str) -> None:
        if data.strip() and not any(element.tag in UNSPOKEN for element in self._open):
            self.texts.append(self._text(data, self._open, ">".join(e.tag for e in self._open)))

    def _text(self, words: str, open_elements: list[Element], where: str) -> Text:
        innermost = open_elements[-1]
        page = open_elements[0].language
        return Text(
            words, innermost.language, innermost.is_isolated, innermost.language != page, where
        )


def read(html: str) -> Reader:
    """The texts of a page."""
    reader = Reader()
    reader.feed(html)
    return reader


def outside(texts: list[Text], *, begin: str, end: str) -> Iterator[Text]:
    """What stands outside the brackets, which may begin in one text and end in another."""
    depth = 0
    for text in texts:
        left = ""
        for letter in text.words:
            depth += letter == begin
            left += letter if depth == 0 else ""
            depth -= letter == end
        if left.strip():
            yield Text(left, text.language, text.is_isolated, text.is_foreign, text.where)
