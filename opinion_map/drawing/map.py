"""The opinion map itself: where people stand, which groups they form, where you are."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from opinion_map.drawing.statements import Mark, marks_of
from opinion_map.drawing.svg import (
    COLOURS,
    INK,
    MUTED,
    Labels,
    element,
    frame,
    haloed,
    label,
    number,
    patterns,
    shape,
    text,
)
from opinion_map.maths.hull import Point, convex_hull

WIDTH, HEIGHT, MARGIN, FOOT = 640, 480, 24, 60
CELL = 8
# Of letters: half of it is still read on a phone.
SIZE = 19


def map_svg(
    document: Mapping[str, Any],
    *,
    labels: Labels,
    direction: str = "ltr",
    you: Sequence[float] | Mapping[str, Any] | None = None,
    marks: Sequence[Mark] = (),
    chosen: str | None = None,
    shares: Mapping[str, str] | None = None,
    link: Callable[[str], str] | None = None,
    prefix: str = "map",
) -> str:
    """The map of a document, with dots where it has participants and shapes where it has hulls.

    Parameters
    ----------
    document : mapping
        `opinion-map/1`, whole or public.
    labels : mapping
        `title`, `description`, `group` with {letter}, `people` with {count} or a function of it,
        `unreliable`, `you`, `empty`.
    direction : str
        "ltr" or "rtl", of the words; the map itself is never mirrored.
    you : (x, y), or mapping with `position` and `ellipse`, optional
        The reader's own place, as `project` or `place` give it.
    marks : sequence of Mark
        Statements to place on the plane, the most important first; of those that would cover
        each other only the first is drawn.
    chosen : str, optional
        The letter of the group that was picked: the others step back.
    shares : mapping of letter to words, optional
        What stands under each group's letter instead of its size.
    link : function of a letter, optional
        Gives the address that picks a group. With links, the drawing is to be part of a page:
        it is then no single picture to assistive technology, but a group of links.
    prefix : str
        Of element ids, where two drawings share a page.
    """
    # One may have a shape and no number: it would tell of a smaller group's.
    groups = [one for one in document["groups"] if one.get("size") or one.get("hull")]
    people = document["participants"]
    named = groups if document["reliable"] else []
    own = _own(you)
    to_page = _scale(document, own[0] if own else None)
    letters = "".join(one["id"] for one in named)
    body = [patterns(letters, prefix=prefix)] if named else []
    body += _axes()
    for one in groups:
        outline = _outline(one, people, to_page, prefix, bool(named))
        # Nobody can pick a group that is not named.
        body.append(_picked(one["id"], outline, chosen, link, labels) if named else outline)
    body += _marks(people, to_page, letters)
    taken = [to_page(*one["centre"]) for one in named]
    taken += [to_page(*own[0])] if own else []
    body += marks_of(marks, _placed(document, to_page), taken, width=WIDTH, foot=HEIGHT - FOOT)
    body += [_name(one, to_page, labels, shares) for one in named]
    if own:
        body.append(_you(own, to_page, labels))
    body.append(_foot(document, named, labels))
    return frame(
        WIDTH,
        HEIGHT,
        *body,
        title=label(labels, "title"),
        description=_description(document, named, labels),
        direction=direction,
        prefix=prefix,
        role="group" if link else "img",
        size=SIZE,
    )


def _picked(
    letter: str,
    outline: str,
    chosen: str | None,
    link: Callable[[str], str] | None,
    labels: Labels,
) -> str:
    """A group's area as a link where there are links, faint where another one was picked."""
    if outline and chosen:
        strong = letter == chosen
        outline = element(
            "g",
            outline,
            opacity=None if strong else ".35",
            stroke_width=2.5 if strong else None,
        )
    if outline and link:
        words = label(labels, "group", letter=letter)
        return element("a", outline, href=link(letter), aria_label=words)
    return outline


def _placed(document: Mapping[str, Any], to_page: Any) -> Callable[[int], Point | None]:
    """A function from a statement to its place: those who agree with it stand on its side.

    The directions are the statements' loadings, turned as the map is; they are stretched so that
    the farthest is at the rim.
    """
    turn = document.get("display", {}).get("rotation", ((1.0, 0.0), (0.0, 1.0)))
    places = {}
    for one in document["statements"]:
        if one.get("loadings"):
            x, y = one["loadings"]
            places[one["id"]] = (
                x * turn[0][0] + y * turn[1][0],
                x * turn[0][1] + y * turn[1][1],
            )
    reach_x = max((abs(x) for x, _ in places.values()), default=0) or 1
    reach_y = max((abs(y) for _, y in places.values()), default=0) or 1
    zero = to_page(0.0, 0.0)
    wide, tall = WIDTH / 2 - 2 * MARGIN, (HEIGHT - FOOT) / 2 - 1.5 * MARGIN
    factor = min(wide / reach_x, tall / reach_y)

    def place(number_: int) -> Point | None:
        if number_ not in places:
            return None
        x, y = places[number_]
        return (
            min(max(zero[0] + x * factor, MARGIN), WIDTH - MARGIN),
            min(max(zero[1] - y * factor, MARGIN), HEIGHT - FOOT - MARGIN),
        )

    return place


def _own(you: Any) -> tuple[Point, Mapping[str, Any] | None] | None:
    if you is None:
        return None
    if isinstance(you, Mapping):
        return (you["position"][0], you["position"][1]), you.get("ellipse")
    return (you[0], you[1]), None


def _scale(document: Mapping[str, Any], own: Point | None) -> Any:
    """A function from map to page coordinates, one scale for both axes, far outliers at the rim."""
    xs, ys = [], []
    for one in document["participants"]:
        xs.append(one["x"])
        ys.append(one["y"])
    for group in document["groups"]:
        for x, y in group.get("hull") or []:
            xs.append(x)
            ys.append(y)
    if own and not xs:
        xs, ys = [own[0]], [own[1]]
    (left, right), (low, high) = _range(xs), _range(ys)
    wide, tall = WIDTH - 2 * MARGIN, HEIGHT - FOOT - 2 * MARGIN
    factor = min(wide / (right - left), tall / (high - low))
    middle = (left + right) / 2, (low + high) / 2

    def to_page(x: float, y: float) -> Point:
        across = WIDTH / 2 + (x - middle[0]) * factor
        down = (HEIGHT - FOOT) / 2 - (y - middle[1]) * factor
        return (
            min(max(across, MARGIN / 2), WIDTH - MARGIN / 2),
            min(max(down, MARGIN / 2), HEIGHT - FOOT - MARGIN / 2),
        )

    return to_page


def _range(values: list[float]) -> Point:
    """From the first to the last hundredth of the values, with room around; never empty."""
    if not values:
        return -1.0, 1.0
    ordered = sorted(values)
    cut = len(ordered) // 100
    low, high = ordered[cut], ordered[-1 - cut]
    room = max((high - low) * 0.04, 1e-6)
    return (low - room, high + room) if high - low > 1e-9 else (low - 1, high + 1)


def _axes() -> list[str]:
    return [
        element(
            "path",
            d=f"M{MARGIN} {HEIGHT - FOOT}H{WIDTH - MARGIN}",
            stroke="#c8c8c8",
            fill="none",
        )
    ]


def _outline(
    group: Mapping[str, Any],
    people: Iterable[Mapping[str, Any]],
    to_page: Any,
    prefix: str,
    named: bool,
) -> str:
    """A group's area, hatched and tinted in its own way; plain grey where there are no groups."""
    points = group.get("hull")
    if points is None:
        points = _trimmed(
            [(one["x"], one["y"]) for one in people if one["group"] == group["id"]],
            group["centre"],
        )
    corners = convex_hull([to_page(x, y) for x, y in points])
    if len(corners) < 3:
        return ""
    path = "M" + "L".join(f"{number(x)} {number(y)}" for x, y in corners) + "Z"
    colour = COLOURS[group["id"]] if named else MUTED
    tint = element("path", d=path, fill=colour, fill_opacity=".08", stroke=colour)
    if group.get("hull"):
        tint += _density(corners, group["centre"], to_page, colour)
    if not named:
        return tint
    fill = f"url(#{prefix}-hatch-{group['id']})"
    return tint + element("path", d=path, fill=fill, fill_opacity=".35")


def _density(corners: list[Point], centre: Sequence[float], to_page: Any, colour: str) -> str:
    """The same outline nearer to the middle, where most of a group's people are.

    A hull is made of moments (see `public`), so the smaller ones tell nothing more of anybody.
    """
    x, y = to_page(*centre)
    inner = ""
    for share in (0.72, 0.44):
        ring = "L".join(
            f"{number(x + (a - x) * share)} {number(y + (b - y) * share)}" for a, b in corners
        )
        inner += element("path", d=f"M{ring}Z", fill=colour, fill_opacity=".1", stroke="none")
    return inner


def _trimmed(points: list[Point], centre: Sequence[float]) -> list[Point]:
    """Without the twentieth of the members who stand farthest from the middle."""
    middle = centre[0], centre[1]
    ranked = sorted(points, key=lambda one: (one[0] - middle[0]) ** 2 + (one[1] - middle[1]) ** 2)
    return ranked[: len(ranked) - len(ranked) // 20]


def _marks(people: Iterable[Mapping[str, Any]], to_page: Any, letters: str) -> list[str]:
    """One mark for everybody of a group in one cell of a fine grid; its area grows with them."""
    cells: Counter[tuple[str, int, int]] = Counter()
    for one in people:
        x, y = to_page(one["x"], one["y"])
        letter = one["group"] if one["group"] and one["group"] in letters else None
        cells[letter or "", round(x / CELL), round(y / CELL)] += 1
    paths: dict[str, list[str]] = {}
    for (letter, across, down), count in sorted(cells.items()):
        size = min(1.4 + 0.6 * count**0.5, CELL * 0.75)
        paths.setdefault(letter, []).append(
            shape(letter or None, across * CELL, down * CELL, round(size, 1))
        )
    return [
        element(
            "path",
            d="".join(marks),
            fill=COLOURS[letter] if letter else "none",
            stroke="none" if letter else MUTED,
        )
        for letter, marks in paths.items()
    ]


def _name(
    group: Mapping[str, Any], to_page: Any, labels: Labels, shares: Mapping[str, str] | None
) -> str:
    x, y = to_page(*group["centre"])
    below = label(labels, "people", group["size"]) if group["size"] else ""
    strong = {}
    if shares is not None:
        # "62 %" in every script.
        below, strong = shares.get(group["id"], ""), {"font_weight": "bold", "direction": "ltr"}
    mark = element("path", d=shape(group["id"], x, y - 31, 7), fill=COLOURS[group["id"]])
    return element(
        "g",
        mark,
        haloed(group["id"], x, y, font_size="28", font_weight="bold"),
        haloed(below, x, y + 22, **strong),
        text_anchor="middle",
        pointer_events="none",
    )


def _you(own: tuple[Point, Mapping[str, Any] | None], to_page: Any, labels: Labels) -> str:
    (x, y), ellipse = own
    at = to_page(x, y)
    parts = []
    if ellipse:
        corners = [to_page(*corner) for corner in ellipse["outline"]]
        path = "M" + "L".join(f"{number(left)} {number(down)}" for left, down in corners) + "Z"
        parts.append(element("path", d=path, fill="none", stroke=INK, stroke_dasharray="4 3"))
    arms = f"M{number(at[0] - 11)} {number(at[1])}h22M{number(at[0])} {number(at[1] - 11)}v22"
    parts += [
        element("path", d=arms, stroke="#ffffff", stroke_width=6),
        element("path", d=arms, stroke=INK, stroke_width=3),
        haloed(label(labels, "you"), at[0], at[1] - 17, text_anchor="middle", font_weight="bold"),
    ]
    return element("g", *parts)


def _foot(document: Mapping[str, Any], named: Sequence[Any], labels: Labels) -> str:
    """Below the map: what the marks mean, or that there are no groups."""
    y = HEIGHT - FOOT / 2 + 5
    counts = document["counts"]
    if not counts["votes"]:
        return text(label(labels, "empty"), WIDTH / 2, y, text_anchor="middle")
    if not named:
        return text(label(labels, "unreliable"), WIDTH / 2, y, text_anchor="middle")
    step = (WIDTH - 2 * MARGIN) / len(named)
    parts = []
    for place, group in enumerate(named):
        x = MARGIN + step * (place + 0.5)
        words = label(labels, "group", letter=group["id"])
        parts.append(
            element("path", d=shape(group["id"], x, y - 26, 6), fill=COLOURS[group["id"]])
            + text(words, x, y, text_anchor="middle")
        )
    return "".join(parts)


def _description(
    document: Mapping[str, Any], named: Sequence[Mapping[str, Any]], labels: Labels
) -> str:
    """The same in words, for who does not see the picture."""
    parts = [label(labels, "description")]
    if not document["counts"]["votes"]:
        parts.append(label(labels, "empty"))
    elif not named:
        parts.append(label(labels, "unreliable"))
    for group in named:
        name = label(labels, "group", letter=group["id"])
        size = group["size"]
        parts.append(f"{name}: {label(labels, 'people', size)}" if size else f"{name}.")
    return " ".join(part for part in parts if part)
