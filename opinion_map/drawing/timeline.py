"""Participation over time: votes a day as columns."""

from collections.abc import Sequence
from datetime import date, timedelta

from opinion_map.drawing.svg import COLOURS, LINE, Labels, element, frame, label, number, text

WIDTH, HEIGHT, LEFT, FOOT, TOP = 640, 200, 56, 34, 16
MOST_COLUMNS = 120


def timeline_svg(
    days: Sequence[tuple[date, int]],
    *,
    labels: Labels,
    direction: str = "ltr",
    prefix: str = "timeline",
) -> str:
    """Counts by day from the first to the last, days without votes included; time runs rightward.

    Long conversations are summed over equal runs of days. `labels`: `title`, `description`,
    `total` with {count}, `empty`; dates are written as they come, in ISO form.
    """
    title = label(labels, "title")
    if not days:
        empty = text(label(labels, "empty"), WIDTH / 2, HEIGHT / 2, text_anchor="middle")
        return frame(
            WIDTH, HEIGHT, empty, title=title, description="", direction=direction, prefix=prefix
        )
    columns = _columns(days)
    tallest = max(max(count for _, count in columns), 1)
    step = (WIDTH - LEFT - 8) / len(columns)
    base, room = HEIGHT - FOOT, HEIGHT - FOOT - TOP
    bars = "".join(
        f"M{number(LEFT + step * place)} {base}v{number(-room * count / tallest)}"
        f"h{number(max(step * 0.85, 0.5))}V{base}z"
        for place, (_, count) in enumerate(columns)
        if count
    )
    return frame(
        WIDTH,
        HEIGHT,
        element("path", d=f"M{LEFT} {TOP}H{WIDTH - 8}M{LEFT} {base}H{WIDTH - 8}", stroke=LINE),
        element("path", d=bars, fill=COLOURS["A"]),
        _isolated(str(tallest), LEFT - 6, TOP + 5, "end"),
        _isolated("0", LEFT - 6, base + 5, "end"),
        _isolated(columns[0][0].isoformat(), LEFT, HEIGHT - 12, "start"),
        _isolated(days[-1][0].isoformat(), WIDTH - 8, HEIGHT - 12, "end"),
        title=title,
        description=" ".join(
            part
            for part in (
                label(labels, "description"),
                label(labels, "total", sum(count for _, count in days)),
            )
            if part
        ),
        direction=direction,
        prefix=prefix,
        size=18,
    )


def _isolated(content: str, x: float, y: float, anchor: str) -> str:
    """Digits and dates: left to right in every script."""
    return text(content, x, y, text_anchor=anchor, direction="ltr", font_size="16")


def _columns(days: Sequence[tuple[date, int]]) -> list[tuple[date, int]]:
    first, last = days[0][0], days[-1][0]
    span = (last - first).days + 1
    width = -(-span // MOST_COLUMNS)
    sums = [0] * -(-span // width)
    for day, count in days:
        sums[(day - first).days // width] += count
    return [(first + timedelta(days=place * width), count) for place, count in enumerate(sums)]
