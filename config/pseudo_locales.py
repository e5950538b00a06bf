"""English made strange, to find in development what no translation will reach or fit.

`en-xa` has accents, brackets around each text and a third more of it: a text without them is not
marked for translation, a box that breaks is too narrow. `ar-xb` is the same from right to left.
"""

import re
import sys
from itertools import cycle, islice
from pathlib import Path

from babel.messages.catalog import Catalog, Message

from config import catalogues

CODES = ("en-xa", "ar-xb")
BEGIN, END = "⟦", "⟧"
ACCENTS = str.maketrans(
    "AaBbCcDdEeGgHhIiJjKkLlNnOoRrSsTtUuWwYyZz", "ÅáƁƀÇçÐðÉéĜĝĤĥÎîĴĵĶķĻļÑñÖóŔŕŠšŢţÛúŴŵÝýŽž"
)
# What is filled in, markup, addresses and entities stay as they are.
KEPT = re.compile(r"(%\(\w+\)[sd]|%[sd%]|{[^{}]*}|</?\w[^>]*>|&#?\w+;)")
FILLER = "ēxţŕâ ŵöŕðš "


def strange(text: str) -> str:
    """The text with accents, a third longer, in brackets."""
    parts = KEPT.split(text)
    said = "".join(part if odd % 2 else part.translate(ACCENTS) for odd, part in enumerate(parts))
    length = sum(len(part) for part in parts[::2])
    more = "".join(islice(cycle(FILLER), max(2, length // 3))).strip()
    # gettext insists that a translation begins and ends with a line as its original does.
    begin = "\n" if text.startswith("\n") else ""
    end = "\n" if text.endswith("\n") else ""
    return f"{begin}{BEGIN}{said.strip(chr(10))} {more}{END}{end}"


def catalogue() -> Catalog:
    """Everything that we, Django and allauth may say, made strange."""
    made = Catalog(locale="en", fuzzy=False)
    for source in (catalogues.read(catalogues.path("ur")), *catalogues.of_libraries("en")):
        for message in source:
            if message.id:
                made.add(message.id, _strange(message), context=message.context)
    return made


def write(folder: Path) -> None:
    """Compile both into that folder."""
    words = catalogue()
    for code in CODES:
        catalogues.write(words, catalogues.path(code, folder=folder).with_suffix(".mo"))


def _strange(message: Message) -> str | tuple[str, ...]:
    word = message.id
    return strange(word) if isinstance(word, str) else tuple(strange(form) for form in word)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
