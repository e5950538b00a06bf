"""Which statements are answered alike: correlations of the most divisive ones as a grid."""

from collections.abc import Sequence

from opinion_map.drawing.svg import INK, MUTED, Labels, element, frame, label, number, text

CELL, LEFT, TOP = 22, 44, 44


def heatmap_svg(
    statements: Sequence[int],
    correlations: Sequence[Sequence[float]],
    *,
    labels: Labels,
    direction: str = "ltr",
    prefix: str = "alike",
) -> str:
    """A square for each pair: larger is stronger; filled answered alike, a ring oppositely.

    `labels`: `title`, `description`, `alike`, `opposite`. Sizes and shapes say it without colour.

    Raises
    ------
    ValueError
        `correlations` is not square, or not of the statements' number.
    """
    size = len(statements)
    if len(correlations) != size or any(len(row) != size for row in correlations):
        raise ValueError("correlations must be a square of the statements")
    width, height = max(LEFT + CELL * size + 8, 220), TOP + CELL * size + 40
    marks: dict[bool, list[str]] = {True: [], False: []}
    names = []
    for row, name in enumerate(statements):
        middle = TOP + CELL * (row + 0.5)
        across = LEFT + CELL * (row + 0.5)
        shared = {"font_size": "11", "direction": "ltr"}
        names.append(text(str(name), LEFT - 6, middle + 4, text_anchor="end", **shared))
        names.append(text(str(name), across, TOP - 8, text_anchor="middle", **shared))
        for column in range(size):
            value = correlations[row][column]
            reach = CELL * 0.45 * min(abs(value), 1.0) ** 0.5
            if row != column and reach > 1:
                x, y = LEFT + CELL * (column + 0.5) - reach, middle - reach
                side = number(2 * reach)
                marks[value > 0].append(f"M{number(x)} {number(y)}h{side}v{side}h-{side}z")
    foot = TOP + CELL * size + 26
    return frame(
        width,
        height,
        *names,
        element("path", d="".join(marks[True]), fill="#0b5fa5"),
        element("path", d="".join(marks[False]), fill="none", stroke="#b34a00", stroke_width=1.5),
        element("rect", x=LEFT, y=foot - 10, width=10, height=10, fill="#0b5fa5"),
        _key(label(labels, "alike"), LEFT + 16, foot, direction),
        element(
            "rect",
            x=LEFT + 90,
            y=foot - 10,
            width=10,
            height=10,
            fill="none",
            stroke="#b34a00",
            stroke_width=1.5,
        ),
        _key(label(labels, "opposite"), LEFT + 106, foot, direction),
        title=label(labels, "title"),
        description=label(labels, "description"),
        direction=direction,
        prefix=prefix,
    )


def _key(words: str, x: float, y: float, direction: str) -> str:
    anchor = "start" if direction == "ltr" else "end"
    return text(words, x, y, text_anchor=anchor, font_size="12", fill=INK if words else MUTED)
