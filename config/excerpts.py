"""The passage of a text where searched words stand, cut into pieces so that they can be marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from deliberate import folding

LENGTH: Final = 160
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


def around(text: str, words: Sequence[str]) -> list[Piece]:
    """The first passage with one of the words, in pieces; else the beginning."""
    text = " ".join(text.split())
    places = _places(text, words)
    start = _word_start(text, max(0, places[0][0] - BEFORE)) if places else 0
    end = text.rfind(" ", start, start + LENGTH) if len(text) > start + LENGTH else len(text)
    if end <= start:
        end = start + LENGTH
    cut = f"{'… ' if start else ''}{text[start:end]}{' …' if end < len(text) else ''}"
    return marked(cut, words)


def _word_start(text: str, place: int) -> int:
    space = text.find(" ", place)
    return place if place == 0 or space < 0 or space > place + BEFORE else space + 1


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
