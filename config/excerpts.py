"""A text cut to a passage: its beginning, or where searched words stand, in pieces to mark."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from deliberate import folding

# In columns: a letter of Chinese takes two and says as much as two.
LENGTH: Final = 160
# With the marks on them, which take no column.
MOST_LETTERS: Final = 3 * LENGTH
BEFORE: Final = 40


@dataclass(frozen=True)
class Piece:
    """A run of the text, as it was written; whether it is what was searched."""

    text: str
    is_found: bool


def marked(text: str, words: Sequence[str]) -> list[Piece]:
    """The whole text in pieces."""
    pieces: list[Piece] = []
    done = 0
    for start, end in _places(text, words):
        if start > done:
            pieces.append(Piece(text[done:start], is_found=False))
        pieces.append(Piece(text[start:end], is_found=True))
        done = end
    if done < len(text):
        pieces.append(Piece(text[done:], is_found=False))
    return pieces


def beginning(text: str) -> str:
    """As much of the text as a passage holds; with an ellipsis where something is left."""
    text = " ".join(text.split())
    end = _end(text, 0)
    return text if end == len(text) else f"{text[:end]} …"


def around(text: str, words: Sequence[str]) -> list[Piece]:
    """The first passage with one of the words, in pieces; else the beginning."""
    text = " ".join(text.split())
    places = _places(text, words)
    start = _word_start(text, max(0, places[0][0] - BEFORE)) if places else 0
    end = _end(text, start)
    cut = f"{'… ' if start else ''}{text[start:end]}{' …' if end < len(text) else ''}"
    return marked(cut, words)


def _word_start(text: str, place: int) -> int:
    space = text.find(" ", place)
    return place if place == 0 or space < 0 or space > place + BEFORE else space + 1


def _end(text: str, start: int) -> int:
    """Where the passage ends: behind a word, or anywhere in a script without spaces."""
    columns = 0
    for place in range(start, len(text)):
        columns += _columns(text[place])
        if columns > LENGTH or place - start > MOST_LETTERS:
            space = text.rfind(" ", max(start + 1, place - BEFORE), place + 1)
            return space if space > 0 else place
    return len(text)


def _columns(letter: str) -> int:
    # A mark stands on the letter before it, and is never parted from it.
    if unicodedata.category(letter).startswith("M"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def _places(text: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """From where to where in the text the words stand, in order, none over another."""
    folded: list[str] = []
    origin: list[int] = []
    for place, letter in enumerate(text):
        for part in folding.folded(letter):
            # Spaces run into one, as in what was searched.
            if part == " " and (not folded or folded[-1] == " "):
                continue
            folded.append(part)
            origin.append(place)
    whole = " " + "".join(folded)
    found: list[tuple[int, int]] = []
    for word in words:
        pattern = folding.pattern(word)
        at = whole.find(pattern)
        while at >= 0:
            # The space before the text, or the word, is no part of what is marked.
            first = at + len(pattern) - len(word) - 1
            found.append((origin[first], origin[first + len(word) - 1] + 1))
            at = whole.find(pattern, at + 1)
    apart: list[tuple[int, int]] = []
    # Of several that begin together the longest.
    for start, end in sorted(found, key=lambda place: (place[0], -place[1])):
        if not apart or start >= apart[-1][1]:
            apart.append((start, end))
    return apart
