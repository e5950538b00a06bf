"""Statements on the plane: a number in a small label, and the words of those that are picked."""

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from opinion_map.drawing.svg import INK, PAPER, element, haloed

Point = tuple[float, float]
# A middle, half a width and half a height.
Box = tuple[float, float, float, float]

HIGH, LINE_HEIGHT, LINE_LENGTH, MOST_LINES = 28, 24, 30, 4
# Half the room of a letter.
HALF_LETTER = 5.2


@dataclass(frozen=True)
class Mark:
    """A statement to place on the map."""

    number: int
    text: str
    direction: str = "ltr"
    # Its words stand on the map; the others show them to a pointer only.
    is_chosen: bool = False
    # Typical of what was picked.
    is_strong: bool = False
    href: str | None = None


def marks_of(
    marks: Sequence[Mark],
    place: Callable[[int], Point | None],
    taken: Sequence[Point],
    *,
    width: float,
    foot: float,
) -> list[str]:
    """The marks that find room, those with words on top.

    `taken` are places that stay free, `width` and `foot` where the plane ends.
    """
    room = [(x, y, 36.0, 30.0) for x, y in taken]
    plain: list[str] = []
    spoken: list[str] = []
    for mark in sorted(marks, key=lambda one: (not one.is_chosen, not one.is_strong)):
        at = place(mark.number)
        if at is None:
            continue
        half = _half(mark)
        covered = any(
            abs(at[0] - x) < half + w and abs(at[1] - y) < HIGH / 2 + h for x, y, w, h in room
        )
        if mark.is_chosen:
            words, box = _words(mark, at, taken, width=width, foot=foot)
            spoken.append(_pill(mark, at) + words)
            room.append(box)
        elif not covered:
            plain.append(_pill(mark, at))
        else:
            continue
        room.append((*at, half, HIGH / 2))
    return plain + spoken


def _half(mark: Mark) -> float:
    """Half the width of a mark: wide enough for a fingertip and for its digits."""
    return max(15.0, 7.0 + 5.0 * len(str(mark.number)))


def _pill(mark: Mark, at: Point) -> str:
    half = _half(mark)
    fill, ink = (INK, PAPER) if mark.is_chosen or mark.is_strong else (PAPER, INK)
    body = (
        element("title", escape(mark.text)) if mark.text else "",
        element(
            "rect",
            x=at[0] - half,
            y=at[1] - HIGH / 2,
            width=2 * half,
            height=HIGH,
            rx=HIGH / 2,
            fill=fill,
            stroke=INK,
        ),
        element(
            "text",
            str(mark.number),
            x=at[0],
            y=at[1] + 5.5,
            font_size="16",
            text_anchor="middle",
            direction="ltr",
            fill=ink,
        ),
    )
    if mark.href is None:
        return element("g", *body)
    return element("a", *body, href=mark.href)


def _free_room(
    at: Point, reach: float, tall: float, taken: Sequence[Point], *, width: float, foot: float
) -> Point:
    """The middle and the top of words beside a mark, where they hide least of what is `taken`."""
    beside = reach + HIGH
    ways = [
        (at[0] + across, top)
        for top in (at[1] + HIGH, at[1] - HIGH - tall, at[1] - tall / 2)
        for across in (0, beside, -beside)
        if across or top != at[1] - tall / 2
    ]
    inside = [
        (min(max(x, reach + 8), width - reach - 8), min(max(top, 6), foot - tall - 6))
        for x, top in ways
    ]
    free = [at, *taken]
    return min(inside, key=lambda way: sum(_covers(one, way, reach, tall) for one in free))


def _covers(spot: Point, way: Point, reach: float, tall: float) -> bool:
    """Whether words there would hide what stays free."""
    x, top = way
    across = abs(spot[0] - x) < reach + HIGH
    return across and top - HIGH < spot[1] < top + tall + HIGH


def _words(
    mark: Mark, at: Point, taken: Sequence[Point], *, width: float, foot: float
) -> tuple[str, Box]:
    """The statement itself, in short lines beside its mark and inside the plane; and its room."""
    lines = wrapped(f"{mark.number}. {mark.text}", LINE_LENGTH, MOST_LINES)
    reach = max(_width(line) for line in lines) * HALF_LETTER
    tall = LINE_HEIGHT * len(lines)
    x, top = _free_room(at, reach, tall, taken, width=width, foot=foot)
    drawn = "".join(
        haloed(
            line,
            x,
            top + LINE_HEIGHT * (turn + 0.8),
            text_anchor="middle",
            direction=mark.direction,
            font_weight="600",
            stroke_width=5,
        )
        for turn, line in enumerate(lines)
    )
    return drawn, (x, top + tall / 2, reach, tall / 2)


def wrapped(words: str, length: int, most: int) -> list[str]:
    """Words in lines of about that width, the last with an ellipsis where something is left.

    Scripts without spaces, and words longer than a line, break anywhere; a wide character counts
    for two.
    """
    lines = [""]
    for piece in _pieces(words, length):
        joined = f"{lines[-1]} {piece}".strip()
        if _width(joined) <= length or not lines[-1]:
            lines[-1] = joined
        else:
            lines.append(piece)
    if len(lines) > most:
        last = lines[most - 1]
        lines = [*lines[: most - 1], f"{last if _width(last) < length else last[:-1]}…"]
    return lines


def _pieces(words: str, length: int) -> Iterator[str]:
    for word in words.split():
        piece = ""
        for letter in word:
            if _width(piece + letter) > length:
                yield piece
                piece = ""
            piece += letter
        yield piece


def _width(words: str) -> int:
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in words)
