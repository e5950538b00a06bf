"""The opinion map itself: where people stand, which groups they form, where you are."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

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

WIDTH, HEIGHT, MARGIN, FOOT = 640, 480, 24, 56
CELL = 8


def map_svg(
    document: Mapping[str, Any],
    *,
    labels: Labels,
    direction: str = "ltr",
    you: Sequence[float] | Mapping[str, Any] | None = None,
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
    prefix : str
        Of element ids, where two drawings share a page.
    """
    groups = [one for one in document["groups"] if one.get("size")]
    people = document["participants"]
    named = groups if document["reliable"] else []
    own = _own(you)
    to_page = _scale(document, own[0] if own else None)
    letters = "".join(one["id"] for one in named)
    body = [patterns(letters, prefix=prefix)] if named else []
    body += _axes()
    body += [_outline(one, people, to_page, prefix, bool(named)) for one in groups]
    body += _marks(people, to_page, letters)
    body += [_name(one, people, to_page, labels) for one in named]
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
    )


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
    if not named:
        return tint
    fill = f"url(#{prefix}-hatch-{group['id']})"
    return tint + element("path", d=path, fill=fill, fill_opacity=".35")


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
    group: Mapping[str, Any], people: Iterable[Mapping[str, Any]], to_page: Any, labels: Labels
) -> str:
    x, y = to_page(*group["centre"])
    mark = element("path", d=shape(group["id"], x, y - 26, 6), fill=COLOURS[group["id"]])
    return element(
        "g",
        mark,
        haloed(group["id"], x, y, font_size="22", font_weight="bold"),
        haloed(label(labels, "people", group["size"]), x, y + 17),
        text_anchor="middle",
    )


def _you(own: tuple[Point, Mapping[str, Any] | None], to_page: Any, labels: Labels) -> str:
    (x, y), ellipse = own
    at = to_page(x, y)
    parts = []
    if ellipse:
        corners = [to_page(*corner) for corner in ellipse["outline"]]
        path = "M" + "L".join(f"{number(left)} {number(down)}" for left, down in corners) + "Z"
        parts.append(element("path", d=path, fill="none", stroke=INK, stroke_dasharray="4 3"))
    arms = f"M{number(at[0] - 9)} {number(at[1])}h18M{number(at[0])} {number(at[1] - 9)}v18"
    parts += [
        element("path", d=arms, stroke="#ffffff", stroke_width=6),
        element("path", d=arms, stroke=INK, stroke_width=3),
        haloed(label(labels, "you"), at[0], at[1] - 13, text_anchor="middle", font_weight="bold"),
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
            element("path", d=shape(group["id"], x, y - 22, 5), fill=COLOURS[group["id"]])
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
        parts.append(f"{name}: {label(labels, 'people', group['size'])}")
    return " ".join(part for part in parts if part)
